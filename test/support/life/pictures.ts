import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hashBytes, toBlobId, type BlobId } from '../../../agent/repository/blob-id';
import type { SnapshotRoot } from '../../../agent/repository/record';
import type { Repository } from '../../../agent/repository/repository';
import { decodeTree, type FileEntry } from '../../../agent/repository/tree';

/** A folder with everything below it: path to type, permission bits and content. */
export type Picture = ReadonlyMap<string, string>;

/** What a snapshot leaves alone, and so does a restore. */
const LEFT_OUT = ['.git', 'node_modules'];

/** What is on the disk. */
export function pictureOf(folder: string): Picture {
  const seen = new Map<string, string>();
  const walk = (path: string): void => {
    for (const name of readdirSync(join(folder, path)).sort()) {
      if (LEFT_OUT.includes(name)) continue;
      const at = path === '' ? name : `${path}/${name}`;
      const full = join(folder, at);
      const found = lstatSync(full);
      const bits = found.mode & 0o7777;
      if (found.isSymbolicLink()) seen.set(at, linkText(readlinkSync(full)));
      else if (found.isDirectory()) {
        seen.set(at, folderText(bits));
        walk(at);
      } else seen.set(at, fileText(bits, readFileSync(full)));
    }
  };
  walk('');
  return seen;
}

function linkText(target: string): string {
  return `link ${target}`;
}

function folderText(bits: number): string {
  return `folder ${bits.toString(8)}`;
}

function fileText(bits: number, content: Buffer): string {
  return `file ${bits.toString(8)} ${String(content.length)} ${hashBytes(content).toString('hex')}`;
}

/** Reads what the store has of a snapshot, every byte of it; what was read once is remembered. */
export class StoredPictures {
  readonly #contents = new Map<BlobId, Buffer>();

  /** From now on all is read from the store again. */
  forget(): void {
    this.#contents.clear();
  }

  async of(repository: Repository, roots: readonly SnapshotRoot[]): Promise<Picture> {
    const seen = new Map<string, string>();
    const walk = async (tree: BlobId, path: string): Promise<void> => {
      for (const entry of decodeTree(await this.#read(repository, tree))) {
        const at = path === '' ? entry.name : `${path}/${entry.name}`;
        if (entry.kind === 'link') seen.set(at, linkText(entry.target));
        else if (entry.kind === 'folder') {
          seen.set(at, folderText(entry.mode));
          await walk(entry.tree, at);
        } else if (entry.kind === 'file')
          seen.set(at, fileText(entry.mode, await this.#content(repository, entry)));
        else if (entry.kind === 'nested') seen.set(at, 'nested');
        else if (!LEFT_OUT.includes(entry.name)) seen.set(at, `left out: ${entry.reason}`);
      }
    };
    const files = roots.find(({ name }) => name === 'files');
    if (files !== undefined) await walk(files.tree, '');
    return seen;
  }

  async #content(repository: Repository, { id, chunked }: FileEntry): Promise<Buffer> {
    if (id === null) return Buffer.alloc(0);
    if (!chunked) return this.#read(repository, id);
    const list = await this.#read(repository, id);
    const parts: Buffer[] = [];
    for (let at = 0; at < list.length; at += 32)
      parts.push(await this.#read(repository, toBlobId(list, at)));
    return Buffer.concat(parts);
  }

  async #read(repository: Repository, id: BlobId): Promise<Buffer> {
    const known = this.#contents.get(id);
    if (known !== undefined) return known;
    const bytes = await repository.read(id);
    this.#contents.set(id, bytes);
    return bytes;
  }
}

/** In what two differ, in a few lines; empty when they are alike. */
export function difference(is: Picture, wanted: Picture): string {
  const lines: string[] = [];
  for (const path of [...new Set([...is.keys(), ...wanted.keys()])].sort())
    if (is.get(path) !== wanted.get(path))
      lines.push(
        `${path}: is ${is.get(path) ?? 'nothing'}, wanted ${wanted.get(path) ?? 'nothing'}`,
      );
  const more = lines.length > 8 ? [`… and ${String(lines.length - 8)} more`] : [];
  return [...lines.slice(0, 8), ...more].join('\n');
}

/**
 * `now` with these paths, and all below them, as they are in `then`. Folders above them come with
 * them, and go with them where nothing else is in them.
 */
export function withPaths(now: Picture, then: Picture, paths: readonly string[]): Picture {
  const isMeant = (path: string): boolean =>
    paths.some((wanted) => path === wanted || path.startsWith(`${wanted}/`));
  const result = new Map([...now].filter(([path]) => !isMeant(path)));
  for (const [path, text] of then)
    if (
      isMeant(path) ||
      (!result.has(path) && paths.some((wanted) => wanted.startsWith(`${path}/`)))
    )
      result.set(path, text);
  const above = paths.flatMap((path) => parentsOf(path));
  for (const folder of above.sort((a, b) => b.length - a.length))
    if (!then.has(folder) && ![...result.keys()].some((path) => path.startsWith(`${folder}/`)))
      result.delete(folder);
  return result;
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** Whether each path of it is as it was in one of some pictures. */
export function isMixOf(picture: Picture, states: readonly Picture[]): boolean {
  const paths = new Set([...picture.keys(), ...states.flatMap((state) => [...state.keys()])]);
  return [...paths].every((path) => states.some((state) => state.get(path) === picture.get(path)));
}
