import { randomBytes } from 'node:crypto';
import type { DataSourceRecord, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { Clock } from '../../support/clock';
import { BulwarkError, messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { requireFolder } from '../../worktrees/locate';
import type { Capturer } from '../capture/capturer';
import { refusePlace } from '../protected-places';
import { cleanTreePath } from '../restore/path-filter';
import { filesSource, folderSource, recordsSource, type Source } from '../source';
import type { SourceGuard } from '../source-guard';
import {
  DEFAULT_SOURCE_LIMITS,
  type DataSource,
  type DataSourceLimits,
  type DataSourceState,
} from './data-source';
import { FilesHold } from './files-hold';
import { ProgramGuard, type Attached } from './program-guard';
import { captureRecords } from './records-capture';

/** A registered data source with what is known of it. */
export interface RegisteredSource {
  readonly name: string;
  readonly kind: DataSource['kind'];
  /** A folder; `source:NAME` for records. */
  readonly path: string;
  readonly files: readonly string[];
  readonly sourceId: string;
  readonly state: DataSourceState;
  /** What the program that serves it calls itself; null for none. */
  readonly program: string | null;
  readonly newest: SnapshotRecord | null;
}

/** Folders are watched by whoever watches all the others. */
export interface WatchedFolders {
  watch(path: string): Promise<SourceGuard>;
  drop(path: string): Promise<void>;
  /** Null where it is not watched any more. */
  guard(path: string): SourceGuard | null;
}

export interface DataSourcesOptions {
  readonly repository: Repository;
  readonly capturer: Capturer;
  readonly clock: Clock;
  readonly log: Log;
  /** The agent's own state, which is never protected. */
  readonly home: string;
  readonly folders: WatchedFolders;
  readonly makeRoom?: () => Promise<void>;
  readonly onSnapshot: (record: SnapshotRecord) => void;
  readonly limits?: Partial<DataSourceLimits>;
}

type Registration = Pick<DataSourceRecord, 'name' | 'source'>;

type Entry =
  | { readonly registration: Registration; readonly kind: 'program'; readonly guard: ProgramGuard }
  | { readonly registration: Registration; readonly kind: 'folder'; readonly path: string };

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What programs have registered, whether they are there just now or not. */
export class DataSources {
  readonly #options: DataSourcesOptions;
  readonly #limits: DataSourceLimits;
  readonly #entries = new Map<string, Entry>();
  readonly #changing = new Mutex();

  constructor(options: DataSourcesOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_SOURCE_LIMITS, ...options.limits };
  }

  /** Takes up what was registered when the agent last ran. */
  async resume(): Promise<void> {
    for (const record of await this.#options.repository.catalog.dataSources())
      try {
        // A program may have been quicker.
        await this.#changing.run(async () => {
          if (!this.#entries.has(record.name)) await this.#add(record);
        });
        // Programs bring their own; a folder may have changed meanwhile.
        if (record.source.kind === 'folder') this.#captureSoon(record.name);
      } catch (error) {
        this.#options.log.warn('A data source cannot be taken up', { name: record.name, error });
      }
  }

  /**
   * Has a source backed up from now on, by this program. Its first backup, or what was missed, follows.
   * @throws BulwarkError `source-taken`, `source-refused`, `path-missing`, `path-refused`, `not-a-directory`, `disk-full`
   */
  async register(name: string, source: DataSource): Promise<RegisteredSource> {
    const entry = await this.#changing.run(async () => {
      const registration = { name, source: await this.#recorded(name, source) };
      const known = this.#entries.get(name);
      if (known === undefined) this.#requireRoom(ownerOf(source));
      else refuseOther(known, registration, ownerOf(source));
      const found = known ?? (await this.#add(registration));
      if (known === undefined) await this.#record(registration, true);
      if (found.kind === 'program') this.#attach(found.guard, source);
      return found;
    });
    this.#captureSoon(name);
    return this.#described(entry);
  }

  /**
   * Forgets a source. Its snapshots stay.
   * @param owner the program that asks; null for a person, who may always
   * @throws BulwarkError `source-unknown`, `source-taken`
   */
  unregister(name: string, owner: string | null): Promise<void> {
    return this.#changing.run(async () => {
      const entry = this.#require(name);
      const serving = ownerNow(entry);
      if (owner !== null && serving !== null && serving !== owner) throw taken(name);
      await this.#record(entry.registration, false);
      this.#entries.delete(name);
      const { source } = entry.registration;
      if (source.kind === 'folder') await this.#options.folders.drop(source.path);
    });
  }

  list(): RegisteredSource[] {
    return [...this.#entries.values()]
      .map((entry) => this.#described(entry))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Those that only their programs can bring into a state worth keeping. */
  programGuards(): ProgramGuard[] {
    return [...this.#entries.values()].flatMap((entry) =>
      entry.kind === 'program' ? [entry.guard] : [],
    );
  }

  /** @throws BulwarkError `source-unknown` */
  guard(name: string): SourceGuard | ProgramGuard {
    const entry = this.#require(name);
    if (entry.kind === 'program') return entry.guard;
    const guard = this.#options.folders.guard(entry.path);
    if (guard !== null) return guard;
    throw new BulwarkError('not-protected', `${entry.path} is not watched any more`, {
      hint: 'Register it again.',
    });
  }

  /** The name under which a folder is registered, or null. */
  nameOfFolder(path: string): string | null {
    for (const { registration } of this.#entries.values())
      if (registration.source.kind === 'folder' && registration.source.path === path)
        return registration.name;
    return null;
  }

  /** Runs `fn`, which changes files in a folder, while the programs that have files there hold still. */
  whileHeld<T>(path: string, fn: () => Promise<T>): Promise<T> {
    const held = this.programGuards().filter(
      ({ source, attached }) =>
        source.kind === 'files' && source.path === path && attached !== null,
    );
    return held.reduce<() => Promise<T>>(
      (inner, guard) => () => guard.requireAttached().held(inner),
      fn,
    )();
  }

  #captureSoon(name: string): void {
    this.guard(name)
      .capture({ kind: 'automatic', label: null, always: false })
      .catch((error: unknown) => {
        const reason = messageOf(error);
        this.#options.log.warn('A data source could not be backed up', { name, reason });
      });
  }

  #require(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    throw new BulwarkError('source-unknown', `no data source is called ${JSON.stringify(name)}`, {
      hint: 'See which there are with: bulwark sources',
    });
  }

  #described({ registration: { name, source }, ...entry }: Entry): RegisteredSource {
    const files = source.kind === 'files' ? source.files : [];
    if (entry.kind === 'program') {
      const { guard } = entry;
      const program = guard.attached?.program.name ?? null;
      const { id: sourceId, path } = guard.source;
      const { state, newest } = guard;
      return { name, kind: source.kind, path, files, sourceId, state, program, newest };
    }
    const { path } = entry;
    const guard = this.#options.folders.guard(path);
    return {
      name,
      kind: source.kind,
      path,
      files,
      sourceId: folderSource(path).id,
      state: guard?.cover ?? { kind: 'failing', message: 'it is not watched any more' },
      program: null,
      newest: guard?.newest ?? null,
    };
  }

  /** The source as it is recorded: checked, its path as it really is. */
  async #recorded(name: string, source: DataSource): Promise<DataSourceRecord['source']> {
    if (!NAME.test(name))
      throw new BulwarkError('source-refused', `${JSON.stringify(name)} is no name`, {
        hint: 'Up to 64 letters, digits, ".", "_" and "-", a letter or digit first.',
      });
    if (source.kind === 'records') return { kind: 'records' };
    const path = await requireFolder(source.path);
    refusePlace(path, this.#options.home);
    if (source.kind === 'folder') return { kind: 'folder', path };
    const files = [...new Set(source.files.map(cleanTreePath))].sort();
    if (files.includes(''))
      throw new BulwarkError('path-refused', 'one of the files is the folder itself', {
        hint: 'Name no files to have all of the folder kept.',
      });
    return { kind: 'files', path, files };
  }

  #requireRoom(owner: string): void {
    const own = [...this.#entries.values()].filter((entry) => ownerNow(entry) === owner);
    const { sources, sourcesOfProgram } = this.#limits;
    if (own.length < sourcesOfProgram && this.#entries.size < sources) return;
    throw new BulwarkError(
      'source-refused',
      `there are ${String(this.#entries.size)} data sources, ${String(own.length)} of this program`,
      {
        hint: `At most ${String(sourcesOfProgram)} of one program and ${String(sources)} in all: unregister some.`,
      },
    );
  }

  async #add(registration: Registration): Promise<Entry> {
    const { name, source } = registration;
    if (source.kind === 'folder') await this.#options.folders.watch(source.path);
    const entry: Entry =
      source.kind === 'folder'
        ? { registration, kind: 'folder', path: source.path }
        : {
            registration,
            kind: 'program',
            guard: await this.#programGuard(sourceOf(name, source)),
          };
    this.#entries.set(name, entry);
    return entry;
  }

  async #programGuard(source: Source): Promise<ProgramGuard> {
    const { repository, onSnapshot } = this.#options;
    const [newest] = await repository.catalog.snapshots(source.id, { limit: 1 });
    return new ProgramGuard({ source, newest: newest ?? null, onSnapshot });
  }

  #attach(guard: ProgramGuard, source: DataSource): void {
    if (source.kind === 'files') guard.attach(this.#files(guard.source, source));
    else if (source.kind === 'records') guard.attach(this.#records(guard.source, source.program));
  }

  #files(source: Source, given: Extract<DataSource, { kind: 'files' }>): Attached {
    const { capturer, clock, log } = this.#options;
    const { program, freezeMs } = given;
    const hold = new FilesHold({ program, freezeMs, limits: this.#limits, clock, log });
    return {
      program,
      restore: null,
      held: (fn) => hold.forRestore(fn),
      take: async (order) => {
        const stop = new AbortController();
        const onAbort = (): void => stop.abort();
        if (order.signal?.aborted === true) stop.abort();
        order.signal?.addEventListener('abort', onAbort, { once: true });
        try {
          const held = hold.forBackup(stop);
          return await capturer.snapshot({ ...order, source, held, signal: stop.signal });
        } finally {
          order.signal?.removeEventListener('abort', onAbort);
        }
      },
    };
  }

  #records(source: Source, program: Extract<DataSource, { kind: 'records' }>['program']): Attached {
    const { repository, capturer, clock, makeRoom = () => Promise.resolve() } = this.#options;
    const context = {
      repository,
      clock,
      limits: this.#limits,
      beside: <T>(fn: () => Promise<T>) => capturer.beside(fn),
      makeRoom,
    };
    // One at a time: a program keeps one moment.
    const pulling = new Mutex();
    return {
      program,
      restore: program.restore,
      held: (fn) => fn(),
      take: (order) => pulling.run(() => captureRecords(context, source, program, order)),
    };
  }

  /** The packs tell from now on what is registered. */
  async #record(registration: Registration, registered: boolean): Promise<void> {
    const { repository, capturer, clock } = this.#options;
    await capturer.beside(() =>
      repository.commit([
        {
          type: 'data-source',
          id: randomBytes(16).toString('hex'),
          sequence: repository.catalog.nextSequence(),
          at: clock.now(),
          name: registration.name,
          source: registration.source,
          registered,
        },
      ]),
    );
  }
}

function sourceOf(
  name: string,
  source: Exclude<DataSourceRecord['source'], { kind: 'folder' }>,
): Source {
  return source.kind === 'files'
    ? filesSource(name, source.path, source.files)
    : recordsSource(name);
}

function ownerOf(source: DataSource): string {
  return source.kind === 'folder' ? source.owner : source.program.owner;
}

function ownerNow(entry: Entry): string | null {
  return entry.kind === 'program' ? (entry.guard.attached?.program.owner ?? null) : null;
}

/** A name is one thing, and one program at a time serves it. */
function refuseOther(known: Entry, { name, source }: Registration, owner: string): void {
  if (JSON.stringify(known.registration.source) !== JSON.stringify(source))
    throw new BulwarkError('source-refused', `${name} is registered as something else`, {
      hint: 'Unregister it first; its snapshots stay.',
    });
  const serving = ownerNow(known);
  if (serving !== null && serving !== owner) throw taken(name);
}

function taken(name: string): BulwarkError {
  return new BulwarkError('source-taken', `another program that is connected serves ${name}`, {
    hint: 'Choose another name, or stop the other program.',
  });
}
