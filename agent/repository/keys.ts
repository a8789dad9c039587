import * as crypto from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../support/atomic-file';
import { BulwarkError, errnoOf, fileError } from '../support/errors';

const KEY_BYTES = 32;
const hexKey = z.string().regex(/^[0-9a-f]{64}$/);

/** `config.json` beside the packs: what a reader must know before it has a key. */
const configSchema = z.object({
  format: z.literal('bulwark-store'),
  version: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  wrap: z.object({
    kind: z.literal('key-file'),
    nonce: z.string().regex(/^[0-9a-f]{24}$/),
    wrapped: z.string().regex(/^[0-9a-f]{96}$/),
  }),
});
export type StoreConfig = z.infer<typeof configSchema>;

const keyFileSchema = z.object({
  format: z.literal('bulwark-key'),
  store: z.string(),
  key: hexKey,
});

/** A store's identity and the key that opens its packs. */
export interface StoreKeys {
  readonly storeId: string;
  readonly master: Buffer;
  readonly keyFile: string;
}

/**
 * Opens a store's keys, or makes a new store where there is none.
 * @param storePath folder with `config.json` and the packs
 * @param keyFolder folder of key files, apart from the packs
 * @throws BulwarkError `key-missing`, `wrong-key` or `store-damaged`, before anything is touched
 */
export async function openKeys(storePath: string, keyFolder: string): Promise<StoreKeys> {
  return (await openExistingKeys(storePath, keyFolder)) ?? (await createKeys(storePath, keyFolder));
}

/** The keys of a store that is there; null where none was ever made. Touches nothing. */
export async function openExistingKeys(
  storePath: string,
  keyFolder: string,
): Promise<StoreKeys | null> {
  const config = await readConfig(storePath);
  if (config === null) {
    if (!(await hasPacks(storePath))) return null;
    throw new BulwarkError('store-damaged', `${configPath(storePath)} is missing`, {
      hint: 'Put it back from a copy of the store; the packs themselves are untouched.',
      details: { path: configPath(storePath) },
    });
  }
  const keyFile = keyFilePath(keyFolder, config.id);
  const master = unwrap(config, await readKeyFile(keyFile, config.id));
  return { storeId: config.id, master, keyFile };
}

async function createKeys(storePath: string, keyFolder: string): Promise<StoreKeys> {
  const storeId = crypto.randomBytes(16).toString('hex');
  const master = crypto.randomBytes(KEY_BYTES);
  const key = crypto.randomBytes(KEY_BYTES);
  const keyFile = keyFilePath(keyFolder, storeId);
  await mkdir(storePath, { recursive: true, mode: 0o700 });
  await mkdir(keyFolder, { recursive: true, mode: 0o700 });
  // The key first: a store whose key was never written could not be read.
  const keyText = { format: 'bulwark-key', store: storeId, key: key.toString('hex') };
  await writeFileAtomic(keyFile, `${JSON.stringify(keyText, null, 2)}\n`);
  await writeFileAtomic(
    configPath(storePath),
    `${JSON.stringify(wrap(storeId, key, master), null, 2)}\n`,
  );
  return { storeId, master, keyFile };
}

function wrap(storeId: string, key: Uint8Array, master: Uint8Array): StoreConfig {
  const nonce = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(storeId, 'hex'));
  const body = Buffer.concat([cipher.update(master), cipher.final(), cipher.getAuthTag()]);
  return {
    format: 'bulwark-store',
    version: 1,
    id: storeId,
    wrap: { kind: 'key-file', nonce: nonce.toString('hex'), wrapped: body.toString('hex') },
  };
}

function unwrap(config: StoreConfig, key: Uint8Array): Buffer {
  const wrapped = Buffer.from(config.wrap.wrapped, 'hex');
  const nonce = Buffer.from(config.wrap.nonce, 'hex');
  const decipher = crypto.createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(Buffer.from(config.id, 'hex'));
  decipher.setAuthTag(wrapped.subarray(KEY_BYTES));
  const master = decipher.update(wrapped.subarray(0, KEY_BYTES));
  try {
    decipher.final();
  } catch (error) {
    throw new BulwarkError('wrong-key', 'the key file does not open this store', {
      hint: 'Put back the key file that belongs to it, or use its recovery key.',
      cause: error,
    });
  }
  return master;
}

async function hasPacks(storePath: string): Promise<boolean> {
  try {
    return (await readdir(join(storePath, 'packs'))).length > 0;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw fileError(error, storePath);
  }
}

async function readConfig(storePath: string): Promise<StoreConfig | null> {
  const path = configPath(storePath);
  const text = await readText(path);
  if (text === null) return null;
  const parsed = configSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new BulwarkError('store-damaged', `${path} is damaged`, {
      hint: 'Put it back from a copy of the store; the packs themselves are untouched.',
      details: { path },
    });
  return parsed.data;
}

async function readKeyFile(path: string, storeId: string): Promise<Buffer> {
  const text = await readText(path);
  if (text === null)
    throw new BulwarkError('key-missing', `the store's key is not there: ${path}`, {
      hint: 'Put the key file back; without it (or the recovery key) the packs cannot be read.',
      details: { path },
    });
  const parsed = keyFileSchema.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.store !== storeId)
    throw new BulwarkError('wrong-key', `${path} is not the key of this store`, {
      hint: 'Put back the key file that belongs to it, or use its recovery key.',
      details: { path },
    });
  return Buffer.from(parsed.data.key, 'hex');
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw fileError(error, path);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function configPath(storePath: string): string {
  return join(storePath, 'config.json');
}

function keyFilePath(keyFolder: string, storeId: string): string {
  return join(keyFolder, `${storeId}.key`);
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The master key for printing: base 32 (RFC 4648) of the key and the first
 * 3 bytes of its SHA-256, in groups of four letters.
 */
export function recoveryKey(keys: StoreKeys): string {
  const check = crypto.createHash('sha256').update(keys.master).digest().subarray(0, 3);
  const bytes = Buffer.concat([keys.master, check]);
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(value >>> bits) & 31] ?? '';
    }
    value &= (1 << bits) - 1;
  }
  return text.replace(/(.{4})(?=.)/g, '$1-');
}
