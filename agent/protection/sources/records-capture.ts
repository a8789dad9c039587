import { randomBytes } from 'node:crypto';
import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { Clock } from '../../support/clock';
import { BulwarkError, throwIfAborted } from '../../support/errors';
import type { SnapshotOrder } from '../backed-up';
import { recordedSource, type Source } from '../source';
import { askProgram } from './ask-program';
import type { DataSourceLimits, RecordPage, RecordsProgram } from './data-source';
import { RecordsTree } from './records-tree';

export interface RecordsCaptureContext {
  readonly repository: Repository;
  readonly clock: Clock;
  readonly limits: DataSourceLimits;
  /** Keeps what is captured from being moved meanwhile. */
  readonly beside: <T>(fn: () => Promise<T>) => Promise<T>;
  readonly makeRoom: () => Promise<void>;
}

/**
 * Pulls all records of a program and keeps them as one snapshot, or nothing at all. The next page is
 * asked for when the one before is stored.
 * @throws BulwarkError `program-gone`, `program-failed`, `program-invalid`, `timeout`, `too-large`, `disk-full`, `cancelled`
 */
export async function captureRecords(
  context: RecordsCaptureContext,
  source: Source,
  program: RecordsProgram,
  order: SnapshotOrder,
): Promise<SnapshotRecord> {
  const { repository } = context;
  await context.makeRoom();
  return context.beside(() =>
    repository.leases.during(async () => {
      const started = context.clock.monotonic();
      const createdAt = context.clock.now();
      const session = repository.begin();
      const tree = new RecordsTree(session, context.limits);
      try {
        await pullAll(context, program, order, tree);
        const root = { name: 'files', ...(await tree.finish()) } as const;
        await session.flush();
        throwIfAborted(order.signal);
        const [newest] = await repository.catalog.snapshots(source.id, { limit: 1 });
        const same = newest?.roots.some(
          ({ tree, times }) => tree === root.tree && times === root.times,
        );
        if (newest !== undefined && same === true && !order.always) {
          session.release();
          return newest;
        }
        const record: SnapshotRecord = {
          type: 'snapshot',
          id: randomBytes(16).toString('hex'),
          sequence: repository.catalog.nextSequence(),
          source: recordedSource(source),
          kind: order.kind,
          backup: order.backup ?? 'snapshot',
          label: order.label,
          createdAt,
          durationMs: context.clock.monotonic() - started,
          roots: [root],
          git: null,
          newBytes: tree.newBytes,
          storedBytes: session.storedBytes,
        };
        await session.commit([record]);
        return record;
      } catch (error) {
        session.release();
        throw error;
      }
    }),
  );
}

async function pullAll(
  { clock, limits }: RecordsCaptureContext,
  program: RecordsProgram,
  { signal, onProgress }: SnapshotOrder,
  tree: RecordsTree,
): Promise<void> {
  const pull = randomBytes(16).toString('hex');
  const started = clock.monotonic();
  let complete = false;
  try {
    let cursor: string | null = null;
    do {
      if (clock.monotonic() - started > limits.pullMs)
        throw new BulwarkError('timeout', `the records did not end within ${limits.pullMs} ms`, {
          hint: 'Let the program send larger pages, or register several sources.',
        });
      const page = await nextPage({ program, clock, limits, signal }, pull, cursor);
      for (const record of page.records) await tree.add(record);
      onProgress?.(tree.bytes);
      cursor = page.next;
    } while (cursor !== null);
    complete = true;
  } finally {
    // Also where it failed: the program has a moment to let go of.
    const told = askProgram(
      { clock, program, what: 'to end the pull', limitMs: limits.answerMs },
      (given) => program.endPull({ pull, complete }, given),
    );
    if (complete) await told;
    else await told.catch(() => undefined);
  }
}

async function nextPage(
  asked: {
    program: RecordsProgram;
    clock: Clock;
    limits: DataSourceLimits;
    signal: AbortSignal | undefined;
  },
  pull: string,
  cursor: string | null,
): Promise<RecordPage> {
  const { program, clock, limits, signal } = asked;
  const { pageRecords: maxRecords, pageBytes: maxBytes } = limits;
  const page = await askProgram(
    { clock, program, what: 'for a page', limitMs: limits.answerMs, signal },
    (given) => program.pull({ pull, cursor, maxRecords, maxBytes }, given),
  );
  const bytes = page.records.reduce((sum, record) => sum + sizeOf(record), 0);
  if (page.records.length > maxRecords || bytes > maxBytes)
    throw new BulwarkError(
      'too-large',
      `a page has ${page.records.length} records of ${bytes} bytes; it can have ${maxRecords} of ${maxBytes}`,
      { hint: 'Let the program send smaller pages, and large records in parts.' },
    );
  if (page.next !== null && (page.next === cursor || page.records.length === 0))
    throw new BulwarkError('program-invalid', 'the pages of the program lead nowhere', {
      hint: 'An empty page is the last, and each page has a cursor of its own.',
    });
  return page;
}

function sizeOf({ value }: RecordPage['records'][number]): number {
  return value.kind === 'bytes'
    ? value.bytes.length
    : Buffer.byteLength(JSON.stringify(value.json), 'utf8');
}
