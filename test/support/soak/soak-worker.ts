import { join } from 'node:path';
import type { AgentClient } from '../../../agent/protocol/client';
import type { Seeded } from '../seeded';
import type { SoakWorld } from './soak-world';

/** What a client asked for and was told that it is done. */
export interface Acknowledged {
  /** Snapshots by their label. */
  readonly snapshots: Map<string, string>;
  /** Operations of restores. */
  readonly restores: string[];
  /** By method, how often. */
  readonly calls: Map<string, number>;
}

interface Task {
  readonly weight: number;
  run(worktree: string): Promise<void>;
}

/** A client that works all the time: snapshots, restores elsewhere, backups, verification. */
export class SoakWorker {
  readonly name: string;
  readonly done: Acknowledged = { snapshots: new Map(), restores: [], calls: new Map() };
  readonly failed: string[] = [];
  readonly #soak: SoakWorld;
  readonly #client: AgentClient;
  readonly #chance: Seeded;
  readonly #tasks: readonly Task[];
  #number = 0;

  constructor(soak: SoakWorld, client: AgentClient, name: string, chance: Seeded) {
    this.#soak = soak;
    this.#client = client;
    this.name = name;
    this.#chance = chance;
    this.#tasks = [
      { weight: 6, run: (worktree) => this.#snapshot(worktree) },
      { weight: 3, run: (worktree) => this.#restoreElsewhere(worktree) },
      { weight: 2, run: (worktree) => this.#backUp(worktree) },
      { weight: 1, run: () => this.#verify() },
    ];
  }

  /** Does one thing in a worktree. Never rejects. */
  async step(worktree: string): Promise<void> {
    try {
      await this.#chance.weighted(this.#tasks)?.run(worktree);
    } catch (error) {
      this.failed.push(`${this.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #snapshot(path: string): Promise<void> {
    const label = `${this.name} ${String((this.#number += 1))}`;
    const { id } = await this.#client.call('snapshot/create', { path, label });
    this.done.snapshots.set(label, id);
    this.#count('snapshot/create');
  }

  async #restoreElsewhere(path: string): Promise<void> {
    const to = join(this.#soak.world.root, `${this.name}-${String((this.#number += 1))}`);
    const plan = await this.#client.call('restore/plan', { snapshot: 'latest', path, to });
    const { operation } = await this.#client.call('restore/apply', { plan: plan.id });
    this.done.restores.push(operation);
    this.#count('restore/apply');
  }

  async #backUp(path: string): Promise<void> {
    const kind = this.#chance.pick(['incremental', 'differential'] as const) ?? 'incremental';
    await this.#client.call('backup/run', { kind, path });
    this.#count('backup/run');
  }

  async #verify(): Promise<void> {
    const { ok, errors } = await this.#client.call('store/verify', {});
    if (!ok) throw new Error(`the store is damaged: ${JSON.stringify(errors.slice(0, 3))}`);
  }

  #count(method: string): void {
    this.done.calls.set(method, (this.done.calls.get(method) ?? 0) + 1);
  }
}
