import { randomBytes } from 'node:crypto';
import type { SnapshotRecord } from '../repository/record';
import type { Repository } from '../repository/repository';
import type { Clock } from '../support/clock';
import { expired, type Expired, type Pressure, type RetentionPolicy } from './retention';

/** Snapshots that one record gives up. */
const AT_ONCE = 1000;

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
  async plan(pressure: Pressure): Promise<Expired<SnapshotRecord>[]> {
    const { catalog } = this.#repository;
    const snapshots: SnapshotRecord[] = [];
    for await (const record of catalog.allSnapshots()) snapshots.push(record);
    return expired({
      snapshots,
      policy: this.#policy,
      pinned: new Set((await catalog.pins()).keys()),
      undo: await this.undoSnapshots(),
      now: this.#clock.now(),
      pressure,
    });
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

  /** Gives snapshots up, durably. Nothing may capture meanwhile. */
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
