import * as crypto from 'node:crypto';
import { BulwarkError } from '../../support/errors';
import { configFor, wrongPassphrase, type KeyGuard, type OwnedKeys, type StoreKeys } from './keys';
import { readConfig, writeConfig, type StoreConfig } from './keys-config';
import { keyFilePath, readKeyFile, removeKeyFile, writeKeyFile } from './keys-file';
import { newScryptParameters, passphraseKey, requireGoodPassphrase } from './keys-passphrase';
import { KEY_BYTES, unwrapKey, wrapKey } from './keys-wrap';

/** Where a store's keys are kept. */
export interface KeyPlaces {
  readonly storePath: string;
  readonly keyFolder: string;
}

/** What is to guard the master key from now on. */
export type NewGuard =
  { readonly kind: 'key-file' } | { readonly kind: 'passphrase'; readonly passphrase: string };

/**
 * Puts `keys` under a new guard. Every step is durable before the next one begins, and after each
 * of them the old guard or the new one opens the store:
 *
 * 1. a new key file is written beside the key it replaces (which it names as `previous`);
 * 2. `config.json` is replaced: from here on the new guard counts;
 * 3. what opened the store before is removed.
 *
 * @param keys the master key and the older ones as they are to be after the change
 * @throws BulwarkError `invalid-params` (passphrase too short), `disk-full`, `permission-denied`
 */
export async function guardKeys(
  places: KeyPlaces,
  keys: OwnedKeys,
  to: NewGuard,
): Promise<StoreKeys> {
  const { storePath, keyFolder } = places;
  const { storeId, master } = keys;
  const path = keyFilePath(keyFolder, storeId);
  if (to.kind === 'passphrase') {
    requireGoodPassphrase(to.passphrase);
    const scrypt = newScryptParameters();
    const key = await passphraseKey(to.passphrase, scrypt);
    const wrap = { kind: to.kind, ...scrypt, ...wrapKey(storeId, key, master) };
    await writeConfig(storePath, configFor(keys, wrap));
    // With an older copy of config.json it would open the store without the passphrase.
    await removeKeyFile(path);
    return { ...keys, guard: { kind: 'passphrase' } };
  }
  const key = crypto.randomBytes(KEY_BYTES);
  await writeKeyFile(path, storeId, { key, previous: await keyInUse(path, storeId, storePath) });
  const wrap = { kind: to.kind, ...wrapKey(storeId, key, master) };
  await writeConfig(storePath, configFor(keys, wrap));
  await writeKeyFile(path, storeId, { key, previous: null });
  const guard: KeyGuard = { kind: 'key-file', path, exposed: false };
  return { ...keys, guard };
}

/** A new master key; what is kept already stays readable with the old one, which is remembered. */
export function withNewMaster({ storeId, master, older }: OwnedKeys): OwnedKeys {
  return { storeId, master: crypto.randomBytes(KEY_BYTES), older: [master, ...older] };
}

/**
 * Checks that whoever asks for a change knows the passphrase; a key file proves itself.
 * @throws BulwarkError `wrong-key`, `key-locked` when none was given
 */
export async function provePassphrase(
  { storePath }: KeyPlaces,
  keys: StoreKeys,
  passphrase: string | null,
): Promise<void> {
  const config: StoreConfig | null = await readConfig(storePath);
  if (config?.wrap.kind !== 'passphrase') return;
  if (passphrase === null)
    throw new BulwarkError('key-locked', 'this needs the passphrase of the store', {
      hint: 'Give the passphrase that is in use now.',
    });
  const { wrap } = config;
  const master = unwrapKey(keys.storeId, await passphraseKey(passphrase, wrap), wrap);
  if (master === null) throw wrongPassphrase();
}

/** Which of the keys in a key file opens the store now; null where no file counts. */
async function keyInUse(path: string, storeId: string, storePath: string): Promise<Buffer | null> {
  const config = await readConfig(storePath).catch((error: unknown) => {
    if (error instanceof BulwarkError && error.reason === 'store-damaged') return null;
    throw error;
  });
  if (config?.wrap.kind !== 'key-file' || config.id !== storeId) return null;
  const { wrap } = config;
  const file = await readKeyFile(path, storeId).catch((error: unknown) => {
    // It was lost: that is why there is a new one now.
    if (error instanceof BulwarkError && ['key-missing', 'wrong-key'].includes(error.reason))
      return null;
    throw error;
  });
  if (file === null) return null;
  const candidates = file.previous === null ? [file.key] : [file.key, file.previous];
  return candidates.find((key) => unwrapKey(storeId, key, wrap) !== null) ?? null;
}
