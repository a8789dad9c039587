import { randomBytes } from 'node:crypto';
import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { Clock } from '../../support/clock';
import { expired, type Expired, type Kept, type Pressure, type RetentionPolicy } from './retention';

/** Snapshots that one record gives up. */
const AT_ONCE = 1000;

/** What goes. */
export interface RetentionPlan {
  readonly snapshots: readonly Expired<SnapshotRecord>[];
  /** Ids of moments of the journal. */
  readonly moments: readonly string[];
}

/** Finds the snapshots that go, and gives them up. */
export class RetentionRun {
  readonly #repository: Repository;
  readonly #policy: RetentionPolicy;
  readonly #clock: Clock;

  constructor(options: { repository: Repository; policy: RetentionPolicy; clock: Clock }) {
    this.#repository = options.repository;
    this.#policy = options.policy;
    this.#clock = options.clock;
  }

  /** What would go. */
  async plan(pressure: Pressure): Promise<RetentionPlan> {
    const { catalog } = this.#repository;
    const records = new Map<string, SnapshotRecord>();
    const all: Kept[] = [];
    for await (const record of catalog.allSnapshots()) {
      records.set(record.id, record);
      all.push(record);
    }
    for await (const { id, sequence, source, at } of catalog.journal.all())
      all.push({ id, sequence, source, kind: 'automatic', backup: 'journal', createdAt: at });
    const gone = expired({
      snapshots: all,
      policy: this.#policy,
      pinned: new Set((await catalog.pins()).keys()),
      undo: await this.undoSnapshots(),
      now: this.#clock.now(),
      pressure,
    });
    const snapshots = gone.flatMap(({ snapshot: { id }, why }) => {
      const snapshot = records.get(id);
      return snapshot === undefined ? [] : [{ snapshot, why }];
    });
    const moments = gone.flatMap(({ snapshot: { id } }) => (records.has(id) ? [] : [id]));
    return { snapshots, moments };
  }

  /** Safety snapshots of restores that were not taken back: the newest of each target. */
  async undoSnapshots(): Promise<Set<string>> {
    const operations = await this.#repository.catalog.operations(Number.MAX_SAFE_INTEGER);
    const undone = new Set(operations.map(({ undoes }) => undoes));
    const targets = new Set<string>();
    const needed = new Set<string>();
    for (const { id, target, undo } of operations) {
      if (undo === null || undone.has(id) || targets.has(target)) continue;
      targets.add(target);
      needed.add(undo);
    }
    return needed;
  }

  /** Gives snapshots and moments up, durably. @param snapshots ids of both */
  async forget(snapshots: readonly string[], reason: string): Promise<void> {
    for (let at = 0; at < snapshots.length; at += AT_ONCE)
      await this.#repository.commit([
        {
          type: 'forget',
          id: randomBytes(16).toString('hex'),
          sequence: this.#repository.catalog.nextSequence(),
          at: this.#clock.now(),
          snapshots: snapshots.slice(at, at + AT_ONCE),
          reason,
        },
      ]);
  }
}
