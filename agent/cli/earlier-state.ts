import type { AgentClient } from '../protocol/client';
import type { Change, RestorePlan, SnapshotSummary } from '../protocol/entities';
import { displayName } from '../support/names';
import { formatAge, plural, shortId } from './format';
import { snapshotJson } from './json-shapes';
import type { Run } from './run';
import type { ViewContext } from './snapshot-view';

/** How far back is looked. */
const LOOKED_AT = 100;
/** A loss that takes a while is kept in the middle, too: snapshots this close belong to one loss, ms. */
const ONE_LOSS_MS = 10_000;

/** The newest snapshot before the present state that differs from it, and what going back to it would do. */
interface EarlierState {
  readonly snapshot: SnapshotSummary;
  /** Entries that are gone now. */
  readonly back: number;
  readonly changed: number;
  /** Entries that were not there. */
  readonly away: number;
  /** Whether there are so many differences that not all were counted. */
  readonly more: boolean;
}

/**
 * Where to go when a plan has nothing to do. Snapshots are taken as changes settle, so after a loss
 * the newest one often holds what is left; the user looks for the one before.
 * @param plan an empty plan: its snapshot is what is on disk
 * @param paths those that are to be restored, in the snapshot; all when empty
 * @returns null when no earlier snapshot differs
 */
export async function findEarlierState(
  run: Run,
  client: AgentClient,
  plan: RestorePlan,
  paths: readonly string[],
): Promise<EarlierState | null> {
  const { id, worktree, createdAt } = plan.snapshot;
  const { snapshots } = await run.ask(client, 'snapshot/list', {
    path: worktree,
    before: createdAt,
    limit: LOOKED_AT,
  });
  const compare = async (snapshot: SnapshotSummary): Promise<EarlierState> => {
    const to = { kind: 'snapshot', snapshot: id } as const;
    const answer = await run.ask(client, 'snapshot/diff', { snapshot: snapshot.id, to });
    const { changes, total } = answer;
    const counts = countsOf(changes.filter(({ path }) => isAsked(path, paths)));
    return { snapshot, ...counts, more: changes.length < total };
  };
  for (const [index, snapshot] of snapshots.entries()) {
    const state = await compare(snapshot);
    if (state.back + state.changed + state.away === 0) continue;
    const whole = paths.length === 0 ? beforeLoss(snapshot, snapshots.slice(index + 1)) : snapshot;
    return whole === snapshot ? state : await compare(whole);
  }
  return null;
}

/** The state before files began to disappear one after the other. @param older newest first */
function beforeLoss(newest: SnapshotSummary, older: readonly SnapshotSummary[]): SnapshotSummary {
  let found = newest;
  for (const snapshot of older) {
    if (snapshot.files <= found.files) break;
    if (found.createdAt - snapshot.createdAt > ONE_LOSS_MS) break;
    found = snapshot;
  }
  return found;
}

function isAsked(path: string, paths: readonly string[]): boolean {
  return (
    paths.length === 0 ||
    paths.some((asked) => asked === '' || path === asked || path.startsWith(`${asked}/`))
  );
}

function countsOf(changes: readonly Change[]): Pick<EarlierState, 'back' | 'changed' | 'away'> {
  const back = changes.filter(({ change }) => change === 'removed').length;
  const away = changes.filter(({ change }) => change === 'added').length;
  return { back, away, changed: changes.length - back - away };
}

/** What to say of it. @param options those of the command that is to be typed, quoted */
export function earlierLines(
  earlier: EarlierState | null,
  options: readonly string[],
  { now, style }: ViewContext,
): string[] {
  if (earlier === null) return ['No earlier snapshot differs from it. See: bulwark snapshots'];
  const { snapshot, back, changed, away, more } = earlier;
  const label = snapshot.label === null ? '' : `, "${displayName(snapshot.label)}"`;
  const does = [
    [back, 'come back'],
    [changed, 'change back'],
    [away, 'go'],
  ] as const;
  const parts = does.flatMap(([count, what]) =>
    count === 0
      ? []
      : [`${more ? 'at least ' : ''}${plural(count, 'entry', 'entries')} would ${what}`],
  );
  return [
    `An earlier state that differs is ${style.bold(shortId(snapshot.id))}, ` +
      `${snapshot.kind}${label}, taken ${formatAge(snapshot.createdAt, now)}:`,
    `${parts.join(', ')}. Go there with:`,
    `  bulwark ${['restore', shortId(snapshot.id), ...options].join(' ')}`,
    'All states that are kept: bulwark snapshots',
  ];
}

/** It as commands print it. */
export function earlierJson(earlier: EarlierState | null): object | null {
  if (earlier === null) return null;
  const { snapshot, back, changed, away } = earlier;
  return { snapshot: snapshotJson(snapshot), creates: back, overwrites: changed, deletes: away };
}
