import { Marker } from '../../repository/gc/gc-mark';
import { readBackTask } from '../../repository/verify/read-back';
import { toBlobId } from '../../repository/blob-id';
import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { BulwarkError, throwIfAborted } from '../../support/errors';
import type { WorkerPool } from '../../support/worker-pool';

/** What proving a snapshot showed. */
export interface Proof {
  /** Different blobs that were looked at. */
  readonly blobs: number;
  /** Bytes that were read back from the disk. */
  readonly bytes: number;
  /** Whether all of it is as it was written. */
  readonly whole: boolean;
}

/** Frames of a pack: where each begins, and its length, bytes. */
type Frames = Map<number, number>;

/**
 * Reads back from the disk every frame that a snapshot needs, in worker threads, and checks it and the
 * blobs in it. What is damaged is no longer trusted: whoever captures it next hands it in again.
 * @param base what this one needs too is not proven again; null proves everything
 * @throws BulwarkError `cancelled`
 */
export async function prove(
  repository: Repository,
  pool: WorkerPool,
  record: SnapshotRecord,
  { base, signal }: { base: SnapshotRecord | null; signal?: AbortSignal | undefined },
): Promise<Proof> {
  return repository.leases.during(async () => {
    const packs = new Map<string, Frames>();
    let collecting = false;
    let blobs = 0;
    const bad: Place[] = [];
    const marker = new Marker(repository, signal, (id) => {
      if (!collecting) return;
      blobs += 1;
      const place = repository.catalog.find(toBlobId(id));
      if (place === null) return;
      const frames = packs.get(place.pack) ?? new Map<number, number>();
      packs.set(place.pack, frames.set(place.frameOffset, place.frameLength));
    });
    let followed = true;
    try {
      if (base !== null) await marker.mark(base);
      collecting = true;
      await marker.mark(record);
    } catch (error) {
      if (!(error instanceof BulwarkError) || error.reason !== 'store-damaged') throw error;
      // The frame that could not be followed is among those that were met, and is told below.
      followed = false;
    }
    let bytes = 0;
    for (const [pack, frames] of packs)
      bytes += await readBack(repository, pool, { pack, frames, bad, signal });
    await distrust(repository, bad);
    return { blobs, bytes, whole: followed && bad.length === 0 };
  });
}

interface Place {
  readonly pack: string;
  readonly frameOffset: number;
}

/** @returns bytes that were read */
async function readBack(
  repository: Repository,
  pool: WorkerPool,
  part: { pack: string; frames: Frames; bad: Place[]; signal: AbortSignal | undefined },
): Promise<number> {
  const { pack, frames, bad, signal } = part;
  let bytes = 0;
  for (const { from, to } of stretches(frames)) {
    bytes += to - from;
    for (let at = from; at < to;) {
      throwIfAborted(signal);
      const payload = { ...repository.packAccess(pack), from: at, to };
      const { end, fault } = await pool.run(readBackTask, payload, { answer: () => null, signal });
      at = end;
      if (fault === null) continue;
      bad.push({ pack, frameOffset: at });
      at += frames.get(at) ?? to - at;
    }
  }
  return bytes;
}

/** Frames that lie one after the other, as one. */
function stretches(frames: Frames): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const [from, length] of [...frames].sort(([a], [b]) => a - b)) {
    const last = found.at(-1);
    if (last?.to === from) last.to = from + length;
    else found.push({ from, to: from + length });
  }
  return found;
}

async function distrust(repository: Repository, bad: readonly Place[]): Promise<void> {
  if (bad.length === 0) return;
  const keys = new Set(bad.map(({ pack, frameOffset }) => `${pack} ${String(frameOffset)}`));
  for await (const { id, location } of repository.catalog.blobs())
    if (location !== null && keys.has(`${location.pack} ${String(location.frameOffset)}`))
      repository.distrust(toBlobId(id));
}
