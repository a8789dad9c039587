import type { Clock } from '../support/clock';
import { throwIfAborted } from '../support/errors';
import type { WorkerPool } from '../support/worker-pool';
import type { PackEntry } from './pack-entry';
import type { JournalRecord, SnapshotRecord, StoreRecord } from './record';
import { parseRecord } from './recover';
import type { Repository } from './repository';
import { VerifiedBlobs } from './verified-blobs';
import { Damage, type VerifyError } from './verify-damage';
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

export interface VerifyOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of the packs were read, of how many. */
  readonly progress?: (done: number, total: number) => void;
}

/** Records that the catalog must know when a pack holds them. */
const RECHECKED: ReadonlySet<StoreRecord['type']> = new Set(['snapshot', 'journal', 'operation']);

/** The store as it was when the check began; what is committed later is not looked at. */
interface Scope {
  readonly packs: ReadonlyMap<string, PackEntry | null>;
  readonly snapshots: Map<string, SnapshotRecord>;
  /** The journal's moments: they need as much as snapshots do. */
  readonly moments: Map<string, JournalRecord>;
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
  const start = options.clock.monotonic();
  const scope = await scopeOf(repository);
  const damage = new Damage();
  const verified = new VerifiedBlobs();
  const written = new Set<string>();
  let bytes = 0;
  await readPacks(repository, pool, options, [...scope.packs.keys()], (id, findings) => {
    bytes += findings.bytes;
    verified.add(id, findings.rows);
    damage.addFaults(id, findings.faults);
    if (scope.packs.get(id)?.sealed === true && !findings.sealed)
      damage.pack(id, 'its end is missing');
    for (const text of findings.records) {
      const record = parseRecord(Buffer.from(text, 'utf8'));
      if (record === null) damage.pack(id, 'a record in it is not of this version');
      else if (RECHECKED.has(record.type)) written.add(record.id);
    }
  });
  await checkCatalog(repository, scope, verified, damage, options.signal);
  const check = new SnapshotCheck(repository, verified, options.signal);
  for (const snapshot of [...scope.snapshots.values(), ...scope.moments.values()]) {
    throwIfAborted(options.signal);
    if (!written.has(snapshot.id))
      damage.snapshot(snapshot.id, 'no pack holds its record any more; only the catalog does');
    for (const lack of await check.lacksOf(snapshot))
      damage.lack(lack, repository.catalog.find(lack.id), snapshot.id);
  }
  for (const id of written)
    if (!isInScope(scope, id) && (await isUnknown(repository, id)))
      damage.catalog(id, 'the catalog does not know a record that a pack holds');
  const errors = damage.errors();
  return {
    ok: errors.length === 0,
    snapshots: scope.snapshots.size,
    blobs: verified.count,
    bytes,
    packs: scope.packs.size,
    errors,
    durationMs: options.clock.monotonic() - start,
  };
}

async function scopeOf(repository: Repository): Promise<Scope> {
  const packs = new Map<string, PackEntry | null>();
  for (const entry of repository.catalog.packs()) packs.set(entry.id, entry);
  const snapshots = new Map<string, SnapshotRecord>();
  for await (const record of repository.catalog.allSnapshots()) snapshots.set(record.id, record);
  for (const id of await repository.packIds()) if (!packs.has(id)) packs.set(id, null);
  const moments = new Map<string, JournalRecord>();
  for await (const record of repository.catalog.journal.all()) moments.set(record.id, record);
  return { packs, snapshots, moments };
}

function isInScope({ snapshots, moments }: Scope, id: string): boolean {
  return snapshots.has(id) || moments.has(id);
}

/** Spreads the packs over the pool's threads. */
async function readPacks(
  repository: Repository,
  pool: WorkerPool,
  { signal, progress }: VerifyOptions,
  ids: readonly string[],
  take: (id: string, findings: PackFindings) => void,
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
      const payload = { packId: id, ...repository.packAccess(id) };
      take(id, await pool.run(verifyPackTask, payload, { answer, signal }));
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
  damage: Damage,
  signal: AbortSignal | undefined,
): Promise<void> {
  const seen = new Set<string>();
  for await (const { id, location } of repository.catalog.blobs()) {
    if (seen.size % 4096 === 0) throwIfAborted(signal);
    seen.add(id);
    if (location === null) {
      damage.catalog(hexOf(id), 'the catalog names a pack that it does not know');
      continue;
    }
    if (isLater(scope, location.pack, location.frameOffset)) continue;
    if (verified.isAt(id, location)) continue;
    if (verified.has(id)) damage.catalog(hexOf(id), 'the catalog has a wrong place for this blob');
    else damage.lost(hexOf(id), location);
  }
  for (const id of verified.ids()) {
    if (seen.has(id)) continue;
    if (verified.places(id).some(({ pack, frameOffset }) => !isLater(scope, pack, frameOffset)))
      damage.catalog(hexOf(id), 'the catalog does not have this blob, but a pack does');
  }
}

/** Whether a frame was committed after the check began. */
function isLater(scope: Scope, pack: string, frameOffset: number): boolean {
  const entry = scope.packs.get(pack) ?? null;
  return entry === null || (!entry.sealed && frameOffset >= entry.length);
}

async function isUnknown(repository: Repository, recordId: string): Promise<boolean> {
  const { catalog } = repository;
  if (catalog.garbage.isForgotten(recordId)) return false;
  if ((await catalog.snapshot(recordId)) !== null) return false;
  const operations = await catalog.operations(Number.MAX_SAFE_INTEGER);
  return !operations.some(({ id }) => id === recordId);
}

/** Hexadecimal digits of a binary id (latin1). */
function hexOf(id: string): string {
  return Buffer.from(id, 'latin1').toString('hex');
}
