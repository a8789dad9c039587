import { randomBytes } from 'node:crypto';
import { parseBlobId, type BlobId } from '../../repository/blob-id';
import type { FileEntry } from '../../repository/tree';
import type { Clock } from '../../support/clock';
import { BulwarkError, throwIfAborted } from '../../support/errors';
import { diffTrees, type DiffStep, type ReadBlob, type TreeRef } from '../restore/diff';
import { askProgram } from './ask-program';
import type { DataRecord, DataSourceLimits, Program, RecordsRestoreProgram } from './data-source';
import { recordAt } from './record-names';

const ID_BYTES = 32;

export interface PushContext {
  readonly read: ReadBlob;
  readonly clock: Clock;
  readonly limits: DataSourceLimits;
  readonly program: Program;
  readonly restore: RecordsRestoreProgram;
  readonly signal?: AbortSignal | undefined;
  /** Told how many records were sent. */
  readonly onSent: (records: number) => void;
}

/** What goes to the program. */
export interface Push {
  readonly mode: 'replace' | 'merge';
  readonly put: readonly {
    readonly path: string;
    readonly entry: FileEntry;
    readonly mtime: bigint;
  }[];
  /** Paths of records that go; only with `merge`. */
  readonly remove: readonly string[];
}

/**
 * What makes `present` into `wanted`, or only these paths of it.
 * @param paths null for everything: then all records are sent, and what else is there goes
 */
export async function pushFor(
  read: ReadBlob,
  present: TreeRef | null,
  wanted: TreeRef | null,
  paths: readonly string[] | null,
): Promise<Push> {
  const mode = paths === null ? 'replace' : 'merge';
  const put: Push['put'][number][] = [];
  const remove: string[] = [];
  const from = mode === 'replace' ? null : present;
  for await (const step of diffTrees(read, from, wanted, paths ?? undefined)) {
    if (step.kind !== 'changed') continue;
    const { path, to } = step;
    if (to?.entry.kind === 'file') put.push({ path, entry: to.entry, mtime: to.mtime });
    else if (to === null && step.from?.entry.kind === 'file') remove.push(path);
  }
  return { mode, put, remove };
}

/** One line of a plan: a record that is written or goes. */
export function stepOf(
  step: DiffStep,
): { path: string; action: 'create' | 'overwrite' | 'delete'; bytes: number } | null {
  if (step.kind !== 'changed') return null;
  const { path, from, to } = step;
  if (to?.entry.kind === 'file')
    return { path, action: from === null ? 'create' : 'overwrite', bytes: to.entry.size };
  return to === null && from?.entry.kind === 'file' ? { path, action: 'delete', bytes: 0 } : null;
}

/**
 * Sends records back, all of them or none.
 * @throws BulwarkError `program-gone`, `program-failed`, `timeout`, `cancelled`: then the program was
 *   told to abort, or its connection was gone, which means the same
 */
export async function pushRecords(push: Push, context: PushContext): Promise<void> {
  const { clock, program, restore: to, limits, signal } = context;
  const restore = randomBytes(16).toString('hex');
  const ask = (what: string, fn: (given: AbortSignal) => Promise<void>): Promise<void> =>
    askProgram({ clock, program, what, limitMs: limits.answerMs, signal }, fn);
  try {
    await ask('to begin a restore', (given) =>
      to.begin({ restore, mode: push.mode, records: push.put.length }, given),
    );
    for await (const page of pages(push, context)) {
      throwIfAborted(signal);
      await ask('to take a page', (given) => to.write({ restore, ...page }, given));
    }
  } catch (error) {
    await askProgram({ clock, program, what: 'to abort', limitMs: limits.answerMs }, (given) =>
      to.abort({ restore }, given),
    ).catch(() => undefined);
    throw error;
  }
  try {
    // From here on it cannot be called off: the program may have done it already.
    await askProgram({ clock, program, what: 'to commit', limitMs: limits.answerMs }, (given) =>
      to.commit({ restore }, given),
    );
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'program-failed') throw error;
    throw new BulwarkError(
      'restore-failed',
      'the program did not say whether it has taken the records over',
      {
        hint: 'It has all of them or none: look at its data, and restore again if need be.',
        cause: error,
      },
    );
  }
}

interface Page {
  readonly records: DataRecord[];
  readonly remove: string[];
}

async function* pages(push: Push, { read, limits, onSent }: PushContext): AsyncGenerator<Page> {
  let page: Page = { records: [], remove: [] };
  let bytes = 0;
  let sent = 0;
  const isFull = (more: number): boolean =>
    page.records.length + page.remove.length >= limits.pageRecords ||
    (bytes > 0 && bytes + more > limits.pageBytes);
  for (const path of push.remove) {
    if (isFull(0)) {
      yield page;
      page = { records: [], remove: [] };
    }
    page.remove.push(recordAt(path).key);
  }
  for (const { path, entry, mtime } of push.put) {
    for await (const record of recordsOf(read, { path, entry, mtime }, limits.pageBytes)) {
      const size = record.size;
      if (isFull(size)) {
        yield page;
        page = { records: [], remove: [] };
        bytes = 0;
      }
      page.records.push(record.record);
      bytes += size;
    }
    onSent((sent += 1));
  }
  if (page.records.length + page.remove.length > 0) yield page;
}

/** A record, in parts of which each fits into a page. */
async function* recordsOf(
  read: ReadBlob,
  { path, entry, mtime }: Push['put'][number],
  pageBytes: number,
): AsyncGenerator<{ record: DataRecord; size: number }> {
  const { key, kind } = recordAt(path);
  const modifiedAt = mtime === 0n ? null : Number(mtime / 1_000_000n);
  const parts = await partsOf(read, entry);
  if (kind === 'json') {
    const whole = Buffer.concat(await Promise.all(parts.map(read)));
    const json: unknown = JSON.parse(whole.toString('utf8'));
    yield { record: { key, value: { kind, json }, modifiedAt }, size: whole.length };
    return;
  }
  let left = entry.size;
  if (left === 0) yield { record: recordPart(key, Buffer.alloc(0), false, modifiedAt), size: 0 };
  for (const part of parts) {
    const chunk = await read(part);
    for (let at = 0; at < chunk.length; at += pageBytes) {
      const bytes = chunk.subarray(at, at + pageBytes);
      left -= bytes.length;
      yield { record: recordPart(key, bytes, left > 0, modifiedAt), size: bytes.length };
    }
  }
}

function recordPart(
  key: string,
  bytes: Buffer,
  more: boolean,
  modifiedAt: number | null,
): DataRecord {
  return { key, value: { kind: 'bytes', bytes, more }, modifiedAt };
}

async function partsOf(read: ReadBlob, { id, chunked }: FileEntry): Promise<BlobId[]> {
  if (id === null) return [];
  if (!chunked) return [id];
  const list = await read(id);
  const parts: BlobId[] = [];
  for (let at = 0; at < list.length; at += ID_BYTES)
    parts.push(parseBlobId(list.toString('hex', at, at + ID_BYTES)));
  return parts;
}
