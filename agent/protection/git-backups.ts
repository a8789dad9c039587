import type { BlobId } from '../repository/blob-id';
import { chunkIds } from './restore/stage-task';
import type { SnapshotRecord } from '../repository/record';
import type { Repository } from '../repository/repository';
import { statesOf } from './journal/states';
import { diffTrees, findEntry, type TreeRef } from './restore/diff';
import { rootOf } from './restore/snapshot-parts';
import { sourceIdOf } from './source';

/** One of git's own files as a backup has it. */
export interface KeptFile {
  /** Below the folder that was asked for, '/'-separated. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/** One state of a worktree's git files. */
export interface KeptState {
  /** Commit that HEAD stood at, where git could tell. */
  readonly head: string | null;
  /** A file of the worktree's own git directory, or of the shared one; null where there was none. */
  own(path: string): Promise<KeptFile | null>;
  shared(path: string): Promise<KeptFile | null>;
  /** All files of the worktree's own git directory. */
  ownFiles(): Promise<KeptFile[]>;
}

/** So many states are looked through, newest first; a day of busy work has about as many. */
const MAX_STATES = 400;

/** What is larger is not read into memory, bytes; a restore brings it back. */
const MAX_FILE = 1024 ** 3;

/** What backups have of git's own files. Reads the store alone. */
export class GitBackups {
  readonly #repository: Repository;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** The states of a worktree, newest first. @param path its folder */
  async *states(path: string): AsyncGenerator<KeptState> {
    let left = MAX_STATES;
    for await (const { record } of statesOf(
      this.#repository.catalog,
      sourceIdOf('worktree', path),
    )) {
      if (record.git === null) continue;
      yield this.#state(record);
      left -= 1;
      if (left === 0) return;
    }
  }

  /**
   * A file of a shared git directory in each of its backups that has another content, newest first.
   * @param limit backups that are looked at
   */
  async *sharedVersions(
    commonDir: string,
    path: string,
    limit = MAX_STATES,
  ): AsyncGenerator<KeptFile> {
    const source = sourceIdOf('repository', commonDir);
    const seen = new Set<string>();
    for (const record of await this.#repository.catalog.snapshots(source, { limit })) {
      const entry = await this.#entry(rootOf(record, 'files'), path);
      if (entry?.kind !== 'file' || seen.has(String(entry.id))) continue;
      seen.add(String(entry.id));
      const file = await this.#read(rootOf(record, 'files'), path);
      if (file !== null) yield file;
    }
  }

  /**
   * Names of the files in a folder of a shared git directory in its backups, each once, newest first.
   * @param limit backups that are looked at
   */
  async *sharedNames(commonDir: string, folder: string, limit: number): AsyncGenerator<string> {
    const source = sourceIdOf('repository', commonDir);
    const read = (id: BlobId): Promise<Buffer> => this.#repository.read(id);
    const seen = new Set<string>();
    for (const record of await this.#repository.catalog.snapshots(source, { limit })) {
      const root = rootOf(record, 'files');
      const found = root === null ? null : await findEntry(read, root, folder);
      const below = found?.below ?? null;
      if (below === null || seen.has(String(below.tree))) continue;
      seen.add(String(below.tree));
      for await (const step of diffTrees(read, null, below)) {
        if (step.kind !== 'changed' || step.to?.entry.kind !== 'file') continue;
        if (seen.has(step.path)) continue;
        seen.add(step.path);
        yield step.path;
      }
    }
  }

  #state(record: SnapshotRecord): KeptState {
    const own = rootOf(record, 'git-worktree');
    return {
      head: record.git?.head ?? null,
      own: (path) => this.#read(own, path),
      shared: (path) => this.#read(rootOf(record, 'git-common'), path),
      ownFiles: async () => {
        const files: KeptFile[] = [];
        for await (const step of diffTrees((id) => this.#repository.read(id), null, own)) {
          if (step.kind !== 'changed' || step.to?.entry.kind !== 'file') continue;
          const file = await this.#read(own, step.path);
          if (file !== null) files.push(file);
        }
        return files;
      },
    };
  }

  async #entry(
    root: TreeRef | null,
    path: string,
  ): Promise<NonNullable<Awaited<ReturnType<typeof findEntry>>>['entry'] | null> {
    if (root === null) return null;
    const found = await findEntry((id) => this.#repository.read(id), root, path);
    return found?.entry ?? null;
  }

  async #read(root: TreeRef | null, path: string): Promise<KeptFile | null> {
    const entry = await this.#entry(root, path);
    if (entry?.kind !== 'file') return null;
    const { id, chunked, mode, size } = entry;
    if (size > MAX_FILE) return null;
    if (id === null) return { path, bytes: Buffer.alloc(0), mode };
    const ids = chunked ? chunkIds(await this.#repository.read(id)) : [id];
    const pieces: Buffer[] = [];
    for (const one of ids) pieces.push(Buffer.from(await this.#repository.read(one)));
    return { path, bytes: Buffer.concat(pieces), mode };
  }
}
