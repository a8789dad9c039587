import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { statesOf } from '../journal/states';
import { filesIn, lostFiles, without, type LostFiles } from './lost-files';
import type { ShortLived } from './short-lived';

/** States that are looked at; a loss is a matter of seconds. */
const MOST_STATES = 64;
/** Where more files are gone than this, only few states are compared: each costs by what differs. */
const MANY_GONE = 2_000;
const COMPARED_OF_MANY = 3;

/** The states around a loss, newest first. */
export interface Window {
  /** The state that is left; null when nothing is. */
  readonly after: SnapshotRecord | null;
  /** What came before it. */
  readonly before: readonly SnapshotRecord[];
}

/**
 * The states of a source around a loss.
 * @param since sequence of the state at which the looking back ends
 * @param isGone whether the folder itself is gone, so that no state is of what is left
 */
export async function windowOf(
  repository: Repository,
  source: string,
  since: number,
  isGone: boolean,
): Promise<Window | null> {
  const states: SnapshotRecord[] = [];
  for await (const { record } of statesOf(repository.catalog, source)) {
    // A snapshot of what the journal has already is not a state of its own.
    const newer = states.at(-1);
    if (newer !== undefined && sameTrees(newer, record)) states.pop();
    states.push(record);
    if (record.sequence <= since || states.length >= MOST_STATES) break;
  }
  const after = isGone ? null : (states.shift() ?? null);
  return states.length === 0 ? null : { after, before: states };
}

/** Leaves out of a window what was seen only after a time (ms since 1970; null: nothing). */
export function seenUntil({ after, before }: Window, at: number | null): Window {
  return at === null
    ? { after, before }
    : { after, before: before.filter(({ createdAt }) => createdAt <= at) };
}

/**
 * Of the states before a loss the newest one that holds the most of what is lost: while files
 * disappear one after the other, states of the middle are kept as well.
 * @param shortLived leaves out what was on disk for a moment; null: nothing
 * @param onlyLost leaves out what nobody misses
 */
export async function fullest(
  repository: Repository,
  { after, before }: { after: SnapshotRecord; before: Window['before'] },
  shortLived: ShortLived | null,
  onlyLost: (record: SnapshotRecord, lost: LostFiles) => Promise<LostFiles>,
): Promise<{ record: SnapshotRecord; lost: LostFiles } | null> {
  const most = Math.max(...before.map(filesIn));
  const gone = most - filesIn(after);
  // One that has fewer files than another one is of the middle.
  const whole = gone > 0 ? before.filter((record) => filesIn(record) === most) : before;
  const candidates = new Set(gone > MANY_GONE ? whole.slice(0, COMPARED_OF_MANY) : whole);
  let next = after;
  let best: { record: SnapshotRecord; lost: LostFiles } | null = null;
  for (const record of before) {
    if (candidates.size === 0) break;
    const short = (await shortLived?.of(record, next)) ?? new Set();
    next = record;
    if (!candidates.delete(record)) continue;
    const missing = without(await lostFiles(repository, record, after), short);
    const lost = await onlyLost(record, missing);
    if (best === null || lost.count > best.lost.count) best = { record, lost };
  }
  return best;
}

/**
 * Of the states before a folder was gone the newest one that the going itself had not touched: one
 * of its middle has fewer files than the state before it. Behind the last change that was anything
 * else nothing is looked for: a fuller state there would bring back older contents.
 * @param before newest first, not empty
 */
export async function untouched(
  repository: Repository,
  before: Window['before'],
): Promise<SnapshotRecord | null> {
  let best: SnapshotRecord | null = null;
  let newer: SnapshotRecord | null = null;
  for (const record of before) {
    if (newer !== null && filesIn(record) <= filesIn(newer)) {
      const isEdit =
        filesIn(record) < filesIn(newer) || (await lostFiles(repository, record, newer)).count > 0;
      if (isEdit) break;
    }
    if (filesIn(record) > filesIn(best)) best = record;
    newer = record;
  }
  return best ?? before[0] ?? null;
}

/** The state that was the newest one of a source at a sequence; null when there was none. */
export async function stateAt(
  repository: Repository,
  source: string,
  sequence: number,
): Promise<SnapshotRecord | null> {
  for await (const { record } of statesOf(repository.catalog, source, sequence + 1)) return record;
  return null;
}

function sameTrees(a: SnapshotRecord, b: SnapshotRecord): boolean {
  return a.roots.every(
    (root) => b.roots.find(({ name }) => name === root.name)?.tree === root.tree,
  );
}
