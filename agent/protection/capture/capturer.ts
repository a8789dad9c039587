import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CatalogChange } from '../../repository/catalog/catalog-change';
import type {
  BackupKind,
  JournalRecord,
  SnapshotGit,
  SnapshotRecord,
  SnapshotRoot,
} from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { StoreSession } from '../../repository/store-session';
import type { Clock } from '../../support/clock';
import { BulwarkError } from '../../support/errors';
import type { WorkerPool } from '../../support/worker-pool';
import { recordedSource, type Source } from '../source';
import { CaptureLanes } from './capture-lanes';
import { PartsRead } from './parts-read';
import { ChangeList, type Changes } from './change-list';
import { bytesToRead } from './estimate';
import { recordedState, type RecordedState } from './recorded-states';
import { captureRoot } from './root-capture';
import type { CapturedRoot } from './root-request';
import { gitFacts, memoryKey, rootPlans, type CaptureLimits, type RootPlan } from './root-plans';
import { EVERYTHING, type Seen } from './seen';

export type { CaptureLimits };

export interface CaptureRequest {
  readonly source: Source;
  /** A kind of snapshot; or `journal` for a moment of the journal alone. */
  readonly kind: SnapshotRecord['kind'] | 'journal';
  /** `snapshot` unless told. */
  readonly backup?: BackupKind;
  readonly label: string | null;
  /** Told when the capture begins: what to look at. Everything unless given. */
  readonly seen?: () => Seen;
  /** Whether it is likely to look at a few folders only. */
  readonly small: boolean;
  /** Read every file again, whatever is remembered of it; where everything is looked at. */
  readonly fresh?: boolean;
  /** Make a snapshot also when nothing changed since the newest one. */
  readonly always: boolean;
  /** A restore waits for it: it goes before all others. */
  readonly ahead?: boolean;
  /** Runs the looking and reading while nothing changes; what it throws ends the capture. */
  readonly held?: Hold | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes were read so far. */
  onProgress?(bytes: number): void;
}

/** Runs `look` while what it reads is held still. */
export type Hold = <T extends { readonly roots: readonly SnapshotRoot[] }>(
  look: () => Promise<T>,
) => Promise<T>;

/** What came of a capture, durable. */
export interface CaptureResult {
  /** The newest snapshot, made by this capture or before; null only for a journal of a source without one. */
  readonly snapshot: SnapshotRecord | null;
  /** What was added to the journal; null where nothing had changed. */
  readonly journal: JournalRecord | null;
}

type Bytes = Pick<SnapshotRecord, 'newBytes' | 'storedBytes'>;

interface Captured {
  readonly plan: RootPlan;
  readonly root: CapturedRoot;
}

/** What a capture found, handed in and ready to be recorded. */
interface Found {
  readonly roots: readonly SnapshotRoot[];
  readonly git: SnapshotGit | null;
  readonly captured: readonly Captured[];
  readonly changes: Changes;
  readonly seen: Seen;
  readonly at: number;
  readonly started: number;
}

/**
 * Takes snapshots and moments of the journal. Only ever reads from the source. Whatever kind was
 * asked for: what differs from the state that was recorded last goes into the journal.
 */
export class Capturer {
  readonly #repository: Repository;
  readonly #pool: WorkerPool;
  readonly #clock: Clock;
  readonly #limits: CaptureLimits;
  readonly #lanes = new CaptureLanes();
  readonly #known = new Set<string>();
  /** What the journal has taken since the newest snapshot, by source: it is that snapshot's, too. */
  readonly #sinceSnapshot = new Map<string, Bytes>();
  readonly #onNested: (source: Source, paths: readonly string[]) => void;
  readonly #makeRoom: () => Promise<void>;

  /** @param options.onNested worktrees of their own that a capture met inside a source, as absolute paths */
  constructor(options: {
    repository: Repository;
    pool: WorkerPool;
    clock: Clock;
    limits: CaptureLimits;
    onNested: (source: Source, paths: readonly string[]) => void;
    /** Keeps the store to its limits. */
    makeRoom?: () => Promise<void>;
  }) {
    this.#makeRoom = options.makeRoom ?? (() => Promise.resolve());
    this.#onNested = options.onNested;
    this.#repository = options.repository;
    this.#pool = options.pool;
    this.#clock = options.clock;
    this.#limits = options.limits;
  }

  /**
   * Captures a source until all of it is durable.
   * @returns the snapshot; an older one when nothing changed and `always` is not set
   * @throws BulwarkError `path-missing` when the source is not there, `disk-full`, `cancelled` …
   */
  async capture(request: CaptureRequest): Promise<CaptureResult> {
    const { source, small, ahead = false } = request;
    const weight = !(await this.#isKnown(source)) ? 'first' : small ? 'small' : 'scan';
    const capture = (): Promise<CaptureResult> =>
      this.#lanes.run(
        source.id,
        weight,
        () => this.#repository.leases.during(() => this.#capture(request)),
        ahead,
      );
    // A moment must be durable at once; the snapshot that follows makes room for both.
    if (request.kind === 'journal') return capture();
    await this.#makeRoom();
    try {
      return await capture();
    } finally {
      // Not waited for: the snapshot is safe already.
      void this.#makeRoom();
    }
  }

  /** As {@link capture}, of everything, for a snapshot. */
  async snapshot(
    request: Omit<CaptureRequest, 'kind' | 'seen' | 'small'> & { kind: SnapshotRecord['kind'] },
  ): Promise<SnapshotRecord> {
    const { snapshot } = await this.capture({ ...request, small: false });
    if (snapshot === null) throw new RangeError('a capture made no snapshot');
    return snapshot;
  }

  /** About how many bytes a capture reads. @param since when the last one was, ms since 1970 */
  async estimate(source: Source, since: number | null, signal: AbortSignal): Promise<number> {
    let bytes = 0;
    for (const { root, filter } of rootPlans(source, this.#limits))
      bytes += await bytesToRead({ root, filter, since, signal });
    return bytes;
  }

  /** Runs `fn` while no capture runs. */
  exclusively<T>(fn: () => Promise<T>): Promise<T> {
    return this.#lanes.alone(fn);
  }

  /** Resolves at a moment when no capture runs; holds none up. */
  quiet(): Promise<void> {
    return this.#lanes.quiet();
  }

  /** Runs `fn` beside captures, but not beside what runs alone. */
  beside<T>(fn: () => Promise<T>): Promise<T> {
    return this.#lanes.beside(fn);
  }

  async #isKnown({ id }: Source): Promise<boolean> {
    if (this.#known.has(id)) return true;
    const [newest] = await this.#repository.catalog.snapshots(id, { limit: 1 });
    if (newest !== undefined) this.#known.add(id);
    return newest !== undefined;
  }

  async #capture(request: CaptureRequest): Promise<CaptureResult> {
    const { source, kind } = request;
    const session = this.#repository.begin();
    const state = await recordedState(this.#repository.catalog, source.id);
    const look = (): Promise<Found> => this.#look(request, session, state);
    const found = await (request.held === undefined ? look() : request.held(look));
    await session.flush();
    const remember = (change: CatalogChange): void => {
      for (const { plan, root } of found.captured)
        for (const [path, memory] of root.memories)
          change.setFolder(memoryKey(source, plan.name), path, memory);
    };
    const journal =
      state.last === null ? null : this.#journalOf(source, state.last, found, session);
    const isNew = state.newest === null || request.always || !sameRoots(state.newest, found.roots);
    const snapshot =
      kind !== 'journal' && isNew ? this.#snapshotOf({ ...request, kind }, found, session) : null;
    await session.commit([...(journal ?? []), ...(snapshot ?? [])], remember);
    if (snapshot !== null) this.#sinceSnapshot.delete(source.id);
    else if (journal !== null)
      this.#sinceSnapshot.set(source.id, this.#bytes(source, found, session));
    return { snapshot: snapshot?.[0] ?? state.newest, journal: journal?.[0] ?? null };
  }

  async #look(
    request: CaptureRequest,
    session: StoreSession,
    state: RecordedState,
  ): Promise<Found> {
    const { source } = request;
    const seen = request.seen?.() ?? EVERYTHING;
    const started = this.#clock.monotonic();
    const at = this.#clock.now();
    const list = new ChangeList();
    // A moment of the journal looks at git's files when something happened there; a snapshot always does.
    const last = request.kind === 'journal' && !seen.git ? state.last : null;
    const git = last === null ? await gitFacts(source) : last.git;
    const plans = rootPlans(source, this.#limits).filter(
      ({ name }) => name === 'files' || last === null,
    );
    const captured = await this.#captureRoots(request, { session, plans, seen, state, list });
    const nested = captured.flatMap(({ root }) => root.nested);
    if (nested.length > 0)
      this.#onNested(
        source,
        nested.map((path) => join(source.path, path)),
      );
    const roots = captured.map(({ plan, root }): SnapshotRoot => {
      const { tree, times, totals } = root;
      return { name: plan.name, tree, times, totals };
    });
    const kept = last?.roots.filter(({ name }) => name !== 'files') ?? [];
    return {
      roots: [...kept, ...roots],
      git,
      captured,
      changes: list.finish(),
      seen,
      at,
      started,
    };
  }

  async #captureRoots(
    request: CaptureRequest,
    found: {
      session: StoreSession;
      plans: readonly RootPlan[];
      seen: Seen;
      state: RecordedState;
      list: ChangeList;
    },
  ): Promise<Captured[]> {
    const { session, seen, state, list } = found;
    const captured: Captured[] = [];
    const parts = new PartsRead((bytes) => request.onProgress?.(bytes));
    const { fresh = false, ahead = false } = request;
    for (const plan of found.plans) {
      const isFiles = plan.name === 'files';
      const incremental = isFiles && plan.filter.kind === 'files' && state.newest !== null;
      const root = await captureRoot(
        { repository: this.#repository, session, pool: this.#pool },
        {
          memoryKey: memoryKey(request.source, plan.name),
          root: plan.root,
          filter: plan.filter,
          changed: incremental && !fresh ? seen.changed : null,
          fresh,
          differences:
            // What is not remembered would look new.
            state.last === null || fresh
              ? undefined
              : ({ path, before, after }) => {
                  list.compare(path, before, after, isFiles ? 'files' : 'git');
                },
          urgent: request.small && !ahead,
          ahead,
          signal: request.signal,
          onProgress: parts.next(),
        },
      );
      if (root !== null) captured.push({ plan, root });
      else if (isFiles)
        throw new BulwarkError('path-missing', `${plan.root} is not there, or cannot be read`, {
          details: { path: plan.root },
        });
    }
    return captured;
  }

  /** What is to be added to the journal of a source that was recorded before. */
  #journalOf(
    source: Source,
    last: SnapshotRecord | JournalRecord,
    { roots, git, captured, changes, seen, at, started }: Found,
    session: StoreSession,
  ): [JournalRecord] | null {
    // A folder whose own time changed is no change of its own.
    const differs = changes.changes.length > 0 || !sameTrees(last, roots);
    // What lies there between two backups of a set of files may be half of something.
    if (source.kind === 'repository' || source.kind === 'files' || !differs) return null;
    const record: JournalRecord = {
      type: 'journal',
      ...this.#identity(source),
      at,
      durationMs: this.#clock.monotonic() - started,
      roots: [...roots],
      git,
      changes: [...changes.changes],
      counts: changes.counts,
      ...howSeen(seen, changes),
      ...bytesOf(captured, session),
    };
    return [record];
  }

  #snapshotOf(
    request: Pick<CaptureRequest, 'source' | 'label' | 'backup'> & { kind: SnapshotRecord['kind'] },
    found: Found,
    session: StoreSession,
  ): [SnapshotRecord] {
    const { roots, git, at, started } = found;
    const record: SnapshotRecord = {
      type: 'snapshot',
      ...this.#identity(request.source),
      kind: request.kind,
      backup: request.backup ?? 'snapshot',
      label: request.label,
      createdAt: at,
      durationMs: this.#clock.monotonic() - started,
      roots: [...roots],
      git,
      ...this.#bytes(request.source, found, session),
    };
    return [record];
  }

  #bytes({ id }: Source, { captured }: Found, session: StoreSession): Bytes {
    const before = this.#sinceSnapshot.get(id) ?? { newBytes: 0, storedBytes: 0 };
    const now = bytesOf(captured, session);
    return {
      newBytes: before.newBytes + now.newBytes,
      storedBytes: before.storedBytes + now.storedBytes,
    };
  }

  #identity(source: Source): Pick<SnapshotRecord, 'id' | 'sequence' | 'source'> {
    return {
      id: randomBytes(16).toString('hex'),
      sequence: this.#repository.catalog.nextSequence(),
      source: recordedSource(source),
    };
  }
}

/** From so many changes in one moment on, folders were compared as a whole, not told one by one. */
const BURST_CHANGES = 1_000;

function howSeen({ changed, why }: Seen, { counts }: Changes): Pick<JournalRecord, 'seen' | 'why'> {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (changed !== null && total < BURST_CHANGES) return { seen: 'watched', why: null };
  return { seen: 'scanned', why: why ?? 'burst' };
}

function bytesOf(captured: readonly Captured[], session: StoreSession): Bytes {
  return {
    newBytes: captured.reduce((sum, { root }) => sum + root.newBytes, 0),
    storedBytes: session.storedBytes,
  };
}

/** Whether a snapshot holds exactly these roots. Times count: a touched file is a change. */
function sameRoots(record: SnapshotRecord, roots: readonly SnapshotRoot[]): boolean {
  return (
    record.roots.length === roots.length &&
    roots.every((root) => {
      const before = record.roots.find(({ name }) => name === root.name);
      return before?.tree === root.tree && before.times === root.times;
    })
  );
}

function sameTrees(
  record: SnapshotRecord | JournalRecord,
  roots: readonly SnapshotRoot[],
): boolean {
  return roots.every(
    (root) => record.roots.find(({ name }) => name === root.name)?.tree === root.tree,
  );
}
