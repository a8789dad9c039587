import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock, Timer } from '../support/clock';
import { errnoOf } from '../support/errors';
import type { Log } from '../support/log';
import { decodeName, displayName, toFsPath } from '../support/names';
import { headOf } from './head';
import type { Worktree } from './worktree';

/** What changed among git's own files. */
export interface GitChange {
  /** Linked worktrees came, went, were locked or moved. */
  readonly worktrees: boolean;
}

export interface GitWatchOptions {
  readonly worktree: Pick<Worktree, 'gitDir' | 'commonDir'>;
  /** HEAD, the index, refs, or a stopped operation may have changed; gathered for some tens of milliseconds. */
  onChange(change: GitChange): void;
  readonly clock: Clock;
  readonly log: Log;
  readonly coalesceMs?: number;
  /** How often to look, whether it can be watched or not. */
  readonly pollMs?: number;
}

export interface GitWatch {
  /** `polling` while one of the folders cannot be watched. */
  readonly mode: 'native' | 'polling';
  /** Tells at once what was gathered. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

interface Watched {
  readonly watcher: FSWatcher;
  readonly inode: bigint;
}

const COALESCE_MS = 50;
const POLL_MS = 5_000;
/** Where all folders are watched, a look now and then finds what no event told: at rest it was most of what the agent cost. */
const WATCHED_POLL_MS = 60_000;

/** Looked at one by one where the system gives no notice. */
const OWN_FILES = ['HEAD', 'index', 'MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'BISECT_LOG'];
const OWN_FOLDERS = ['rebase-merge', 'rebase-apply', 'sequencer', 'logs/HEAD'];

/**
 * Tells when git's own files of a worktree change, by a handful of watches on
 * folders (files are replaced by renames, so a watch on a file would be lost).
 */
export async function watchGit(options: GitWatchOptions): Promise<GitWatch> {
  const watching = new GitWatching(options);
  await watching.start();
  return watching;
}

class GitWatching implements GitWatch {
  readonly #options: GitWatchOptions;
  readonly #watched = new Map<string, Watched>();
  #mode: 'native' | 'polling' = 'native';
  #signature = '';
  #changed = false;
  #worktreesChanged = false;
  #flushTimer: Timer | null = null;
  #pollTimer: Timer | null = null;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: GitWatchOptions) {
    this.#options = options;
  }

  get mode(): 'native' | 'polling' {
    return this.#mode;
  }

  async start(): Promise<void> {
    await this.#refresh();
    this.#signature = await this.#readSignature();
    this.#armPoll();
  }

  async settle(): Promise<void> {
    // Two turns of the event loop: one may end without asking the kernel, the second cannot.
    for (let turn = 0; turn < 2; turn++)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    this.#flush();
    await this.#work;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#flushTimer?.cancel();
    this.#pollTimer?.cancel();
    await this.#work;
    for (const { watcher } of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  /** The folders in which git writes what is of interest. */
  async #folders(): Promise<ReadonlySet<string>> {
    const { gitDir, commonDir } = this.#options.worktree;
    const head = await headOf(this.#options.worktree);
    const folders = new Set([
      gitDir,
      join(gitDir, 'logs'),
      commonDir,
      join(commonDir, 'refs'),
      join(commonDir, 'refs', 'heads'),
      join(commonDir, 'logs', 'refs'),
      join(commonDir, 'worktrees'),
    ]);
    if (head.kind === 'branch') folders.add(dirname(join(commonDir, head.ref)));
    return folders;
  }

  /** Watches what came, lets go of what went; a folder that was replaced is watched anew. */
  async #refresh(): Promise<void> {
    const folders = await this.#folders();
    let mode: 'native' | 'polling' = 'native';
    for (const path of [...this.#watched.keys()]) if (!folders.has(path)) this.#release(path);
    for (const path of folders) {
      const inode = await inodeOf(path);
      if (this.#closed) return;
      if (inode === null || this.#watched.get(path)?.inode !== inode) this.#release(path);
      if (inode !== null && !this.#watched.has(path) && !this.#watch(path, inode)) mode = 'polling';
    }
    this.#mode = mode;
  }

  #watch(path: string, inode: bigint): boolean {
    try {
      const watcher = watch(toFsPath(path), { encoding: 'buffer', persistent: false });
      watcher.on('change', (_type, name) => {
        this.#event(path, Buffer.isBuffer(name) ? decodeName(name) : null);
      });
      watcher.on('error', () => this.#release(path));
      this.#watched.set(path, { watcher, inode });
      return true;
    } catch (error) {
      this.#options.log.debug('git folder is not watched', {
        path: displayName(path),
        code: errnoOf(error),
      });
      return false;
    }
  }

  #release(path: string): void {
    this.#watched.get(path)?.watcher.close();
    this.#watched.delete(path);
  }

  #event(folder: string, name: string | null): void {
    if (this.#closed || (name !== null && isNoise(name))) return;
    const { commonDir } = this.#options.worktree;
    if (folder === join(commonDir, 'worktrees') || (folder === commonDir && name === 'worktrees'))
      this.#worktreesChanged = true;
    this.#tell();
  }

  #tell(): void {
    this.#changed = true;
    const { clock, coalesceMs = COALESCE_MS } = this.#options;
    this.#flushTimer ??= clock.setTimeout(() => this.#flush(), coalesceMs);
  }

  #flush(): void {
    this.#flushTimer?.cancel();
    this.#flushTimer = null;
    if (!this.#changed || this.#closed) return;
    const worktrees = this.#worktreesChanged;
    this.#changed = false;
    this.#worktreesChanged = false;
    this.#options.onChange({ worktrees });
    this.#enqueue(async () => {
      await this.#refresh();
      this.#signature = await this.#readSignature();
    });
  }

  #armPoll(): void {
    const { clock } = this.#options;
    const usual = this.#mode === 'native' ? WATCHED_POLL_MS : POLL_MS;
    const { pollMs = usual } = this.#options;
    if (this.#closed) return;
    this.#pollTimer = clock.setTimeout(() => {
      this.#enqueue(async () => {
        await this.#refresh();
        const signature = await this.#readSignature();
        if (signature !== this.#signature) this.#tell();
        this.#signature = signature;
        this.#armPoll();
      });
    }, pollMs);
  }

  /** What the files that matter look like: catches what no event told. */
  async #readSignature(): Promise<string> {
    const { gitDir, commonDir } = this.#options.worktree;
    const head = await headOf(this.#options.worktree);
    const paths = [
      ...[...OWN_FILES, ...OWN_FOLDERS].map((name) => join(gitDir, name)),
      ...['packed-refs', 'refs/heads', 'refs/stash', 'worktrees'].map((name) =>
        join(commonDir, name),
      ),
    ];
    const looks = await Promise.all(paths.map(lookOf));
    return JSON.stringify([head, looks]);
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.#closed) return;
      await work().catch((error: unknown) => {
        this.#options.log.warn('git files could not be looked at', { code: errnoOf(error) });
      });
    });
  }
}

/** What comes and goes without changing the state of a worktree. */
function isNoise(name: string): boolean {
  return (
    name.endsWith('.lock') ||
    name.startsWith('fsmonitor--daemon') ||
    name === 'objects' ||
    name === 'gc.pid' ||
    name === 'gc.log' ||
    name === 'COMMIT_EDITMSG'
  );
}

async function inodeOf(path: string): Promise<bigint | null> {
  try {
    const found = await stat(toFsPath(path), { bigint: true });
    return found.isDirectory() ? found.ino : null;
  } catch {
    return null;
  }
}

async function lookOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(toFsPath(path), { bigint: true });
    return `${String(ino)} ${String(size)} ${String(mtimeNs)}`;
  } catch {
    return '';
  }
}
