import type { IdSet } from './id-set';
import type { PackEntry } from '../catalog/pack-entry';
import { PACK_TARGET_BYTES } from '../packs/pack-writer';
import type { Repository } from '../repository';

/** How much of a pack is alive. */
export interface PackUsage {
  readonly pack: PackEntry;
  /** Blobs that are alive and found in this pack. */
  readonly blobs: number;
  /** About how many bytes of its file they take. */
  readonly liveBytes: number;
}

/** Why a pack is rewritten or goes. */
export type GcCause =
  /** Nothing in it is alive. */
  | 'empty'
  /** Less of it is alive than is worth its space. */
  | 'sparse'
  /** One of many small packs: agents that came and went. */
  | 'small';

/** Below this part alive, a pack is rewritten. */
const SPARSE_BELOW = 0.7;
/** The same where space is short. */
const SPARSE_BELOW_URGENT = 0.9;
/** So much must be gained, or the rewriting is not worth it, bytes. */
const WORTHWHILE_BYTES = 256 * 1024;
const SMALL_BYTES = PACK_TARGET_BYTES / 16;
const MANY_SMALL = 8;

/** Counts what is alive in each pack. @param live all that is */
export async function usageOf(repository: Repository, live: IdSet): Promise<PackUsage[]> {
  const found = new Map<string, { blobs: number; bytes: number }>();
  await repository.catalog.garbage.scan((key, pack, length) => {
    if (pack === null || !live.has(key, 1)) return;
    const seen = found.get(pack.id);
    if (seen === undefined) found.set(pack.id, { blobs: 1, bytes: length });
    else {
      seen.blobs += 1;
      seen.bytes += length;
    }
  });
  return repository.catalog.packs().map((pack) => {
    const { blobs, bytes } = found.get(pack.id) ?? { blobs: 0, bytes: 0 };
    const share = pack.blobBytes === 0 ? 0 : Math.min(1, bytes / pack.blobBytes);
    return { pack, blobs, liveBytes: Math.round(share * pack.length) };
  });
}

/** A pack of which what is alive goes to another one. */
export interface Candidate {
  readonly usage: PackUsage;
  readonly cause: GcCause;
}

/** Which packs are worth it, the emptiest first. Those that were given up already are not asked about. */
export function chooseCandidates(usages: readonly PackUsage[], urgent: boolean): Candidate[] {
  const limit = urgent ? SPARSE_BELOW_URGENT : SPARSE_BELOW;
  const candidates: Candidate[] = [];
  const rest: PackUsage[] = [];
  for (const usage of usages) {
    const { pack, blobs, liveBytes } = usage;
    const dead = pack.length - liveBytes;
    if (blobs === 0 && pack.blobs > 0) candidates.push({ usage, cause: 'empty' });
    else if (pack.blobs > 0 && liveBytes < limit * pack.length && dead >= WORTHWHILE_BYTES)
      candidates.push({ usage, cause: 'sparse' });
    else if (pack.length < SMALL_BYTES) rest.push(usage);
  }
  if (rest.length >= MANY_SMALL)
    candidates.push(...rest.map((usage): Candidate => ({ usage, cause: 'small' })));
  return candidates.sort((a, b) => a.usage.liveBytes - b.usage.liveBytes);
}
