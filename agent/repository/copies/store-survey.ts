import * as crypto from 'node:crypto';
import { BulwarkError } from '../../support/errors';
import type { BlobStore } from './blob-store';
import {
  FRAME_HEADER_BYTES,
  frameLength,
  openFrame,
  packKey,
  parseFrameHeader,
} from '../packs/frame';
import { withOlder, type OwnedKeys } from '../keys/keys';
import { CONFIG_NAME, parseConfig, type StoreConfig } from '../keys/keys-config';
import { KEY_BYTES, masterId } from '../keys/keys-wrap';
import { headerFits, PACK_HEADER_BYTES } from '../packs/pack-header';

/** Packs in a blob store. */
export const PACKS = 'packs/';
const CONFIG_LIMIT = 1024 * 1024;

/** A pack of a store that somebody has a key for. */
export interface SurveyedPack {
  readonly name: string;
  readonly id: string;
  readonly bytes: number;
  /** Whether the key opens it; a header that is damaged tells nothing, and counts as opened. */
  readonly opens: boolean;
}

/** What a master key is good for in a store. */
export interface StoreSurvey {
  readonly config: StoreConfig | null;
  /** An `older` key opens only what was written before it was replaced. */
  readonly standing: 'newest' | 'older';
  readonly keys: OwnedKeys;
  readonly packs: readonly SurveyedPack[];
}

/**
 * The `config.json` of a store in a blob store; null when it is missing or damaged.
 * @throws BulwarkError what reading it threw
 */
async function configIn(store: BlobStore): Promise<StoreConfig | null> {
  if ((await store.stat(CONFIG_NAME)) === null) return null;
  const bytes = await store.get(CONFIG_NAME, { offset: 0, length: CONFIG_LIMIT });
  return parseConfig(bytes.toString('utf8'));
}

/**
 * Finds out what a master key opens, reading the configuration and the beginning of each pack.
 * Changes nothing.
 * @throws BulwarkError `replica-unknown` when there is no store, `wrong-key` when the key opens nothing of it
 */
export async function surveyStore(store: BlobStore, master: Buffer): Promise<StoreSurvey> {
  const config = await configIn(store);
  const headers = await packHeaders(store);
  if (config === null && headers.length === 0)
    throw new BulwarkError('replica-unknown', `${store.place} holds no store and no replica`, {
      hint: 'Name the folder with "config.json" and "packs" in it.',
      details: { path: store.place },
    });
  const fits = ({ id, header }: PackHeader, key: Buffer): boolean =>
    headerFits(header, packKey(key, id));
  const mine = headers.filter((pack) => fits(pack, master));
  const isNewest = config?.key === masterId(master);
  if (!isNewest && mine.length === 0)
    throw new BulwarkError('wrong-key', `the key does not belong to the store in ${store.place}`, {
      hint: 'Its letters are right, so it is the key of another store. Nothing was touched.',
      details: { path: store.place },
    });
  const listed = config !== null && isNewest ? olderIn(config, master) : null;
  const older = listed ?? (await olderInPacks(store, mine, master));
  const all = [master, ...older];
  const packs = headers.map((pack) => ({
    name: pack.name,
    id: pack.id,
    bytes: pack.bytes,
    opens: isNewest || all.some((key) => fits(pack, key)),
  }));
  const newest = isNewest || (config === null && packs.every(({ opens }) => opens));
  const storeId = config?.id ?? crypto.randomBytes(16).toString('hex');
  return { config, standing: newest ? 'newest' : 'older', keys: { storeId, master, older }, packs };
}

interface PackHeader {
  readonly name: string;
  readonly id: string;
  readonly bytes: number;
  readonly header: Buffer;
}

async function packHeaders(store: BlobStore): Promise<PackHeader[]> {
  const found: PackHeader[] = [];
  for await (const { name, bytes } of store.list(PACKS)) {
    const id = packIdOf(name);
    if (id === null) continue;
    const header = await store.get(name, { offset: 0, length: PACK_HEADER_BYTES });
    found.push({ name, id, bytes, header });
  }
  return found;
}

/** The pack that a name in a blob store belongs to, or null. */
export function packIdOf(name: string): string | null {
  return /^packs\/([0-9a-f]{32})\.pack$/.exec(name)?.[1] ?? null;
}

/** The name of a pack in a blob store. */
export function packName(packId: string): string {
  return `${PACKS}${packId}.pack`;
}

function olderIn(config: StoreConfig, master: Buffer): readonly Buffer[] | null {
  try {
    return withOlder(config, master, { kind: 'passphrase' }).older;
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'store-damaged') return null;
    throw error;
  }
}

/** Every pack that was begun with a key names the keys before it: the first whole list will do. */
async function olderInPacks(
  store: BlobStore,
  packs: readonly PackHeader[],
  master: Buffer,
): Promise<Buffer[]> {
  for (const { name, id } of packs) {
    const head = await store.get(name, { offset: PACK_HEADER_BYTES, length: FRAME_HEADER_BYTES });
    const header = parseFrameHeader(head);
    if (header?.type !== 'keys') continue;
    const range = { offset: PACK_HEADER_BYTES, length: frameLength(header) };
    try {
      const payload = openFrame(packKey(master, id), header, await store.get(name, range));
      return Array.from({ length: Math.floor(payload.length / KEY_BYTES) }, (_, i) =>
        Buffer.from(payload.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES)),
      );
    } catch (error) {
      if (!(error instanceof BulwarkError) || error.reason !== 'pack-damaged') throw error;
    }
  }
  return [];
}
