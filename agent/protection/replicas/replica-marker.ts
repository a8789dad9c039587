import { z } from 'zod';
import type { BlobStore } from '../../repository/copies/blob-store';
import { BulwarkError } from '../../support/errors';

/** Name of the file that makes a folder a replica. */
const MARKER_NAME = 'replica.json';
const MARKER_LIMIT = 64 * 1024;

const markerShape = z.object({
  format: z.literal('bulwark-replica'),
  version: z.literal(1),
  /** Id of the store that it is a replica of. */
  store: z.string(),
  /** Id of the replica itself. */
  replica: z.string(),
});
export type ReplicaMarker = z.infer<typeof markerShape>;

/**
 * The marker of a replica, or null where there is none: nothing is plugged in, or it is no replica.
 * @throws BulwarkError `replica-refused` when a marker is there and makes no sense
 */
export async function readMarker(store: BlobStore): Promise<ReplicaMarker | null> {
  if ((await store.stat(MARKER_NAME)) === null) return null;
  const bytes = await store.get(MARKER_NAME, { offset: 0, length: MARKER_LIMIT });
  const parsed = markerShape.safeParse(parseJson(bytes.toString('utf8')));
  if (parsed.success) return parsed.data;
  throw new BulwarkError('replica-refused', `${store.place}: ${MARKER_NAME} is damaged`, {
    hint: `Nothing is written there. Remove the replica and add it again, in an empty folder.`,
    details: { path: store.place },
  });
}

export async function writeMarker(
  store: BlobStore,
  ids: { readonly store: string; readonly replica: string },
): Promise<void> {
  const marker: ReplicaMarker = { format: 'bulwark-replica', version: 1, ...ids };
  const bytes = Buffer.from(`${JSON.stringify(marker, null, 2)}\n`, 'utf8');
  await store.put(MARKER_NAME, { bytes: bytes.length, pieces: [bytes] });
}

/**
 * Makes sure that what is there is this replica and nothing else.
 * @throws BulwarkError `path-missing` when it is not plugged in, `replica-refused` when it is another one
 */
export async function requireReplica(
  store: BlobStore,
  ids: { readonly store: string; readonly replica: string },
): Promise<void> {
  const marker = await readMarker(store);
  if (marker === null)
    throw new BulwarkError('path-missing', `the replica in ${store.place} is not there now`, {
      hint: 'Plug in or mount its disk; it is brought up to date by itself.',
      details: { path: store.place },
    });
  if (marker.store === ids.store && marker.replica === ids.replica) return;
  throw new BulwarkError(
    'replica-refused',
    `${store.place} holds the replica of ${marker.store === ids.store ? 'an earlier time' : 'another store'}`,
    {
      hint: 'Nothing is written there. If it is to be used for this store: bulwark replica remove, then add.',
      details: { path: store.place },
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
