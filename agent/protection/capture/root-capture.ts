import type { BlobId } from '../../repository/blob-id';
import type { Repository } from '../../repository/repository';
import type { StoreSession } from '../../repository/store-session';
import { totalsOf, type ExclusionReason, type Totals, type TreeEntry } from '../../repository/tree';
import { viewOf } from '../../support/bytes';
import { messageOf, throwIfAborted } from '../../support/errors';
import type { WorkerPool } from '../../support/worker-pool';
import { FOLDER, SUBTREE, wider, type Extent } from '../../worktrees/change-set';
import { rulesVersion } from './capture-rules';
import {
  captureTask,
  type CapturedFolder,
  type CaptureAnswer,
  type CaptureQuestion,
  type FolderToCapture,
} from './capture-task';
import { decodeMemory, sealFolder, type RememberedEntry } from './folder-memory';
import type { CapturedRoot, CaptureParts, RootRequest } from './root-request';
import { RootMemory } from './root-memory';

/** What a finished folder hands to the one above it. */
type Outcome =
  | { readonly kind: 'gone' }
  | { readonly kind: 'nested' }
  | { readonly kind: 'excluded'; readonly reason: ExclusionReason; readonly rule: string }
  | { readonly kind: 'same' }
  | {
      readonly kind: 'changed';
      readonly tree: BlobId;
      readonly times: BlobId;
      readonly totals: Totals;
    };

interface Node {
  readonly path: string;
  readonly parent: Node | null;
  /** What is looked at here: nothing in a folder that is only composed anew. */
  extent: Extent | null;
  /** Whether what is remembered under its path is of another folder. */
  replaced: boolean;
  /** Subfolders that are looked at and not finished. */
  waiting: number;
  result: CapturedFolder | null;
  readonly children: Map<string, Outcome>;
}

/** Few, so that no thread is left alone with a long rest. */
const FOLDERS_AT_ONCE = 8;

/**
 * Captures one root with the threads of the pool: folders are listed and files read there,
 * trees are put together here, from the bottom up.
 * @returns null when the root is not there
 */
export async function captureRoot(
  parts: CaptureParts,
  request: RootRequest,
): Promise<CapturedRoot | null> {
  const { memoryKey, changed, fresh } = request;
  const extent = fresh ? 'blank' : changed === null ? 'whole' : 'some';
  const memory = await RootMemory.open(parts.repository.catalog, memoryKey, extent);
  return new RootCapture(parts, request, memory).run();
}

class RootCapture {
  readonly #repository: Repository;
  readonly #session: StoreSession;
  readonly #pool: WorkerPool;
  readonly #request: RootRequest;
  readonly #version: number;
  readonly #nodes = new Map<string, Node>();
  readonly #queue: Node[] = [];
  readonly #memories = new Map<string, Buffer | null>();
  readonly #memory: RootMemory;
  readonly #nested: string[] = [];
  readonly #seen = new Set<string>();
  #running = new Set<Promise<void>>();
  #finishing: Promise<void> = Promise.resolve();
  #error: Error | null = null;
  #newBytes = 0;
  #bytes = 0;
  #outcome: Outcome | null = null;

  constructor(parts: CaptureParts, request: RootRequest, memory: RootMemory) {
    this.#repository = parts.repository;
    this.#session = parts.session;
    this.#pool = parts.pool;
    this.#request = request;
    this.#memory = memory;
    this.#version = rulesVersion(request.filter);
  }

  async run(): Promise<CapturedRoot | null> {
    this.#plant();
    this.#feed();
    while (this.#running.size > 0) {
      await Promise.race(this.#running);
      this.#feed();
    }
    await this.#finished();
    if (this.#error !== null) throw this.#error;
    throwIfAborted(this.#request.signal);
    return this.#harvest();
  }

  /** Plants the folders to look at, and those above them, which only pass new trees on. */
  #plant(): void {
    const root = this.#node('', null);
    const changed = this.#request.changed;
    const memory = this.#memory.folder('');
    if (changed === null || memory?.rules !== this.#version) {
      this.#look(root, SUBTREE);
      return;
    }
    for (const [path, extent] of changed) this.#plantPath(path, extent);
    for (const node of this.#nodes.values())
      if (node.extent === null) node.result = { path: node.path, kind: 'same' };
    // One that waits for nothing (what changed below it is left out) is finished already.
    const finished = [...this.#nodes.values()].filter(
      ({ extent, waiting }) => extent === null && waiting === 0,
    );
    for (const node of finished) this.#finish(node);
  }

  /** Adds a changed folder; where a folder above it is not remembered, that one is looked at instead. */
  #plantPath(path: string, extent: Extent): void {
    const parts = path === '' ? [] : path.split('/');
    let node = this.#node('', null);
    for (const [index, name] of parts.entries()) {
      const kind = this.#remembered(node.path, name);
      // What was left out is not looked into; if that changed, so did the folder above.
      if (kind === 'excluded' || kind === 'nested') return;
      if (kind !== 'folder') break;
      const below = parts.slice(0, index + 1).join('/');
      const known = this.#nodes.get(below);
      if (known === undefined) node.waiting += 1;
      node = known ?? this.#node(below, node);
    }
    this.#look(node, node.path === path ? extent : FOLDER);
  }

  #look(node: Node, extent: Extent): void {
    if (node.extent === null) this.#queue.push(node);
    node.extent = node.extent === null ? extent : wider(node.extent, extent);
  }

  #remembered(folder: string, name: string): TreeEntry['kind'] | null {
    if (this.#memory.folder(folder)?.rules !== this.#version) return null;
    return this.#memory.entry(folder, name)?.entry.kind ?? null;
  }

  #node(path: string, parent: Node | null): Node {
    let node = this.#nodes.get(path);
    if (node === undefined) {
      node = {
        path,
        parent,
        extent: null,
        replaced: false,
        waiting: 0,
        result: null,
        children: new Map(),
      };
      this.#nodes.set(path, node);
    }
    return node;
  }

  #feed(): void {
    if (this.#error !== null) return;
    while (this.#queue.length > 0 && this.#running.size < this.#pool.size) {
      const task = this.#runTask(this.#portion()).catch((error: unknown) => {
        this.#fail(error);
      });
      this.#running.add(task);
      void task.finally(() => this.#running.delete(task));
    }
  }

  /** The next folders to look at; fewer while there is little to do, so that all threads have some. */
  #portion(): FolderToCapture[] {
    const fair = Math.ceil(this.#queue.length / this.#pool.size);
    return this.#queue.splice(0, Math.min(FOLDERS_AT_ONCE, fair)).map((node) => {
      const { path, extent, replaced } = node;
      const names = extent?.kind === 'entries' ? [...extent.names] : null;
      return { path, memory: replaced ? null : this.#memory.bytes(path), names };
    });
  }

  async #runTask(folders: readonly FolderToCapture[]): Promise<void> {
    const { root, filter, signal, urgent, ahead } = this.#request;
    const payload = { root, filter, codec: this.#repository.codec, folders };
    const rest = await this.#pool.run(captureTask, payload, {
      answer: (question) => this.#answer(question),
      signal,
      urgent,
      ahead,
    });
    this.#take(rest);
    await this.#finished();
  }

  #take(captured: readonly CapturedFolder[]): void {
    for (const result of captured) {
      const node = this.#nodes.get(result.path);
      if (node === undefined) continue;
      node.result = result;
      if (node.waiting === 0) this.#finish(node);
    }
  }

  async #answer(question: CaptureQuestion): Promise<CaptureAnswer> {
    switch (question.kind) {
      case 'next': {
        for (const { path, replaced } of question.found) this.#found(path, replaced);
        this.#take(question.captured);
        // Who waits for a thread gets this one; the rest is taken up by another task.
        const { urgent, ahead } = this.#request;
        const ends = this.#error !== null || (this.#pool.contended && !urgent && !ahead);
        const folders = ends ? [] : this.#portion();
        this.#feed();
        return { kind: 'folders', folders };
      }
      case 'claim': {
        const ids = viewOf(question.ids);
        this.#bytes += question.bytes;
        this.#request.onProgress?.(this.#bytes);
        return { kind: 'wanted', wanted: this.#session.claim(ids) };
      }
      case 'block': {
        this.#newBytes += question.newBytes;
        const { codec, plainLength, payload, table } = question;
        await this.#session.addBlock({
          codec,
          plainLength,
          payload: viewOf(payload),
          table: viewOf(table),
        });
        return { kind: 'taken' };
      }
    }
  }

  /** A subfolder of a folder that is looked at: is it to be looked at too? */
  #found(path: string, replaced: boolean): void {
    const slash = path.lastIndexOf('/');
    const parent = this.#nodes.get(slash < 0 ? '' : path.slice(0, slash));
    if (parent === undefined) return;
    const isKnown = !replaced && this.#memory.bytes(path) !== null;
    if (parent.extent?.kind !== 'subtree' && isKnown) return;
    if (!this.#nodes.has(path)) parent.waiting += 1;
    const node = this.#node(path, parent);
    node.replaced = replaced;
    this.#look(node, SUBTREE);
  }

  /** Puts a folder together when all below it is known, and passes the outcome up. */
  #finish(node: Node): void {
    this.#finishing = this.#finishing.then(async () => {
      if (this.#error !== null) return;
      try {
        const outcome = await this.#compose(node);
        const { parent } = node;
        this.#nodes.delete(node.path);
        if (parent === null) {
          this.#outcome = outcome;
          return;
        }
        parent.children.set(node.path.slice(node.path.lastIndexOf('/') + 1), outcome);
        parent.waiting -= 1;
        if (parent.waiting === 0 && parent.result !== null) this.#finish(parent);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #fail(error: unknown): void {
    this.#error ??= error instanceof Error ? error : new Error(messageOf(error));
  }

  /** Waits until no folder is being put together; one that is finished may finish the next one above. */
  async #finished(): Promise<void> {
    let last: Promise<void>;
    do {
      last = this.#finishing;
      await last;
    } while (last !== this.#finishing);
  }

  async #compose(node: Node): Promise<Outcome> {
    const { result, path } = node;
    if (result === null) throw new RangeError(`folder ${path} has no result`);
    if (result.kind === 'nested') this.#nested.push(path);
    if (result.kind === 'gone' || result.kind === 'nested' || result.kind === 'excluded') {
      this.#memories.set(path, null);
      return result;
    }
    this.#seen.add(path);
    if (result.kind === 'sealed') {
      this.#memories.set(path, viewOf(result.memory));
      this.#tell(path, () => decodeMemory(result.memory).entries);
      const tree = await this.#session.put(viewOf(result.tree));
      const times = await this.#session.put(viewOf(result.times));
      return { kind: 'changed', tree, times, totals: result.totals };
    }
    const childChanged = [...node.children.values()].some(({ kind }) => kind !== 'same');
    if (result.kind === 'same' && !childChanged) return { kind: 'same' };
    const listed =
      result.kind === 'changed' ? decodeMemory(result.memory) : this.#memory.folder(path);
    if (listed === null) throw new RangeError(`folder ${path} is not remembered`);
    const entries = listed.entries.flatMap((item) => this.#withChild(item, node));
    const sealed = sealFolder(this.#version, entries);
    this.#memories.set(path, sealed.memory);
    this.#tell(path, () => entries);
    const tree = await this.#session.put(sealed.tree);
    const times = await this.#session.put(sealed.times);
    const totals = totalsOf(entries.map(({ entry }) => entry));
    return { kind: 'changed', tree, times, totals };
  }

  #tell(path: string, after: () => readonly RememberedEntry[]): void {
    const { differences } = this.#request;
    const before = differences === undefined ? undefined : this.#memory.folder(path)?.entries;
    if (before !== undefined) differences?.({ path, before, after: after() });
  }

  /** A subfolder's entry with its tree: from this capture, or as remembered. */
  #withChild(item: RememberedEntry, node: Node): RememberedEntry[] {
    if (item.entry.kind !== 'folder') return [item];
    const { name, mode } = item.entry;
    const child = node.children.get(name) ?? { kind: 'same' };
    switch (child.kind) {
      case 'gone':
        return [];
      case 'nested':
      case 'excluded': {
        const entry: TreeEntry =
          child.kind === 'nested'
            ? { kind: 'nested', name }
            : { kind: 'excluded', name, reason: child.reason, rule: child.rule, bytes: null };
        return [{ entry, signature: item.signature, times: null }];
      }
      case 'changed':
        return [
          {
            entry: { kind: 'folder', name, mode, tree: child.tree, totals: child.totals },
            signature: item.signature,
            times: child.times,
          },
        ];
      case 'same': {
        const known = this.#memory.entry(node.path, name);
        if (known?.entry.kind !== 'folder')
          throw new RangeError(`folder ${node.path}/${name} is not remembered`);
        const { tree, totals } = known.entry;
        const entry: TreeEntry = { kind: 'folder', name, mode, tree, totals };
        return [{ entry, signature: item.signature, times: known.times }];
      }
    }
  }

  #harvest(): CapturedRoot | null {
    const outcome = this.#outcome;
    if (outcome === null) throw new RangeError('a capture ended without its root');
    // A full scan has seen every folder there is: what is left over is no more.
    for (const path of this.#memory.paths())
      if (!this.#seen.has(path)) this.#memories.set(path, null);
    const gathered = {
      newBytes: this.#newBytes,
      memories: this.#memories,
      nested: this.#nested,
    };
    if (outcome.kind === 'changed') return { ...outcome, ...gathered, changed: true };
    if (outcome.kind !== 'same') return null;
    const memory = this.#memory.folder('');
    if (memory?.ids == null) return null;
    const totals = totalsOf(memory.entries.map(({ entry }) => entry));
    return { ...memory.ids, totals, ...gathered, changed: false };
  }
}
