import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { SnapshotGit, SnapshotRecord, SnapshotRoot } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { Clock } from '../../support/clock';
import { BulwarkError } from '../../support/errors';
import { Mutex } from '../../support/mutex';
import type { WorkerPool } from '../../support/worker-pool';
import type { Extent } from '../../worktrees/change-set';
import { gitStateRoots } from '../../worktrees/git-state';
import { headOf } from '../../worktrees/head';
import type { Source } from '../source';
import { PartsRead } from './capture-progress';
import type { RootFilter } from './capture-rules';
import { bytesToRead } from './estimate';
import { captureRoot, type CapturedRoot } from './root-capture';

/** The user's rules for what a snapshot holds. */
export interface CaptureLimits {
  readonly patterns: readonly string[];
  readonly maxFileBytes: number;
}

export interface CaptureRequest {
  readonly source: Source;
  readonly kind: SnapshotRecord['kind'];
  readonly label: string | null;
  /** Folders that a watcher saw change; null scans everything. */
  readonly changed: ReadonlyMap<string, Extent> | null;
  /** Make a snapshot also when nothing changed since the newest one. */
  readonly always: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes were read so far. */
  onProgress?(bytes: number): void;
}

interface RootPlan {
  readonly name: SnapshotRoot['name'];
  readonly root: string;
  readonly filter: RootFilter;
}

/** Takes snapshots. Only ever reads from the source. One at a time: they share the open pack. */
export class Capturer {
  readonly #repository: Repository;
  readonly #pool: WorkerPool;
  readonly #clock: Clock;
  readonly #limits: CaptureLimits;
  readonly #mutex = new Mutex();
  readonly #onNested: (source: Source, paths: readonly string[]) => void;

  /** @param options.onNested worktrees of their own that a capture met inside a source, as absolute paths */
  constructor(options: {
    repository: Repository;
    pool: WorkerPool;
    clock: Clock;
    limits: CaptureLimits;
    onNested: (source: Source, paths: readonly string[]) => void;
  }) {
    this.#onNested = options.onNested;
    this.#repository = options.repository;
    this.#pool = options.pool;
    this.#clock = options.clock;
    this.#limits = options.limits;
  }

  /**
   * Captures a source until all of it is durable.
   * @returns the new snapshot, or the newest one when nothing changed and `always` is not set
   * @throws BulwarkError `path-missing` when the source is not there, `disk-full`, `cancelled` …
   */
  capture(request: CaptureRequest): Promise<SnapshotRecord> {
    return this.#mutex.run(() => this.#capture(request));
  }

  /** About how many bytes a capture reads. @param since when the last one was, ms since 1970 */
  async estimate(source: Source, since: number | null, signal: AbortSignal): Promise<number> {
    let bytes = 0;
    for (const { root, filter } of this.#plans(source))
      bytes += await bytesToRead({ root, filter, since, signal });
    return bytes;
  }

  /** Runs `fn` between two captures. */
  exclusively<T>(fn: () => Promise<T>): Promise<T> {
    return this.#mutex.run(fn);
  }

  async #capture(request: CaptureRequest): Promise<SnapshotRecord> {
    const { source } = request;
    const started = this.#clock.monotonic();
    const createdAt = this.#clock.now();
    const storedBefore = this.#repository.storedBytes;
    const [newest] = await this.#repository.catalog.snapshots(source.id, { limit: 1 });
    try {
      // Git's state first: refs that are seen point to objects that exist by then.
      const git = await gitFacts(source);
      const captured = await this.#captureRoots(request, newest !== undefined);
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
      if (newest !== undefined && !request.always && sameRoots(newest, roots)) {
        await this.#repository.commit([], (change) => this.#remember(change, source, captured));
        return newest;
      }
      const record: SnapshotRecord = {
        type: 'snapshot',
        id: randomBytes(16).toString('hex'),
        sequence: this.#repository.catalog.nextSequence(),
        source: { id: source.id, kind: source.kind, path: source.path },
        kind: request.kind,
        label: request.label,
        createdAt,
        durationMs: this.#clock.monotonic() - started,
        roots,
        git,
        newBytes: captured.reduce((sum, { root }) => sum + root.newBytes, 0),
        storedBytes: this.#repository.storedBytes - storedBefore,
      };
      await this.#repository.commit([record], (change) => {
        this.#remember(change, source, captured);
      });
      return record;
    } catch (error) {
      this.#repository.releaseClaims();
      throw error;
    }
  }

  async #captureRoots(
    request: CaptureRequest,
    known: boolean,
  ): Promise<{ plan: RootPlan; root: CapturedRoot }[]> {
    const captured: { plan: RootPlan; root: CapturedRoot }[] = [];
    const parts = new PartsRead((bytes) => request.onProgress?.(bytes));
    for (const plan of this.#plans(request.source)) {
      const incremental = plan.name === 'files' && plan.filter.kind === 'files' && known;
      const root = await captureRoot(this.#repository, this.#pool, {
        memoryKey: memoryKey(request.source, plan.name),
        root: plan.root,
        filter: plan.filter,
        changed: incremental ? request.changed : null,
        signal: request.signal,
        onProgress: parts.next(),
      });
      if (root !== null) captured.push({ plan, root });
      else if (plan.name === 'files')
        throw new BulwarkError('path-missing', `${plan.root} is not there, or cannot be read`, {
          details: { path: plan.root },
        });
    }
    return captured;
  }

  #plans(source: Source): RootPlan[] {
    if (source.kind === 'repository')
      return [{ name: 'files', root: source.path, filter: { kind: 'repository' } }];
    const files: RootPlan = {
      name: 'files',
      root: source.path,
      filter: { kind: 'files', ...this.#limits },
    };
    if (source.kind === 'folder') return [files];
    const { worktree } = source;
    const git = gitStateRoots(worktree).map(({ name, root }): RootPlan => {
      const kind = name === 'worktree' ? 'git-worktree' : 'git-common';
      return { name: kind, root, filter: { kind, worktree } };
    });
    return [...git, files];
  }

  #remember(
    change: { setFolder(source: string, path: string, memory: Buffer | null): void },
    source: Source,
    captured: readonly { plan: RootPlan; root: CapturedRoot }[],
  ): void {
    for (const { plan, root } of captured)
      for (const [path, memory] of root.memories)
        change.setFolder(memoryKey(source, plan.name), path, memory);
  }
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

function memoryKey(source: Source, root: SnapshotRoot['name']): string {
  if (root === 'files') return source.id;
  return createHash('sha256').update(`${source.id}\0${root}`).digest('hex').slice(0, 16);
}

async function gitFacts(source: Source): Promise<SnapshotGit | null> {
  if (source.kind !== 'worktree') return null;
  const { commonDir, gitDir, role } = source.worktree;
  const head = await headOf({ gitDir, commonDir });
  return {
    commonDir,
    gitDir,
    role,
    branch: head.kind === 'branch' ? head.ref : null,
    head: head.kind === 'unreadable' ? null : head.commit,
  };
}
