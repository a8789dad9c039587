import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../support/atomic-file';
import { BulwarkError, fileError } from '../../support/errors';
import { parseJson, readTextIfThere } from './json-file';
import { scryptParameters } from './keys-passphrase';
import { wrappedKey } from './keys-wrap';

/** Name of the file beside the packs. */
export const CONFIG_NAME = 'config.json';

const keyId = z.string().regex(/^[0-9a-f]{16}$/);

/** `config.json`: what a reader must know before it has a key. */
const configSchema = z.object({
  format: z.literal('bulwark-store'),
  version: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  /** Which master key is the newest, as `masterId` names it. */
  key: keyId,
  wrap: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('key-file'), ...wrappedKey.shape }),
    z.object({ kind: z.literal('passphrase'), ...scryptParameters.shape, ...wrappedKey.shape }),
  ]),
  /** Master keys of the past, the newest first, wrapped by the newest of all. */
  older: z.array(z.object({ key: keyId, ...wrappedKey.shape })),
});
export type StoreConfig = z.infer<typeof configSchema>;

export function configPath(storePath: string): string {
  return join(storePath, CONFIG_NAME);
}

/** The configuration in a text, or null when it is none. */
export function parseConfig(text: string): StoreConfig | null {
  const parsed = configSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

/**
 * A store's configuration, or null where there is no such file.
 * @throws BulwarkError `store-damaged`
 */
export async function readConfig(storePath: string): Promise<StoreConfig | null> {
  const path = configPath(storePath);
  const text = await readTextIfThere(path);
  if (text === null) return null;
  const config = parseConfig(text);
  if (config === null) throw configLost(path, 'is damaged');
  return config;
}

/** The error of a store whose configuration cannot be read. */
export function configLost(path: string, what: 'is damaged' | 'is missing'): BulwarkError {
  return new BulwarkError('store-damaged', `${path} ${what}`, {
    hint:
      'Put it back from a replica or another copy of the store, or make it again from the ' +
      'recovery key: bulwark key import. The packs themselves are untouched.',
    details: { path },
  });
}

/** Writes a store's configuration, durably and as a whole. */
export async function writeConfig(storePath: string, config: StoreConfig): Promise<void> {
  const path = configPath(storePath);
  try {
    await writeFileAtomic(path, `${JSON.stringify(config, null, 2)}\n`);
  } catch (error) {
    throw fileError(error, path);
  }
}
