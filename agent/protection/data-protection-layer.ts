import type { RecordedSource, SnapshotRecord } from '../repository/record';
import { Emitter } from '../support/emitter';
import { messageOf } from '../support/errors';
import { Mutex } from '../support/mutex';
import { UNORDERED, type Operations } from '../support/operations';
import { discover } from '../worktrees/discovery';
import { realName, requireFolder } from '../worktrees/locate';
import type { BackedUp } from './backed-up';
import { watchedCapture, type ProgressListener } from './capture/capture-progress';
import { PartsRead } from './capture/parts-read';
import { Capturer } from './capture/capturer';
import { refusePlace } from './protected-places';
import type { ProtectionEvent, ProtectionOptions, SnapshotRequest } from './protection-types';
import {
  folderSource,
  foundFiles,
  holds,
  repositoryOf,
  sameSource,
  sourceNameIn,
  type Source,
} from './source';
import { guardHolding, refuseUnprotected } from './find-guard';
import { RepositoryCaptures } from './repository-captures';
import { SourceGuard } from './source-guard';
import { sourcesAt } from './sources-at';
import type { DataSource } from './sources/data-source';
import { DataSources, type RegisteredSource } from './sources/data-sources';

/** Keeps every protected source backed up: knows them, watches them, takes their snapshots. */
export class DataProtectionLayer {
  readonly onEvent = new Emitter<ProtectionEvent>();
  /** What programs have registered. */
  readonly dataSources: DataSources;
  readonly #options: ProtectionOptions & { readonly operations: Operations };
  readonly #capturer: Capturer;
  readonly #guards = new Map<string, SourceGuard>();
  readonly #places = new Map<string, string>();
  readonly #repositories: RepositoryCaptures;
  /** Folders that are registered as data sources. */
  readonly #folders = new Set<string>();
  readonly #changing = new Mutex();
  #resuming: Promise<void> | null = null;
  #closed = false;

  constructor(options: ProtectionOptions) {
    this.#options = { operations: UNORDERED, ...options };
    this.#repositories = new RepositoryCaptures(this.#options);
    this.#capturer = new Capturer({
      ...options,
      onNested: (source, paths) => {
        for (const path of paths) this.#nested(source, path);
      },
    });
    const { limits: _files, sourceLimits: limits = {}, ...rest } = options;
    this.dataSources = new DataSources({
      ...rest,
      limits,
      capturer: this.#capturer,
      folders: {
        watch: (path) => this.#watchFolder(path),
        drop: (path) => this.#dropFolder(path),
        guard: (path) => this.guard(folderSource(path).id),
      },
      onSnapshot: (record) => {
        this.onEvent.emit({ kind: 'snapshot-created', record });
      },
    });
  }

  /**
   * Has something of a program backed up: a folder, a set of files that it freezes, or records that
   * it hands out in pages. A program does so again each time it starts.
   * @param name up to 64 letters, digits, `.`, `_` and `-`; `source:NAME` names it wherever a path is taken
   * @throws BulwarkError `source-taken`, `source-refused`, `path-missing`, `path-refused` …
   */
  registerDataSource(name: string, source: DataSource): Promise<RegisteredSource> {
    return this.dataSources.register(name, source);
  }

  /** Takes up what was protected when the agent last ran. What fails is told in the log and tried at the next change. */
  resume(): Promise<void> {
    this.#resuming = this.#takeUp().finally(() => {
      this.#resuming = null;
    });
    return this.#resuming;
  }

  /** Resolves when what was protected before is taken up, well or not, so that nobody is told it is not there. */
  async takenUp(): Promise<void> {
    await this.#resuming?.catch(() => undefined);
  }

  async #takeUp(): Promise<void> {
    await this.dataSources.resume();
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
    const name = sourceNameIn(path);
    if (name !== null) {
      await this.dataSources.unregister(name, null);
      return;
    }
    const guard = await this.guardOf(path);
    const registered = this.dataSources.nameOfFolder(guard.source.path);
    if (registered !== null) await this.dataSources.unregister(registered, null);
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

  /** Everything that is kept and is there: what the schedules back up. */
  present(): BackedUp[] {
    return [
      ...this.everyGuard().filter(
        ({ source, isThere }) => isThere && (source.kind !== 'worktree' || source.worktree.exists),
      ),
      ...this.dataSources.programGuards().filter(({ attached }) => attached !== null),
    ];
  }

  /** Everything that is kept, there or not, by its id. */
  backedUp(sourceId: string): BackedUp | null {
    const found = this.dataSources.programGuards().find(({ source }) => source.id === sourceId);
    return this.guard(sourceId) ?? found ?? null;
  }

  /** As {@link guardOf}, but `source:NAME` names a data source. @throws BulwarkError `source-unknown` */
  async backedUpOf(path: string): Promise<BackedUp> {
    const name = sourceNameIn(path);
    if (name === null) return this.guardOf(path);
    await this.takenUp();
    return this.dataSources.guard(name);
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
    const find = (): SourceGuard | null => guardHolding(this.guards(), [real ?? path, path]);
    let guard = find();
    if (guard === null) {
      await this.takenUp();
      guard = find();
    }
    return guard ?? refuseUnprotected(path, real !== null);
  }

  /**
   * Takes a snapshot of a source, and of its repository when that changed, so that the
   * commits it names are kept too.
   */
  async snapshot(guard: BackedUp, request: SnapshotRequest): Promise<SnapshotRecord> {
    const { onProgress, ...asked } = request;
    if (!(guard instanceof SourceGuard))
      return guard.capture({
        ...asked,
        always: true,
        onProgress: (bytes) => onProgress?.(bytes, null),
      });
    const repository = this.guard(repositoryOf(guard.source));
    if (repository !== null) await this.#repositories.capture(repository, request.signal);
    return this.#watched([guard], onProgress, (tell) =>
      guard.capture({ ...asked, always: true, onProgress: tell }),
    );
  }

  /**
   * Captures a folder that is not protected, or the files of a set as they lie there, held still or
   * not: to compare with them, or to save them before a restore writes there.
   * @throws BulwarkError `path-refused` for what nobody means to read as a whole
   */
  async snapshotAside(
    place: string | RecordedSource,
    request: Omit<SnapshotRequest, 'onProgress'> & { always: boolean; ahead?: boolean },
  ): Promise<SnapshotRecord> {
    if (typeof place === 'string')
      refusePlace(await realName(place).catch(() => place), this.#options.home);
    const source = typeof place === 'string' ? folderSource(place) : foundFiles(place);
    return this.#capturer.snapshot({ source, ...request });
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
    this.#repositories.close();
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
    const { clock } = this.#options;
    return watchedCapture({ guards, listener, work, clock, capturer: this.#capturer });
  }

  #guardsOf(place: string): SourceGuard[] {
    return [...this.#guards.values()].filter(({ source }) => this.#places.get(source.id) === place);
  }

  /** Brings the guards of a place in line with the worktrees it has. @returns the new ones */
  async #refresh(place: string): Promise<SourceGuard[]> {
    const sources = await sourcesAt(this.#options.git, place, this.#folders);
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
      for (const source of await sourcesAt(this.#options.git, path, this.#folders)) {
        if (this.#guards.has(source.id)) continue;
        this.#captureSoon(await this.#add(source, place));
      }
    });
    adding.catch((error: unknown) => {
      this.#options.log.warn('A nested repository cannot be protected', { path, error });
    });
  }

  /** A registered folder is kept as it is, also where it is in a repository. */
  async #watchFolder(path: string): Promise<SourceGuard> {
    this.#folders.add(path);
    const source = folderSource(path);
    return this.#changing.run(
      async () => this.#guards.get(source.id) ?? (await this.#add(source, path)),
    );
  }

  async #dropFolder(path: string): Promise<void> {
    this.#folders.delete(path);
    const guard = this.guard(folderSource(path).id);
    // It may be protected for other reasons as well.
    if (guard === null || this.placeOf(guard.source.id) !== path) return;
    if (!this.#options.places.list().includes(path)) await this.#drop(guard);
  }

  async #add(source: Source, place: string): Promise<SourceGuard> {
    const { repository, clock, log, operations, limits, settleMs } = this.#options;
    const [newest] = await repository.catalog.snapshots(source.id, { limit: 1 });
    const guard: SourceGuard = new SourceGuard({
      source,
      capturer: this.#capturer,
      ...{ clock, log, operations, settleMs },
      patterns: limits.patterns,
      inside: this.guards()
        .map((other) => other.source.path)
        .filter((path) => path !== source.path && holds(source.path, path)),
      newest: newest ?? null,
      onChange: () => {
        this.onEvent.emit({ kind: 'source-changed', source: source.id });
      },
      onSnapshot: (record) => {
        this.onEvent.emit({ kind: 'snapshot-created', record });
        this.#repositories.ask(source);
      },
      onJournal: (record) => {
        this.onEvent.emit({ kind: 'journal-written', record });
        // Commits, and what was staged, must outlive the loss of .git as well.
        if (record.changes.some(({ change }) => change === 'git')) this.#repositories.ask(source);
      },
      onRestoring: (begins) => {
        const kind = begins ? 'source-restoring' : 'source-restored';
        this.onEvent.emit({ kind, source: source.id });
      },
      onLost: () => {
        this.onEvent.emit({ kind: 'source-lost', source: source.id });
      },
      onWorktrees: () => {
        this.refreshPlace(place).catch((error: unknown) => {
          log.warn('The worktrees of a repository cannot be listed', { place, error });
        });
      },
    });
    this.#guards.set(source.id, guard);
    this.#places.set(source.id, place);
    if (source.kind === 'repository') this.#repositories.add(guard);
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
    this.#repositories.drop(guard.source.id);
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
