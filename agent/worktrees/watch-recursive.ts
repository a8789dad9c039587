import { lstat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { AsyncSubscription, Event } from '@parcel/watcher';
import {
  parentOf,
  type Change,
  type Ignored,
  type WatchBackend,
  type WatchSink,
} from './watch-target';

export interface RecursiveWatchOptions {
  readonly root: string;
  readonly ignored: Ignored;
  /** The same as `ignored`, as it was given: what is plain paths the native side need not report. */
  readonly ignore: readonly string[];
  readonly sink: WatchSink;
}

/** What the native side would take for a pattern instead of a path. */
const PATTERN_SIGNS = /[*?!{}()[\]]/;

/**
 * Watches a tree by the system's own recursive watching (macOS, Windows),
 * through `@parcel/watcher`.
 */
export class RecursiveWatch implements WatchBackend {
  readonly #options: RecursiveWatchOptions;
  readonly #pending = new Set<Promise<void>>();
  #subscription: AsyncSubscription | null = null;
  #closed = false;

  private constructor(options: RecursiveWatchOptions) {
    this.#options = options;
  }

  /** @throws what the native side threw, or the loader where there is no binary for this platform */
  static async start(options: RecursiveWatchOptions): Promise<RecursiveWatch> {
    const watch = new RecursiveWatch(options);
    await watch.#subscribe();
    return watch;
  }

  async settle(): Promise<boolean> {
    await Promise.all(this.#pending);
    // The system holds events back for a while and does not tell whether it has any.
    return false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    // A subscription that broke cannot be given back; there is nothing left to release then.
    await this.#subscription?.unsubscribe().catch(() => undefined);
    await Promise.all(this.#pending);
  }

  async #subscribe(): Promise<void> {
    // Loaded here, so that a platform without a binary still has everything else.
    const { subscribe } = await import('@parcel/watcher');
    this.#subscription = await subscribe(
      this.#options.root,
      (error, events) => this.#received(error, events),
      { ignore: this.#options.ignore.filter((path) => !PATTERN_SIGNS.test(path)) },
    );
  }

  #received(error: Error | null, events: readonly Event[]): void {
    if (this.#closed) return;
    if (error !== null) {
      this.#options.sink.failed({ kind: 'broken', error });
      return;
    }
    const created: string[] = [];
    const folders = new Set<string>();
    for (const event of events) {
      const path = relative(this.#options.root, event.path).replaceAll(sep, '/');
      if (path === '') {
        if (event.type === 'delete') this.#options.sink.rootGone();
        continue;
      }
      if (this.#options.ignored.has(path)) continue;
      folders.add(parentOf(path));
      if (event.type === 'create') created.push(event.path);
    }
    for (const path of folders) this.#options.sink.change({ kind: 'folder', path });
    if (created.length > 0) this.#track(this.#tellNewFolders(created));
  }

  /** A folder may have come with things in it of which no event tells. */
  async #tellNewFolders(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const found = await lstat(path).catch(() => null);
      if (found?.isDirectory() !== true || this.#closed) continue;
      const change: Change = {
        kind: 'subtree',
        path: relative(this.#options.root, path).replaceAll(sep, '/'),
      };
      this.#options.sink.change(change);
    }
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }
}
