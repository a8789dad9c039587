import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../support/atomic-file';
import { BulwarkError, errnoOf, fileError, throwIfAborted } from '../../support/errors';
import type { BlobContent, BlobStore, StoredBlob } from './blob-store';

const NAME = /^[a-z0-9_-][a-z0-9._-]*(\/[a-z0-9_-][a-z0-9._-]*)*$/;
/** Ends the names of files that are being written. */
const TEMPORARY = '.part';

/**
 * A folder as a blob store. It makes no folders: where they are missing, the disk that they are on
 * is not there, and what lies in its place must not be filled.
 */
export class FolderBlobStore implements BlobStore {
  readonly place: string;

  /** @param folder absolute */
  constructor(folder: string) {
    this.place = folder;
  }

  async put(name: string, { bytes, pieces }: BlobContent, signal?: AbortSignal): Promise<void> {
    const path = this.localPath(name);
    const temporary = `${path}.${randomBytes(6).toString('hex')}${TEMPORARY}`;
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        const written = await writePieces(file, pieces, signal);
        if (written !== bytes)
          throw new BulwarkError(
            'verification-failed',
            `${name} has ${String(written)} bytes instead of ${String(bytes)}`,
          );
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw fileError(error, path);
    }
  }

  async get(
    name: string,
    { offset, length }: { readonly offset: number; readonly length: number },
  ): Promise<Buffer> {
    const path = this.localPath(name);
    try {
      const file = await open(path, 'r');
      try {
        return await readRange(file, offset, length);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw fileError(error, path);
    }
  }

  async stat(name: string): Promise<StoredBlob | null> {
    const path = this.localPath(name);
    try {
      const found = await stat(path);
      return found.isFile() ? { name, bytes: found.size } : null;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw fileError(error, path);
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredBlob> {
    const cut = prefix.lastIndexOf('/') + 1;
    yield* this.#listFolder(prefix.slice(0, cut), prefix);
  }

  async delete(name: string): Promise<void> {
    const path = this.localPath(name);
    try {
      await rm(path, { force: true });
      await syncFolder(dirname(path));
    } catch (error) {
      // Nor is it there when its folder is not.
      if (errnoOf(error) !== 'ENOENT') throw fileError(error, path);
    }
  }

  localPath(name: string): string {
    if (!NAME.test(name))
      throw new BulwarkError('internal', `"${name}" is no name for a blob store`);
    return join(this.place, name);
  }

  /** Removes what writers that were killed have left half written. Nobody may be writing. */
  async removeTemporaries(folders: readonly string[]): Promise<void> {
    for (const folder of folders) {
      const path = join(this.place, folder);
      try {
        for (const name of await readdir(path))
          if (name.endsWith(TEMPORARY)) await rm(join(path, name), { force: true });
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw fileError(error, path);
      }
    }
  }

  async *#listFolder(folder: string, prefix: string): AsyncGenerator<StoredBlob> {
    const path = join(this.place, folder);
    let entries;
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' && folder !== '') return;
      throw fileError(error, path);
    }
    for (const entry of entries) {
      const name = `${folder}${entry.name}`;
      if (entry.isDirectory() && (name.startsWith(prefix) || prefix.startsWith(`${name}/`)))
        yield* this.#listFolder(`${name}/`, prefix);
      if (!entry.isFile() || !name.startsWith(prefix) || !NAME.test(name)) continue;
      if (name.endsWith(TEMPORARY)) continue;
      const found = await this.stat(name);
      if (found !== null) yield found;
    }
  }
}

async function writePieces(
  file: FileHandle,
  pieces: BlobContent['pieces'],
  signal: AbortSignal | undefined,
): Promise<number> {
  let written = 0;
  for await (const piece of pieces) {
    throwIfAborted(signal);
    for (let at = 0; at < piece.length;) {
      const { bytesWritten } = await file.write(piece, at, piece.length - at);
      at += bytesWritten;
    }
    written += piece.length;
  }
  return written;
}

async function readRange(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { size } = await file.stat();
  const wanted = Math.max(0, Math.min(length, size - offset));
  const buffer = Buffer.allocUnsafe(wanted);
  let filled = 0;
  while (filled < wanted) {
    const { bytesRead } = await file.read(buffer, filled, wanted - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
