import type { Clock } from '../../support/clock';
import { throwIfAborted } from '../../support/errors';
import type { WorkerPool } from '../../support/worker-pool';
import { toBlobId, type BlobId } from '../blob-id';
import type { Location } from '../catalog/location';
import type { PackEntry } from '../catalog/pack-entry';
import { momentOf, type SnapshotRecord, type StoreRecord } from '../record';
import { parseRecord } from '../packs/index-pack';
import type { Repository } from '../repository';
import { VerifiedBlobs } from './verified-blobs';
import { Damage, type VerifyError } from './verify-damage';
import { Needs } from './verify-needs';
import { stateOf, type PackState } from './pack-state';
import type { PackFindings } from './verify-pack';
import { SnapshotCheck } from './verify-snapshots';
import { verifyPackTask } from './verify-task';

/** What reading everything back showed. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly snapshots: number;
  /** Different blobs that were found whole. */
  readonly blobs: number;
  /** Plain bytes whose hash was checked. */
  readonly bytes: number;
  readonly packs: number;
  readonly errors: VerifyError[];
  readonly durationMs: number;
}

/** What was found, with what a repair needs to know of it. */
export interface Examination {
  readonly report: VerifyReport;
  readonly packs: ReadonlyMap<string, PackState>;
  /** What the catalog or a snapshot names and no pack has whole, as far as all packs could be read. */
  readonly lost: ReadonlySet<BlobId>;
  /** Blobs that lie whole elsewhere than the catalog says, or that it does not know. */
  readonly strays: ReadonlyMap<BlobId, Location>;
  /** Records that the catalog has and no pack. */
  readonly records: readonly StoreRecord[];
  /** Whether the catalog has to be made again from the packs. */
  readonly rebuildsCatalog: boolean;
}

export interface VerifyOptions {
  readonly clock: Clock;
  /** Reads the disk itself where that can be had. */
  readonly direct?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of the packs were read, of how many. */
  readonly progress?: (done: number, total: number) => void;
}

/** The store as it was when the check began; what is committed later is not looked at. */
interface Scope {
  readonly packs: ReadonlyMap<string, PackEntry | null>;
  readonly snapshots: Map<string, SnapshotRecord>;
  /** Of other kinds. */
  readonly others: readonly StoreRecord[];
}

/**
 * Reads every pack back from the disk in the pool's threads and checks each frame, each blob's
 * hash, each index, the catalog, and that every snapshot has all that it needs. Changes nothing.
 * @throws BulwarkError `cancelled`, `codec-missing`
 */
export async function verify(
  repository: Repository,
  pool: WorkerPool,
  options: VerifyOptions,
): Promise<VerifyReport> {
  return (await examine(repository, pool, options)).report;
}

/** As {@link verify}, with what was found in each pack and what the needs of the snapshots lack. */
export async function examine(
  repository: Repository,
  pool: WorkerPool,
  options: VerifyOptions,
): Promise<Examination> {
  const start = options.clock.monotonic();
  const scope = await scopeOf(repository);
  const damage = new Damage();
  const verified = new VerifiedBlobs();
  const written = new Map<string, StoreRecord>();
  /** Those of them that the catalog has to know. */
  const committed: StoreRecord[] = [];
  const packs = new Map<string, PackState>();
  let bytes = 0;
  await readPacks(repository, pool, options, [...scope.packs.keys()], (id, findings, size) => {
    bytes += findings.bytes;
    verified.add(id, findings.rows);
    damage.addFaults(id, findings.faults);
    const cut = scope.packs.get(id)?.sealed === true && !findings.sealed;
    if (cut) damage.pack(id, 'its end is missing');
    packs.set(id, stateOf(findings, size, cut));
    for (const { offset, json } of findings.records) {
      const record = parseRecord(Buffer.from(json, 'utf8'));
      if (record === null) damage.pack(id, 'a record in it is not of this version');
      else {
        written.set(record.id, record);
        if (!isLater(scope, id, offset)) committed.push(record);
      }
    }
  });
  const needs = new Needs(repository, packs);
  await checkCatalog(repository, scope, verified, { damage, needs, signal: options.signal });
  const check = new SnapshotCheck(repository, verified, options.signal);
  for (const known of scope.snapshots.values()) {
    throwIfAborted(options.signal);
    // The packs are the truth, also about what the catalog tells differently.
    const kept = written.get(known.id);
    const snapshot = kept?.type === 'snapshot' ? kept : known;
    if (kept === undefined) {
      damage.snapshot(snapshot.id, 'no pack holds its record any more; only the catalog does');
      needs.record(snapshot);
    }
    for (const lack of await check.lacksOf(snapshot)) {
      damage.lack(lack, repository.catalog.find(lack.id), snapshot.id);
      if (!verified.has(Buffer.from(lack.id, 'hex'))) needs.lost(lack.id);
    }
  }
  for (const record of scope.others) {
    if (!written.has(record.id)) needs.record(record);
    if (record.type !== 'journal') continue;
    const kept = written.get(record.id);
    for (const lack of await check.lacksOf(momentOf(kept?.type === 'journal' ? kept : record))) {
      damage.lack(lack, repository.catalog.find(lack.id), record.id);
      if (!verified.has(Buffer.from(lack.id, 'hex'))) needs.lost(lack.id);
    }
  }
  for (const record of committed) {
    if (await repository.catalog.hasRecord(record)) continue;
    damage.catalog(record.id, 'the catalog does not know a record that a pack holds');
    needs.catalog();
  }
  const errors = damage.errors();
  const report = {
    ok: errors.length === 0,
    snapshots: scope.snapshots.size,
    blobs: verified.count,
    bytes,
    packs: scope.packs.size,
    errors,
    durationMs: options.clock.monotonic() - start,
  };
  return { report, packs, ...needs.all() };
}

async function scopeOf(repository: Repository): Promise<Scope> {
  const packs = new Map<string, PackEntry | null>();
  for (const entry of repository.catalog.packs()) packs.set(entry.id, entry);
  const snapshots = new Map<string, SnapshotRecord>();
  for await (const record of repository.catalog.allSnapshots()) snapshots.set(record.id, record);
  for (const id of await repository.packIds()) if (!packs.has(id)) packs.set(id, null);
  const { catalog } = repository;
  const others: StoreRecord[] = await catalog.operations(Number.MAX_SAFE_INTEGER);
  others.push(...(await catalog.pins()).values());
  for await (const record of catalog.journal.all()) others.push(record);
  return { packs, snapshots, others };
}

/** Spreads the packs over the pool's threads. */
async function readPacks(
  repository: Repository,
  pool: WorkerPool,
  { signal, progress, direct = false }: VerifyOptions,
  ids: readonly string[],
  take: (id: string, findings: PackFindings, size: number) => void,
): Promise<void> {
  const sizes = await repository.packSizes();
  // The largest first, so that no thread begins a large one when the others are done.
  const queue = [...ids].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let done = 0;
  const answer = (read: number): null => {
    done += read;
    progress?.(Math.min(done, total), total);
    return null;
  };
  const lane = async (): Promise<void> => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      const covered = repository.catalog.pack(id)?.length ?? 0;
      const payload = { packId: id, direct, covered, ...repository.packAccess(id) };
      const findings = await pool.run(verifyPackTask, payload, { answer, signal });
      take(id, findings, sizes.get(id) ?? 0);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: pool.size }, lane));
  for (const end of lanes) if (end.status === 'rejected') throw end.reason;
}

/** Every blob of the catalog must be where it says, and every blob of the packs must be in it. */
async function checkCatalog(
  repository: Repository,
  scope: Scope,
  verified: VerifiedBlobs,
  to: { damage: Damage; needs: Needs; signal: AbortSignal | undefined },
): Promise<void> {
  const { damage, needs, signal } = to;
  let seen = 0;
  for await (const { id, location } of repository.catalog.blobs()) {
    if (seen++ % 4096 === 0) throwIfAborted(signal);
    verified.mark(id);
    if (location === null) {
      damage.catalog(toBlobId(id), 'the catalog names a pack that it does not know');
      needs.blob(id, null, verified);
      continue;
    }
    if (isLater(scope, location.pack, location.frameOffset)) continue;
    if (verified.isAt(id, location)) continue;
    needs.blob(id, location, verified);
    const name = toBlobId(id);
    if (verified.has(id)) damage.catalog(name, 'the catalog has a wrong place for this blob');
    else if (verified.hasFrame(location.pack, location.frameOffset) && !damage.knows(name))
      damage.catalog(name, 'the catalog has this blob in a frame that does not hold it');
    else damage.lost(name, location);
  }
  for (const id of verified.unmarked()) {
    if (!verified.places(id).some(({ pack, frameOffset }) => !isLater(scope, pack, frameOffset)))
      continue;
    damage.catalog(toBlobId(id), 'the catalog does not have this blob, but a pack does');
    needs.blob(id, null, verified);
  }
}

/**
 * Whether a frame was not committed when the check began: it is of a capture that goes on, or of one
 * for which only the catalog had no room, and which is read in before anything else is written.
 */
function isLater(scope: Scope, pack: string, frameOffset: number): boolean {
  const entry = scope.packs.get(pack) ?? null;
  return entry === null || (!entry.sealed && frameOffset >= entry.length);
}
