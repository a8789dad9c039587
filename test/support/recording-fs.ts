import { readdirSync, readFileSync } from 'node:fs';
import fsp from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What was done to files, in order. */
export type FileEvent =
  | { readonly kind: 'create'; readonly path: string; readonly inode: number }
  | {
      readonly kind: 'write';
      readonly inode: number;
      readonly offset: number;
      readonly data: Buffer;
    }
  | { readonly kind: 'truncate'; readonly inode: number; readonly length: number }
  | { readonly kind: 'sync'; readonly inode: number }
  | { readonly kind: 'sync-folder'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string }
  /** The caller was told that all of this is safe. */
  | { readonly kind: 'acknowledged'; readonly what: string };

interface Handle {
  readonly inode: number | null;
  readonly path: string;
  offset: number;
}

/**
 * Records what this process does to files below a folder through `node:fs/promises`, which is all
 * that the store uses for packs and for the small files beside them. Nothing of the store knows.
 */
export class RecordingFs {
  readonly events: FileEvent[] = [];
  readonly #root: string;
  readonly #inodes = new Map<string, number>();
  readonly #handles = new WeakMap<object, Handle>();
  readonly #undo: (() => void)[] = [];
  #lastInode = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** Begins to record. @returns ends it */
  async start(): Promise<() => void> {
    // Its default export is the module itself, whose functions all that imports it calls.
    const module = fsp;
    this.#replace(module, 'open', (original) => async (...args: unknown[]) => {
      const file: unknown = await Reflect.apply(original, module, args);
      if (typeof file === 'object' && file !== null) this.#opened(file, args);
      return file;
    });
    this.#replace(module, 'writeFile', (original) => async (...args: unknown[]) => {
      const [path, data] = args;
      const result: unknown = await Reflect.apply(original, module, args);
      if (typeof path === 'string' && this.#isMine(path)) {
        const inode = this.#create(path);
        this.events.push({ kind: 'write', inode, offset: 0, data: bytesOf(data) });
      }
      return result;
    });
    this.#replace(module, 'rename', (original) => async (...args: unknown[]) => {
      const [from, to] = args;
      const result: unknown = await Reflect.apply(original, module, args);
      if (typeof from === 'string' && typeof to === 'string' && this.#isMine(to)) {
        this.events.push({ kind: 'rename', from, to });
        const inode = this.#inodes.get(from);
        this.#inodes.delete(from);
        if (inode !== undefined) this.#inodes.set(to, inode);
      }
      return result;
    });
    this.#replace(module, 'rm', (original) => async (...args: unknown[]) => {
      const [path] = args;
      const result: unknown = await Reflect.apply(original, module, args);
      if (typeof path === 'string' && this.#inodes.delete(path))
        this.events.push({ kind: 'remove', path });
      return result;
    });
    await this.#recordHandles();
    return () => {
      for (const undo of this.#undo.splice(0)) undo();
    };
  }

  /** What is there already counts as safe. */
  adopt(folder = this.#root): void {
    for (const found of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, found.name);
      if (found.isDirectory()) {
        if (found.name !== 'catalog') this.adopt(path);
        continue;
      }
      const inode = this.#create(path);
      this.events.push({ kind: 'write', inode, offset: 0, data: readFileSync(path) });
      this.events.push({ kind: 'sync', inode });
    }
    this.events.push({ kind: 'sync-folder', path: folder });
  }

  acknowledge(what: string): void {
    this.events.push({ kind: 'acknowledged', what });
  }

  /** The methods of open files are of a class that Node does not export. */
  async #recordHandles(): Promise<void> {
    const file = await fsp.open(__filename, 'r');
    const prototype: unknown = Object.getPrototypeOf(file);
    await file.close();
    if (typeof prototype !== 'object' || prototype === null) throw new Error('no class');
    const events = this.events;
    const wrote = (known: Handle, data: Buffer): void => {
      if (known.inode === null) return;
      events.push({ kind: 'write', inode: known.inode, offset: known.offset, data });
      known.offset += data.length;
    };
    const record = (
      name: string,
      tell: (known: Handle, args: unknown[], result: unknown) => void,
    ): void => {
      const handles = this.#handles;
      this.#replace(
        prototype,
        name,
        (original) =>
          async function (this: object, ...args: unknown[]) {
            // A copy: what is written from may be used again.
            const copy = name === 'writev' ? [joined(args[0])] : args;
            const result: unknown = await Reflect.apply(original, this, args);
            const known = handles.get(this);
            if (known !== undefined) tell(known, copy, result);
            return result;
          },
      );
    };
    record('writev', (known, [data], result) => {
      wrote(known, bytesOf(data).subarray(0, writtenOf(result)));
    });
    record('write', (known, [data, from], result) => {
      const start = typeof from === 'number' ? from : 0;
      wrote(known, bytesOf(data).subarray(start, start + writtenOf(result)));
    });
    record('writeFile', (known, [data]) => {
      wrote(known, bytesOf(data));
    });
    record('truncate', (known, [length]) => {
      if (known.inode !== null)
        events.push({ kind: 'truncate', inode: known.inode, length: Number(length ?? 0) });
    });
    for (const name of ['sync', 'datasync'])
      record(name, ({ inode, path }) => {
        events.push(inode === null ? { kind: 'sync-folder', path } : { kind: 'sync', inode });
      });
  }

  #opened(file: object, [path, flags]: unknown[]): void {
    if (typeof path !== 'string' || !this.#isMine(path)) return;
    const inode = flags === 'r' || flags === undefined ? null : this.#create(path);
    this.#handles.set(file, { inode, path, offset: 0 });
  }

  #create(path: string): number {
    const inode = (this.#lastInode += 1);
    this.#inodes.set(path, inode);
    this.events.push({ kind: 'create', path, inode });
    return inode;
  }

  #isMine(path: string): boolean {
    return path.startsWith(this.#root) && basename(dirname(path)) !== 'catalog';
  }

  #replace(
    target: object,
    name: string,
    make: (original: (...args: unknown[]) => unknown) => (...args: unknown[]) => unknown,
  ): void {
    const original: unknown = Reflect.get(target, name);
    if (!isFunction(original)) throw new Error(`there is no ${name}`);
    Reflect.set(target, name, make(original));
    this.#undo.push(() => Reflect.set(target, name, original));
  }
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

function bytesOf(data: unknown): Buffer {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof Uint8Array) return Buffer.from(data);
  throw new Error('data of another kind');
}

function joined(parts: unknown): Buffer {
  return Array.isArray(parts) ? Buffer.concat(parts.map(bytesOf)) : Buffer.alloc(0);
}

function writtenOf(result: unknown): number {
  if (typeof result === 'object' && result !== null && 'bytesWritten' in result)
    return Number(result.bytesWritten);
  return 0;
}
