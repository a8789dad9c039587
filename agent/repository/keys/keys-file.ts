import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { syncFolder, writeFileAtomic } from '../../support/atomic-file';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { parseJson, readTextIfThere } from './json-file';

const hexKey = z.string().regex(/^[0-9a-f]{64}$/);

const keyFileSchema = z.object({
  format: z.literal('bulwark-key'),
  store: z.string(),
  key: hexKey,
  /** While the key is being changed: what opens the store until `config.json` follows. */
  previous: hexKey.optional(),
});

/** What a key file holds. */
export interface KeyFile {
  readonly key: Buffer;
  readonly previous: Buffer | null;
  /** Whether others could read it until now. */
  readonly exposed: boolean;
}

export function keyFilePath(keyFolder: string, storeId: string): string {
  return join(keyFolder, `${storeId}.key`);
}

/**
 * Reads a key file, and closes one that others can read.
 * @throws BulwarkError `key-missing`, `wrong-key`, `permission-denied`
 */
export async function readKeyFile(path: string, storeId: string): Promise<KeyFile> {
  const text = await readTextIfThere(path);
  if (text === null)
    throw new BulwarkError('key-missing', `the store's key is not there: ${path}`, {
      hint: 'Put the key file back, or make a new one from the recovery key: bulwark key import',
      details: { path },
    });
  const parsed = keyFileSchema.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.store !== storeId) throw wrongKeyFile(path);
  const { key, previous } = parsed.data;
  return {
    key: Buffer.from(key, 'hex'),
    previous: previous === undefined ? null : Buffer.from(previous, 'hex'),
    exposed: await closeToOthers(path),
  };
}

/** The error of a key file that is another store's or damaged. */
export function wrongKeyFile(path: string): BulwarkError {
  return new BulwarkError('wrong-key', `${path} is not the key of this store`, {
    hint: 'Put back the key file that belongs to it, or make a new one from the recovery key: bulwark key import',
    details: { path },
  });
}

/** Writes a key file, readable by this user alone, durably. */
export async function writeKeyFile(
  path: string,
  storeId: string,
  { key, previous }: { key: Uint8Array; previous: Uint8Array | null },
): Promise<void> {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const content = {
    format: 'bulwark-key',
    store: storeId,
    key: hex(key),
    ...(previous === null ? {} : { previous: hex(previous) }),
  };
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, `${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Removes a key file that opens nothing any more. */
export async function removeKeyFile(path: string): Promise<void> {
  try {
    await rm(path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fileError(error, path);
  }
}

/** @returns whether others could read it */
async function closeToOthers(path: string): Promise<boolean> {
  // Windows has no such bits; the folder below the user's profile is closed to others.
  if (process.platform === 'win32') return false;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) === 0) return false;
    await chmod(path, mode & 0o700);
    return true;
  } catch (error) {
    throw new BulwarkError('permission-denied', `others can read the store's key: ${path}`, {
      hint: `Make it yours alone: chmod 600 ${path}`,
      details: { path },
      cause: error,
    });
  }
}
