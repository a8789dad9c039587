import type { BackupKind, JournalRecord, SnapshotRecord } from '../repository/record';
import type { Repository } from '../repository/repository';
import type { Clock } from '../support/clock';
import { Emitter } from '../support/emitter';
import { BulwarkError, messageOf } from '../support/errors';
import type { Log } from '../support/log';
import { displayName } from '../support/names';
import { Mutex } from '../support/mutex';
import type { WorkerPool } from '../support/worker-pool';
import { discover } from '../worktrees/discovery';
import type { Git } from '../worktrees/git';
import { realName, requireFolder } from '../worktrees/locate';
import { PartsRead, watched, type ProgressListener } from './capture/capture-progress';
import { Capturer, type CaptureLimits } from './capture/capturer';
import { refusePlace, type ProtectedPlaces } from './protected-places';
import { PacedWork } from './journal/paced-work';
import { folderSource, repositorySource, worktreeSource, type Source } from './source';
import { SourceGuard } from './source-guard';

export interface ProtectionOptions {
  readonly repository: Repository;
  readonly pool: WorkerPool;
  readonly git: Git;
  readonly places: ProtectedPlaces;
  readonly limits: CaptureLimits;
  readonly settleMs: number;
  /** The agent's own state, which is never protected. */
  readonly home: string;
  /** Keeps the store to its limits; called before a capture and after it. */
  readonly makeRoom?: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the protection tells. */
export type ProtectionEvent =
  | { readonly kind: 'source-changed'; readonly source: string }
  | { readonly kind: 'source-removed'; readonly source: string }
  | { readonly kind: 'snapshot-created'; readonly record: SnapshotRecord }
  | { readonly kind: 'journal-written'; readonly record: JournalRecord }
  /** Between these two a restore changes the source. */
  | { readonly kind: 'source-restoring' | 'source-restored'; readonly source: string }
  /** The folder of a source is gone; `record` is its newest snapshot. */
  | { readonly kind: 'source-lost'; readonly record: SnapshotRecord };

export interface SnapshotRequest {
  readonly kind: SnapshotRecord['kind'];
  /** `snapshot` unless told. */
  readonly backup?: BackupKind;
  /** Read every file again. */
  readonly fresh?: boolean;
  readonly label: string | null;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** Keeps every protected source backed up: knows them, watches them, takes their snapshots. */
export class DataProtectionLayer {
  readonly onEvent = new Emitter<ProtectionEvent>();
  readonly #options: ProtectionOptions;
  readonly #capturer: Capturer;
  readonly #guards = new Map<string, SourceGuard>();
  readonly #places = new Map<string, string>();
  /** Captures of shared git directories after something happened there, by the source's id. */
  readonly #repositories = new Map<string, PacedWork>();
  readonly #changing = new Mutex();
  #closed = false;

  constructor(options: ProtectionOptions) {
    this.#options = options;
    this.#capturer = new Capturer({
      ...options,
      onNested: (source, paths) => {
        for (const path of paths) this.#nested(source, path);
      },
    });
  }

  /** Takes up what was protected when the agent last ran. What fails is told in the log and tried at the next change. */
  async resume(): Promise<void> {
    for (const place of this.#options.places.list()) {
      try {
        const guards = await this.#changing.run(() => this.#refresh(place));
        for (const guard of guards) this.#captureSoon(guard);
      } catch (error) {
        this.#options.log.warn('A protected place cannot be taken up', { place, error });
      }
    }
  }

  /**
   * Protects every worktree of the repository that holds `path`, or the folder alone when it
   * is in none, and takes the first snapshots.
   * @returns the sources that hold files
   * @throws BulwarkError `path-missing`, `path-refused`, `not-a-directory`, `git-missing` …
   */
  async protect(path: string, request: Omit<SnapshotRequest, 'kind' | 'label'>): Promise<Source[]> {
    const { git, home, places, pool } = this.#options;
    const real = await requireFolder(path);
    // They start while the watches are set up.
    pool.warm();
    const discovery = await discover(git, real);
    const place = discovery.kind === 'folder' ? discovery.root : discovery.commonDir;
    if (discovery.kind === 'folder') refusePlace(place, home);
    else for (const worktree of discovery.worktrees) refusePlace(worktree.path, home);
    await places.add(place);
    await this.#changing.run(() => this.#refresh(place));
    const guards = this.#guardsOf(place);
    const { signal, onProgress } = request;
    const present = guards.filter(
      ({ source }) => source.kind !== 'worktree' || source.worktree.exists,
    );
    await this.#watched(present, onProgress, async (tell) => {
      const parts = new PartsRead(tell);
      for (const guard of present) {
        const read = { signal, onProgress: parts.next() };
        await guard.capture({ kind: 'automatic', label: null, always: false, ...read });
      }
    });
    return guards.map(({ source }) => source).filter(({ kind }) => kind !== 'repository');
  }

  /** Stops watching the place that holds `path`; its snapshots stay. */
  async unprotect(path: string): Promise<void> {
    const guard = await this.guardOf(path);
    const place = this.#places.get(guard.source.id);
    if (place === undefined) return;
    await this.#options.places.remove(place);
    for (const other of this.#guardsOf(place)) await this.#drop(other);
  }

  /** The sources with files, in the order of their paths. */
  guards(): SourceGuard[] {
    return [...this.#guards.values()]
      .filter(({ source }) => source.kind !== 'repository')
      .sort((a, b) => (a.source.path < b.source.path ? -1 : 1));
  }

  /** All sources: those with files, and the repositories that they belong to. */
  everyGuard(): SourceGuard[] {
    return [...this.#guards.values()];
  }

  guard(sourceId: string): SourceGuard | null {
    return this.#guards.get(sourceId) ?? null;
  }

  /** The place that made a source known: what `protect` was asked for. */
  placeOf(sourceId: string): string | null {
    return this.#places.get(sourceId) ?? null;
  }

  /**
   * The protected source that holds `path`, which need not exist any more.
   * @throws BulwarkError `not-protected`
   */
  async guardOf(path: string): Promise<SourceGuard> {
    const real = await realName(path).catch(() => null);
    let best: SourceGuard | null = null;
    for (const guard of this.guards())
      if ([real ?? path, path].some((candidate) => holds(guard.source.path, candidate)))
        if (best === null || guard.source.path.length > best.source.path.length) best = guard;
    if (best !== null) return best;
    if (real === null) throw new BulwarkError('path-missing', `${displayName(path)} is not there`);
    throw new BulwarkError('not-protected', `${path} is not protected`, {
      hint: `Protect it with "bulwark start ${path}".`,
      details: { path },
    });
  }

  /**
   * Takes a snapshot of a source, and of its repository when that changed, so that the
   * commits it names are kept too.
   */
  async snapshot(guard: SourceGuard, request: SnapshotRequest): Promise<SnapshotRecord> {
    const { onProgress, ...asked } = request;
    const repository = this.#repositoryGuard(guard.source);
    if (repository !== null) await this.#captureRepository(repository, request.signal);
    return this.#watched([guard], onProgress, (tell) =>
      guard.capture({ ...asked, always: true, onProgress: tell }),
    );
  }

  /** Captures a folder that is not protected, to save it before a restore writes there. */
  snapshotFolder(
    path: string,
    request: Omit<SnapshotRequest, 'onProgress'> & { always: boolean },
  ): Promise<SnapshotRecord> {
    return this.#capturer.snapshot({ source: folderSource(path), ...request });
  }

  /** Resolves at a moment when no capture runs; holds none up. */
  quiet = (): Promise<void> => this.#capturer.quiet();

  /** Runs `fn` beside captures, but not beside what {@link exclusively} runs. */
  beside<T>(fn: () => Promise<T>): Promise<T> {
    return this.#capturer.beside(fn);
  }

  /** Runs `fn` while no capture runs. */
  exclusively<T>(fn: () => Promise<T>): Promise<T> {
    return this.#capturer.exclusively(fn);
  }

  /** Looks again which worktrees a place has. */
  async refreshPlace(place: string): Promise<void> {
    const added = await this.#changing.run(() => this.#refresh(place));
    for (const guard of added) this.#captureSoon(guard);
  }

  /** Waits for captures that run, stops watching. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const work of this.#repositories.values()) work.close();
    for (const guard of this.#guards.values()) await guard.close();
    this.#guards.clear();
    await this.#capturer.exclusively(() => Promise.resolve());
  }

  /** Captures for somebody who is told how far it is, or for nobody. */
  #watched<T>(
    guards: readonly SourceGuard[],
    listener: ProgressListener | undefined,
    work: (tell: (bytes: number) => void) => Promise<T>,
  ): Promise<T> {
    if (listener === undefined) return work(() => undefined);
    const asked = guards.map(({ source, newest }) => [source, newest?.createdAt ?? null] as const);
    return watched({
      clock: this.#options.clock,
      listener,
      work,
      estimate: async (signal) => {
        let bytes = 0;
        for (const [source, since] of asked)
          bytes += await this.#capturer.estimate(source, since, signal);
        return bytes;
      },
    });
  }

  #guardsOf(place: string): SourceGuard[] {
    return [...this.#guards.values()].filter(({ source }) => this.#places.get(source.id) === place);
  }

  #repositoryGuard(source: Source): SourceGuard | null {
    return this.#guards.get(repositoryOf(source)) ?? null;
  }

  /** @returns bytes that it stored */
  async #captureRepository(guard: SourceGuard, signal: AbortSignal | undefined): Promise<number> {
    try {
      const before = guard.newest?.id;
      const record = await guard.capture({
        kind: 'automatic',
        label: null,
        always: false,
        signal,
      });
      return record.id === before ? 0 : record.storedBytes;
    } catch (error) {
      // A repository that cannot be read must not keep the files from being saved.
      if (error instanceof BulwarkError && error.reason === 'cancelled') throw error;
      this.#options.log.warn('The repository could not be captured', {
        path: guard.source.path,
        reason: messageOf(error),
      });
      return 0;
    }
  }

  /** Brings the guards of a place in line with the worktrees it has. @returns the new ones */
  async #refresh(place: string): Promise<SourceGuard[]> {
    const sources = await this.#sourcesAt(place);
    const added: SourceGuard[] = [];
    for (const source of sources) {
      const known = this.#guards.get(source.id);
      if (known !== undefined && sameSource(known.source, source)) continue;
      if (known !== undefined) await this.#drop(known, false);
      added.push(await this.#add(source, place));
    }
    return added;
  }

  /** A repository inside a protected one is protected with it, as a source of its own. */
  #nested(outer: Source, path: string): void {
    const place = this.#places.get(outer.id);
    const known = [...this.#guards.values()].some(({ source }) => source.path === path);
    if (place === undefined || known || this.#closed) return;
    const adding = this.#changing.run(async () => {
      for (const source of await this.#sourcesAt(path)) {
        if (this.#guards.has(source.id)) continue;
        this.#captureSoon(await this.#add(source, place));
      }
    });
    adding.catch((error: unknown) => {
      this.#options.log.warn('A nested repository cannot be protected', { path, error });
    });
  }

  async #sourcesAt(place: string): Promise<Source[]> {
    const discovery = await discover(this.#options.git, place);
    if (discovery.kind === 'folder') return [folderSource(place)];
    return [
      repositorySource(discovery.commonDir),
      ...discovery.worktrees.filter(({ path }) => path !== '').map(worktreeSource),
    ];
  }

  async #add(source: Source, place: string): Promise<SourceGuard> {
    const { repository, clock, log, limits, settleMs } = this.#options;
    const [newest] = await repository.catalog.snapshots(source.id, { limit: 1 });
    const guard: SourceGuard = new SourceGuard({
      source,
      capturer: this.#capturer,
      clock,
      log,
      patterns: limits.patterns,
      inside: this.guards()
        .map((other) => other.source.path)
        .filter((path) => path !== source.path && holds(source.path, path)),
      settleMs,
      newest: newest ?? null,
      onChange: () => {
        this.onEvent.emit({ kind: 'source-changed', source: source.id });
      },
      onSnapshot: (record) => {
        this.onEvent.emit({ kind: 'snapshot-created', record });
        this.#repositories.get(repositoryOf(source))?.ask();
      },
      onJournal: (record) => {
        this.onEvent.emit({ kind: 'journal-written', record });
        // Commits, and what was staged, must outlive the loss of .git as well.
        if (record.changes.some(({ change }) => change === 'git'))
          this.#repositories.get(repositoryOf(source))?.ask();
      },
      onRestoring: (begins) => {
        const kind = begins ? 'source-restoring' : 'source-restored';
        this.onEvent.emit({ kind, source: source.id });
      },
      onLost: (record) => {
        this.onEvent.emit({ kind: 'source-lost', record });
      },
      onWorktrees: () => {
        this.refreshPlace(place).catch((error: unknown) => {
          log.warn('The worktrees of a repository cannot be listed', { place, error });
        });
      },
    });
    this.#guards.set(source.id, guard);
    this.#places.set(source.id, place);
    if (source.kind === 'repository')
      this.#repositories.set(
        source.id,
        new PacedWork({ run: () => this.#captureRepository(guard, undefined), rest: 4, clock }),
      );
    try {
      await guard.start();
    } catch (error) {
      // A worktree that is gone is still listed: its snapshots can be restored.
      log.info('A source cannot be watched now', { path: source.path, reason: messageOf(error) });
    }
    this.onEvent.emit({ kind: 'source-changed', source: source.id });
    return guard;
  }

  async #drop(guard: SourceGuard, tell = true): Promise<void> {
    await guard.close();
    this.#repositories.get(guard.source.id)?.close();
    this.#repositories.delete(guard.source.id);
    this.#guards.delete(guard.source.id);
    this.#places.delete(guard.source.id);
    if (tell) this.onEvent.emit({ kind: 'source-removed', source: guard.source.id });
  }

  #captureSoon(guard: SourceGuard): void {
    if (guard.source.kind === 'worktree' && !guard.source.worktree.exists) return;
    guard.capture({ kind: 'automatic', label: null, always: false }).catch((error: unknown) => {
      this.#options.log.warn('A snapshot failed', { path: guard.source.path, error });
    });
  }
}

/** The id of the source that is a worktree's shared git directory; empty for other sources. */
function repositoryOf(source: Source): string {
  return source.kind === 'worktree' ? repositorySource(source.worktree.commonDir).id : '';
}

function holds(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`);
}

function sameSource(a: Source, b: Source): boolean {
  if (a.kind !== 'worktree' || b.kind !== 'worktree') return a.kind === b.kind;
  return (
    a.worktree.gitDir === b.worktree.gitDir &&
    a.worktree.exists === b.worktree.exists &&
    (a.worktree.locked === null) === (b.worktree.locked === null)
  );
}
