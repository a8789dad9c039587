import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { syncFolder } from '../../support/atomic-file';
import type { Clock } from '../../support/clock';
import { throwIfAborted } from '../../support/errors';
import type { BlobId } from '../blob-id';
import { copyOut, liesIn } from './copy-out';
import { Marker } from './gc-mark';
import { recordCounts } from './gc-records';
import { chooseCandidates, usageOf, type Candidate, type GcCause } from './gc-usage';
import type { TombstoneRecord } from '../record';
import type { Repository } from '../repository';

/** How long a pack stays after it was given up. Both must have passed: clocks jump, laptops sleep. */
export interface GcGrace {
  readonly ms: number;
  /** Records that were written to the store since. */
  readonly operations: number;
}

export interface GcOptions {
  readonly clock: Clock;
  readonly grace: GcGrace;
  /** Space is short: no grace but for the work that is under way, and fuller packs are rewritten too. */
  readonly urgent?: boolean;
  /** Tells what would be done, and does nothing. */
  readonly dryRun?: boolean;
  /** For a dry run: snapshots and journal records to be taken for forgotten. */
  readonly without?: ReadonlySet<string>;
  /** Runs `fn` while nothing captures. */
  readonly exclusively: <T>(fn: () => Promise<T>) => Promise<T>;
  /** Makes the scanner forget what is not alive, so that no capture builds on it without reading it. */
  forgetMemories(isLive: (id: BlobId) => boolean): Promise<void>;
  readonly signal?: AbortSignal | undefined;
  /** Told how many snapshots were followed, of how many. */
  readonly progress?: (done: number, total: number) => void;
}

/** What becomes of a pack. */
export interface PackFate {
  readonly pack: string;
  readonly bytes: number;
  /** About how much of it is alive, and so is copied, bytes. */
  readonly liveBytes: number;
  readonly cause: GcCause;
  /**
   * `deleted`: its file is gone. `given-up`: what is alive in it was copied, and it goes after the
   * grace. `waiting`: given up earlier, in its grace. `damaged`: not all of it can be read, so it stays.
   */
  readonly fate: 'deleted' | 'given-up' | 'waiting' | 'damaged';
}

/** What a garbage collection did; of a dry run, what one would do. Bytes. */
export interface GcReport {
  readonly dryRun: boolean;
  /** Snapshots that are kept. */
  readonly snapshots: number;
  /** Different blobs that are alive. */
  readonly liveBlobs: number;
  readonly packs: readonly PackFate[];
  /** Of deleted packs. */
  readonly freedBytes: number;
  /** Of packs that go when their grace is over. */
  readonly waitingBytes: number;
  /** Written again because it is alive. */
  readonly copiedBytes: number;
  readonly durationMs: number;
}

/**
 * Gives back the space of what no record keeps alive. Captures may go on meanwhile.
 *
 * In two steps, as kopia has it: a run copies what is alive out of packs that hold little of it,
 * makes that durable, and gives the packs up with a tombstone; from then on nothing new relies on
 * them. A later run, after the grace, marks anew, saves what came to need them by work that was
 * under way, and deletes them. At each point a crash leaves a store in which all is found.
 * @throws BulwarkError `store-damaged` when a snapshot cannot be followed (nothing is deleted then),
 *   `disk-full`, `cancelled`
 */
export function collectGarbage(repository: Repository, options: GcOptions): Promise<GcReport> {
  return repository.maintenance.run(() => new Collection(repository, options).run());
}

class Collection {
  readonly #repository: Repository;
  readonly #options: GcOptions;
  readonly #marker: Marker;
  readonly #packs: PackFate[] = [];
  #copiedBytes = 0;
  #snapshots = 0;
  /** The newest record that was marked. */
  #marked = 0;

  constructor(repository: Repository, options: GcOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#marker = new Marker(repository, options.signal);
  }

  async run(): Promise<GcReport> {
    const { clock, urgent = false, dryRun = false } = this.#options;
    const { catalog } = this.#repository;
    const started = clock.monotonic();
    if (!dryRun) await catalog.garbage.forgetVanished();
    const candidates = await this.#begin();
    if (dryRun) this.#foresee(candidates);
    else {
      await this.#options.forgetMemories((id) => this.#marker.isLive(id));
      const moment = this.#repository.leases.now();
      await this.#deleteDue(moment);
      // One at a time where space is short, so that what one gives back is there for the next.
      const groups = urgent ? candidates.map((one) => [one]) : [candidates];
      for (const group of groups) await this.#giveUp(group, urgent);
      this.#tellWaiting();
    }
    return this.#report(dryRun, clock.monotonic() - started);
  }

  /** Marks all that is alive. Packs that are sealed later than this begins are not looked at. */
  async #begin(): Promise<Candidate[]> {
    const { urgent = false, dryRun = false } = this.#options;
    const { catalog } = this.#repository;
    // A capture that has filled a pack already, but has no record yet, ends first.
    const sealed = await this.#options.exclusively(async () => {
      // What is in the open pack counts too where space is short.
      if (urgent && !dryRun) await this.#repository.startNewPack();
      this.#marked = catalog.sequence;
      const packs = catalog.packs().filter(({ id }) => !this.#repository.isOpenPack(id));
      return new Set(packs.map(({ id }) => id));
    });
    await this.#mark(0);
    const usages = (await usageOf(this.#repository, this.#marker.live)).filter(
      ({ pack: { id } }) => sealed.has(id) && !catalog.garbage.tombstones.has(id),
    );
    return chooseCandidates(usages, urgent);
  }

  /** @param after only records with a higher sequence */
  async #mark(after: number): Promise<void> {
    const { without, progress } = this.#options;
    const { catalog } = this.#repository;
    let total = 0;
    if (progress !== undefined && after === 0) total = await catalog.countAllSnapshots();
    for await (const record of catalog.allSnapshots()) {
      if (record.sequence <= after || without?.has(record.id) === true) continue;
      await this.#marker.mark(record);
      this.#snapshots += 1;
      if (after === 0) progress?.(this.#snapshots, total);
    }
    for await (const record of catalog.journal.all())
      if (record.sequence > after && without?.has(record.id) !== true)
        await this.#marker.mark(record);
  }

  /** Copies what is alive out of packs and gives them up; deletes them at once where that is urgent. */
  async #giveUp(group: readonly Candidate[], urgent: boolean): Promise<void> {
    const given: Candidate[] = [];
    // What is copied can be lost when somebody else's write fails; then this one's commit fails, too.
    const session = this.#repository.begin();
    for (const candidate of group) {
      throwIfAborted(this.#options.signal);
      const { pack, blobs } = candidate.usage;
      if (await this.#copy(pack.id, blobs)) given.push(candidate);
      else this.#packs.push(fateOf(candidate, 'damaged'));
    }
    if (given.length === 0) return;
    const tombstones = given.map(({ usage }) => this.#tombstone(usage.pack.id));
    // The copies lie before the tombstones, and one flush makes both durable.
    await this.#options.exclusively(() => session.commit(tombstones));
    const moment = this.#repository.leases.now();
    for (const { pack } of tombstones) this.#repository.givenUpAt.set(pack, moment);
    const gone = urgent ? await this.#delete(tombstones, moment) : [];
    for (const candidate of given) {
      const isGone = gone.includes(candidate.usage.pack.id);
      this.#packs.push(fateOf(candidate, isGone ? 'deleted' : 'given-up'));
    }
  }

  /** @returns whether nothing of the pack is needed any more. @param expected blobs that must be found */
  async #copy(packId: string, expected: number): Promise<boolean> {
    const { catalog } = this.#repository;
    const before = this.#repository.storedBytes;
    const isHere = liesIn(this.#repository, packId);
    const { blobs, whole } = await copyOut(
      this.#repository,
      packId,
      (id) => this.#marker.live.has(id) && isHere(id),
      (record) => recordCounts(catalog, record),
    );
    this.#copiedBytes += this.#repository.storedBytes - before;
    return whole && blobs >= expected;
  }

  /** Deletes the packs of earlier runs whose grace is over. */
  async #deleteDue(moment: number): Promise<void> {
    const { clock, grace, urgent = false } = this.#options;
    const { catalog, givenUpAt } = this.#repository;
    const due = [...catalog.garbage.tombstones.values()].filter(
      ({ at, sequence }) =>
        urgent || (clock.now() - at >= grace.ms && catalog.sequence - sequence >= grace.operations),
    );
    if (due.length === 0) return;
    const sizes = new Map(due.map(({ pack }) => [pack, catalog.pack(pack)?.length ?? 0]));
    const last = Math.max(moment, ...due.map(({ pack }) => givenUpAt.get(pack) ?? 0));
    for (const pack of await this.#delete(due, last))
      this.#packs.push({
        pack,
        bytes: sizes.get(pack) ?? 0,
        liveBytes: 0,
        cause: 'empty',
        fate: 'deleted',
      });
  }

  /**
   * Deletes packs that were given up, unless work goes on that was under way at `moment`.
   * @returns those that are gone
   */
  async #delete(packs: readonly TombstoneRecord[], moment: number): Promise<string[]> {
    const { catalog, leases } = this.#repository;
    // Lets a capture end that has begun before.
    await this.#options.exclusively(() => Promise.resolve());
    if (!leases.endedSince(moment)) return [];
    // What that work has written may need blobs that were dead when it began.
    const marked = this.#marked;
    this.#marked = catalog.sequence;
    await this.#mark(marked);
    const ids = new Set(packs.map(({ pack }) => pack));
    const needed = await this.#neededOf(ids);
    const session = this.#repository.begin();
    const gone: string[] = [];
    for (const id of ids) {
      throwIfAborted(this.#options.signal);
      const count = needed.get(id) ?? 0;
      if (count === 0 || (await this.#copy(id, count))) gone.push(id);
    }
    if (needed.size > 0) await this.#options.exclusively(() => session.commit([]));
    await this.#repository.tellDropping(gone);
    await catalog.garbage.dropPacks(gone.flatMap((id) => catalog.pack(id) ?? []));
    for (const id of gone) await this.#repository.deletePack(id);
    await syncFolder(join(this.#repository.path, 'packs'));
    await catalog.garbage.deleted(gone);
    for (const id of gone) this.#repository.givenUpAt.delete(id);
    return gone;
  }

  /** How many live blobs are found in each of these packs, where there are any. */
  async #neededOf(packs: ReadonlySet<string>): Promise<Map<string, number>> {
    const needed = new Map<string, number>();
    await this.#repository.catalog.garbage.scan((key, pack) => {
      if (pack === null || !packs.has(pack.id) || !this.#marker.live.has(key, 1)) return;
      needed.set(pack.id, (needed.get(pack.id) ?? 0) + 1);
    });
    return needed;
  }

  #foresee(candidates: readonly Candidate[]): void {
    for (const candidate of candidates) this.#packs.push(fateOf(candidate, 'given-up'));
    this.#tellWaiting();
  }

  /** Packs in their grace that this run has not spoken of. */
  #tellWaiting(): void {
    const { catalog } = this.#repository;
    const told = new Set(this.#packs.map(({ pack }) => pack));
    for (const id of catalog.garbage.tombstones.keys()) {
      if (told.has(id)) continue;
      const bytes = catalog.pack(id)?.length ?? 0;
      this.#packs.push({ pack: id, bytes, liveBytes: 0, cause: 'empty', fate: 'waiting' });
    }
  }

  #tombstone(pack: string): TombstoneRecord {
    return {
      type: 'tombstone',
      id: randomBytes(16).toString('hex'),
      sequence: this.#repository.catalog.nextSequence(),
      at: this.#options.clock.now(),
      pack,
    };
  }

  #report(dryRun: boolean, durationMs: number): GcReport {
    const bytesOf = (...fates: PackFate['fate'][]): number =>
      this.#packs
        .filter(({ fate }) => fates.includes(fate))
        .reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      dryRun,
      snapshots: this.#snapshots,
      liveBlobs: this.#marker.live.size,
      packs: this.#packs,
      freedBytes: bytesOf('deleted'),
      waitingBytes: bytesOf('given-up', 'waiting'),
      copiedBytes: this.#copiedBytes,
      durationMs,
    };
  }
}

function fateOf({ usage, cause }: Candidate, fate: PackFate['fate']): PackFate {
  const { pack, liveBytes } = usage;
  return { pack: pack.id, bytes: pack.length, liveBytes, cause, fate };
}
