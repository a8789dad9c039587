import { watch, type FSWatcher } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errnoOf } from '../support/errors';
import type { Log } from '../support/log';
import { decodeName, displayName, toFsPath } from '../support/names';
import { childOf, parentOf, type Ignored, type WatchBackend, type WatchSink } from './watch-target';

const FOLDERS_AT_ONCE = 32;
/** From this many entries of one folder on, listing it is cheaper than looking at each. */
const LIST_FROM = 64;
/** Linux's own default for the queue of events of one process. */
const DEFAULT_QUEUE = 16_384;
/** From this part of the queue on, an overflow is taken for possible: other trees fill the same queue. */
const SUSPECT_PART = 1 / 4;

interface WatchedFolder {
  readonly watcher: FSWatcher;
  /** Paths of the watched folders directly below. */
  readonly children: Set<string>;
}

export interface FolderWatchOptions {
  readonly root: string;
  readonly ignored: Ignored;
  readonly sink: WatchSink;
  readonly log: Log;
  readonly maxFolders: number;
}

/**
 * Watches a tree by one inotify watch a folder, so that a folder that comes
 * along (made, moved in, unpacked) is watched with all that it holds before it
 * is told, and so that names that are no UTF-8 arrive whole. The recursive
 * watchers for Linux that are at hand never watch the inside of such folders.
 */
export class FolderWatches implements WatchBackend {
  readonly #options: FolderWatchOptions;
  readonly #watches = new Map<string, WatchedFolder>();
  readonly #pending = new Set<Promise<void>>();
  /** Entries, by their folder, that came or went and were not looked at yet. */
  #suspects = new Map<string, Set<string>>();
  readonly #suspectCount: number;
  #rootInode = 0n;
  #eventsInTurn = 0;
  #closed = false;

  private constructor(options: FolderWatchOptions, queue: number) {
    this.#options = options;
    this.#suspectCount = queue * SUSPECT_PART;
  }

  /** Resolves when every folder is watched, or when the sink was told that it cannot be. */
  static async start(options: FolderWatchOptions): Promise<FolderWatches> {
    const watches = new FolderWatches(options, await queueLength());
    watches.#rootInode = (await lstat(toFsPath(options.root), { bigint: true })).ino;
    await watches.#addTree('');
    return watches;
  }

  async settle(): Promise<boolean> {
    // Two turns of the event loop: one may end without asking the kernel, the second cannot.
    await nextTurn();
    await nextTurn();
    // What starts later belongs to later events: waiting for it could take forever.
    await Promise.all(this.#pending);
    return !this.#closed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#dropTree('');
    await Promise.all(this.#pending);
  }

  /** Watches a folder and all below it: first the watch, then the look, so that nothing falls between. */
  async #addTree(top: string): Promise<void> {
    let level = [top];
    while (level.length > 0 && !this.#closed) {
      const next: string[] = [];
      for (let at = 0; at < level.length; at += FOLDERS_AT_ONCE) {
        const some = level.slice(at, at + FOLDERS_AT_ONCE);
        for (const found of await Promise.all(some.map((folder) => this.#addFolder(folder))))
          next.push(...found);
      }
      level = next;
    }
  }

  /** Watches one folder; gives the folders in it. */
  async #addFolder(folder: string): Promise<string[]> {
    return !this.#closed && this.#watch(folder) ? await this.#list(folder) : [];
  }

  /** The folders in a folder that are not ignored. */
  async #list(folder: string): Promise<string[]> {
    const path = this.#absolute(folder);
    try {
      const names = await foldersIn(path);
      return names
        .map((name) => childOf(folder, name))
        .filter((child) => !this.#options.ignored.has(child));
    } catch (error) {
      this.#unseen(path, error);
      return [];
    }
  }

  #watch(folder: string): boolean {
    this.#dropTree(folder);
    const { maxFolders, sink } = this.#options;
    if (this.#watches.size >= maxFolders) {
      this.#fail(() => sink.failed({ kind: 'too-many-folders', limit: maxFolders }));
      return false;
    }
    const path = this.#absolute(folder);
    try {
      const watcher = watch(toFsPath(path), { encoding: 'buffer', persistent: false });
      watcher.on('change', (type, name) => this.#event(folder, type, name));
      watcher.on('error', () => watcher.close());
      this.#watches.set(folder, { watcher, children: new Set() });
      if (folder !== '') this.#watches.get(parentOf(folder))?.children.add(folder);
      return true;
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE')
        this.#fail(() => sink.failed({ kind: 'exhausted' }));
      else this.#unseen(path, error);
      return false;
    }
  }

  #event(folder: string, type: string, raw: string | Buffer | null): void {
    if (this.#closed) return;
    this.#countEvent();
    const name = raw === null ? null : decodeName(Buffer.from(raw));
    if (
      type === 'rename' &&
      folder === '' &&
      (name === null || name === basename(this.#options.root))
    )
      this.#track(this.#checkRoot());
    if (name === null) {
      this.#options.sink.change({ kind: 'subtree', path: folder });
      return;
    }
    const path = childOf(folder, name);
    if (this.#options.ignored.has(path)) return;
    this.#options.sink.change({ kind: 'entries', path: folder, names: new Set([name]) });
    if (type === 'rename') this.#suspect(folder, path);
  }

  #suspect(folder: string, path: string): void {
    if (this.#suspects.size === 0) this.#track(this.#checkSuspects());
    const paths = this.#suspects.get(folder) ?? new Set();
    this.#suspects.set(folder, paths.add(path));
  }

  /** Entries came, went or were replaced: keeps the watches below them right. */
  async #checkSuspects(): Promise<void> {
    await nextTurn();
    const suspects = this.#suspects;
    this.#suspects = new Map();
    for (const [folder, paths] of suspects) {
      const folders = await this.#foldersAmong(folder, paths);
      if (this.#closed) return;
      for (const path of paths) this.#dropTree(path);
      for (const path of folders) {
        await this.#addTree(path);
        if (this.#isClosed()) return;
        this.#options.sink.change({ kind: 'subtree', path });
      }
    }
  }

  /** Which of a folder's entries are folders now. */
  async #foldersAmong(folder: string, paths: ReadonlySet<string>): Promise<string[]> {
    if (paths.size < LIST_FROM) {
      const all = [...paths];
      const are = await Promise.all(all.map((path) => this.#isFolder(path)));
      return all.filter((_, at) => are[at]);
    }
    return (await this.#list(folder)).filter((path) => paths.has(path));
  }

  /** Gives back the watches of a folder and of all below it. */
  #dropTree(top: string): void {
    const found = this.#watches.get(top);
    if (found === undefined) return;
    this.#watches.delete(top);
    this.#watches.get(parentOf(top))?.children.delete(top);
    found.watcher.close();
    for (const child of found.children) this.#dropTree(child);
  }

  async #checkRoot(): Promise<void> {
    let inode = null;
    try {
      inode = (await lstat(toFsPath(this.#options.root), { bigint: true })).ino;
    } catch {
      // Not there, or no longer reachable: either way nothing can be seen in it.
    }
    if (inode !== this.#rootInode) this.#fail(() => this.#options.sink.rootGone());
  }

  async #isFolder(path: string): Promise<boolean> {
    try {
      return (await lstat(toFsPath(this.#absolute(path)))).isDirectory();
    } catch {
      return false;
    }
  }

  /** The kernel drops events silently when its queue is full; a full queue is seen as a flood in one turn. */
  #countEvent(): void {
    this.#eventsInTurn += 1;
    if (this.#eventsInTurn === 1) setImmediate(() => (this.#eventsInTurn = 0));
    if (this.#eventsInTurn === Math.ceil(this.#suspectCount)) this.#options.sink.missed();
  }

  #unseen(path: string, error: unknown): void {
    // What went in the meantime is told by its parent's watch; the rest cannot be read either.
    this.#options.log.debug('folder is not watched', {
      path: displayName(path),
      code: errnoOf(error),
    });
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }

  /** Gives all watches back, then tells. */
  #fail(tell: () => void): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#dropTree('');
    tell();
  }

  /** Asked anew after each wait; the compiler takes a field for unchanged. */
  #isClosed(): boolean {
    return this.#closed;
  }

  #absolute(path: string): string {
    return path === '' ? this.#options.root : join(this.#options.root, path);
  }
}

/** Names of the folders in a folder; through bytes only where a name is no UTF-8, because that costs twice as much. */
async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(toFsPath(path), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  if (!folders.some((name) => name.includes('\ufffd'))) return folders;
  const raw = await readdir(toFsPath(path), { withFileTypes: true, encoding: 'buffer' });
  return raw.filter((entry) => entry.isDirectory()).map(({ name }) => decodeName(name));
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function queueLength(): Promise<number> {
  try {
    const text = await readFile('/proc/sys/fs/inotify/max_queued_events', 'utf8');
    const length = Number(text);
    return Number.isInteger(length) && length > 0 ? length : DEFAULT_QUEUE;
  } catch {
    return DEFAULT_QUEUE;
  }
}
