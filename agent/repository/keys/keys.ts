import * as crypto from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { configLost, configPath, readConfig, writeConfig, type StoreConfig } from './keys-config';
import { keyFilePath, readKeyFile, writeKeyFile, wrongKeyFile } from './keys-file';
import { passphraseKey } from './keys-passphrase';
import { KEY_BYTES, masterId, olderKeysKey, unwrapKey, wrapKey } from './keys-wrap';

/** What guards a store's master key. */
export type KeyGuard =
  | {
      readonly kind: 'key-file';
      readonly path: string;
      /** Whether others could read the file when the store was opened; it is closed to them now. */
      readonly exposed: boolean;
    }
  | { readonly kind: 'passphrase' };

/** The keys that open a store's packs. */
export interface MasterKeys {
  /** What new packs are written with. */
  readonly master: Buffer;
  /** What packs of the past were written with, the newest first. */
  readonly older: readonly Buffer[];
}

/** The keys of one store. */
export interface OwnedKeys extends MasterKeys {
  readonly storeId: string;
}

/** A store's identity, its keys, and what guards them. */
export interface StoreKeys extends OwnedKeys {
  readonly guard: KeyGuard;
}

/** Where a store and its keys are, and what the user gave to open it. */
export interface KeySource {
  /** Folder with `config.json` and the packs. */
  readonly storePath: string;
  /** Folder of key files, apart from the packs. */
  readonly keyFolder: string;
  /** Null when there is nobody who could tell one. */
  readonly passphrase: string | null;
}

/**
 * Opens a store's keys, or makes a new store where there is none.
 * @throws BulwarkError as {@link openExistingKeys}
 */
export async function openKeys(source: KeySource): Promise<StoreKeys> {
  return (await openExistingKeys(source)) ?? (await createKeys(source));
}

/**
 * The keys of a store that is there; null where none was ever made. Touches nothing but the bits of
 * a key file that others can read.
 * @throws BulwarkError `key-missing`, `wrong-key`, `key-locked` (a passphrase is needed) or `store-damaged`
 */
export async function openExistingKeys(source: KeySource): Promise<StoreKeys | null> {
  const { storePath } = source;
  const config = await readConfig(storePath);
  if (config !== null) return await openConfig(config, source);
  if (await hasPacks(storePath)) throw configLost(configPath(storePath), 'is missing');
  return null;
}

/** The keys behind a configuration. */
async function openConfig(
  config: StoreConfig,
  { keyFolder, passphrase }: KeySource,
): Promise<StoreKeys> {
  const { id, wrap } = config;
  if (wrap.kind === 'passphrase') {
    if (passphrase === null) throw locked();
    const master = unwrapKey(id, await passphraseKey(passphrase, wrap), wrap);
    if (master === null) throw wrongPassphrase();
    return withOlder(config, master, { kind: 'passphrase' });
  }
  const path = keyFilePath(keyFolder, id);
  const { key, previous, exposed } = await readKeyFile(path, id);
  const guard = { kind: 'key-file', path, exposed } as const;
  const master = unwrapKey(id, key, wrap);
  if (master !== null) return withOlder(config, master, guard);
  // A change of the key was cut short after its first step: the old one still counts.
  const before = previous === null ? null : unwrapKey(id, previous, wrap);
  if (before === null)
    throw new BulwarkError('wrong-key', 'the key file does not open this store', {
      hint: wrongKeyFile(path).hint ?? '',
      details: { path },
    });
  return withOlder(config, before, guard);
}

/** The keys of a store whose newest master key is known. @throws BulwarkError `wrong-key`, `store-damaged` */
export function withOlder(config: StoreConfig, master: Buffer, guard: KeyGuard): StoreKeys {
  const outer = olderKeysKey(master, config.id);
  const older = config.older.map((entry) => {
    const key = unwrapKey(config.id, outer, entry);
    if (key !== null) return key;
    throw new BulwarkError('store-damaged', 'the older keys in config.json are damaged', {
      hint: 'Put the file back from a replica, or make it again: bulwark key import',
    });
  });
  return { storeId: config.id, master, older, guard };
}

/** The configuration of a store with these keys. @param wrap the newest one under its guard */
export function configFor(keys: OwnedKeys, wrap: StoreConfig['wrap']): StoreConfig {
  const { storeId, master, older } = keys;
  const outer = olderKeysKey(master, storeId);
  return {
    format: 'bulwark-store',
    version: 1,
    id: storeId,
    key: masterId(master),
    wrap,
    older: older.map((key) => ({ key: masterId(key), ...wrapKey(storeId, outer, key) })),
  };
}

async function createKeys({ storePath, keyFolder }: KeySource): Promise<StoreKeys> {
  const storeId = crypto.randomBytes(16).toString('hex');
  const master = crypto.randomBytes(KEY_BYTES);
  const key = crypto.randomBytes(KEY_BYTES);
  const path = keyFilePath(keyFolder, storeId);
  await mkdir(storePath, { recursive: true, mode: 0o700 });
  // The key first: a store whose key was never written could not be read.
  await writeKeyFile(path, storeId, { key, previous: null });
  const keys = { storeId, master, older: [] };
  await writeConfig(
    storePath,
    configFor(keys, { kind: 'key-file', ...wrapKey(storeId, key, master) }),
  );
  return { ...keys, guard: { kind: 'key-file', path, exposed: false } };
}

function locked(): BulwarkError {
  return new BulwarkError('key-locked', 'the store is locked: it needs its passphrase', {
    hint:
      'Start the agent in a terminal, which asks for it: bulwark start. Without a terminal, let ' +
      'BULWARK_PASSPHRASE_FILE name a file that holds it.',
  });
}

/** The error of a passphrase that is not the store's. */
export function wrongPassphrase(): BulwarkError {
  return new BulwarkError('wrong-key', 'the passphrase does not open this store', {
    hint: 'Try again; if it is forgotten, the recovery key sets a new one: bulwark key import',
  });
}

async function hasPacks(storePath: string): Promise<boolean> {
  try {
    return (await readdir(join(storePath, 'packs'))).length > 0;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw fileError(error, storePath);
  }
}
