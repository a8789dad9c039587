import type { HealthMonitor } from '../../monitor/health-monitor';
import type { DataProtectionLayer } from '../../protection/data-protection-layer';
import type { Clock } from '../../support/clock';
import type { Disposable } from '../../support/emitter';
import type { Brake } from './operation-schedule';

/** From these shares on, the machine has enough to do; 0 to 1. */
const BUSY_CPU = 0.8;
const BUSY_MEMORY = 0.85;
/** It must have been so for this long, ms: three looks in a row. A moment's work is nothing to wait for. */
const BUSY_MS = 20_000;
/** Whoever saved a file so shortly ago is at work there, ms. */
const AT_WORK_MS = 10_000;

export interface MachineBrakeOptions {
  readonly health: Pick<HealthMonitor, 'machine' | 'onEvent'>;
  readonly protection: Pick<DataProtectionLayer, 'onEvent'>;
  readonly clock: Clock;
}

/** How busy something is, from 0 to 1, and since when, by the monotonic clock. */
interface Busy {
  readonly share: number;
  readonly since: number;
}

/** Speaks against background work while the machine, its battery or somebody at work need the rest. */
export class MachineBrake implements Brake {
  readonly #options: MachineBrakeOptions;
  readonly #changes = new Map<string, number>();
  readonly #subscriptions: readonly Disposable[];
  #cpu: Busy | null = null;
  #memory: Busy | null = null;

  constructor(options: MachineBrakeOptions) {
    this.#options = options;
    const { health, protection, clock } = options;
    this.#subscriptions = [
      health.onEvent.on((event) => {
        if (event.kind === 'sampled') this.#look();
      }),
      protection.onEvent.on((event) => {
        // What a restore writes is nobody's typing.
        if (event.kind === 'journal-written' && event.record.why !== 'restore')
          this.#changes.set(event.record.source.path, clock.monotonic());
      }),
    ];
  }

  why(worktree: string | null): string | null {
    const { health } = this.#options;
    if (health.machine?.onBattery === true) return 'the machine runs on battery';
    if (this.#isLong(this.#cpu)) return `the processors are busy (${percent(this.#cpu)})`;
    if (this.#isLong(this.#memory)) return `memory is short (${percent(this.#memory)} in use)`;
    return worktree !== null && this.#isAtWork(worktree) ? 'somebody is at work there' : null;
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #look(): void {
    const { cpu = null, memory = null } = this.#options.health.machine ?? {};
    const used = memory === null ? null : 1 - memory.availableBytes / memory.totalBytes;
    this.#cpu = this.#busy(this.#cpu, cpu, BUSY_CPU);
    this.#memory = this.#busy(this.#memory, used, BUSY_MEMORY);
  }

  #busy(before: Busy | null, share: number | null, limit: number): Busy | null {
    if (share === null || share < limit) return null;
    return { share, since: before?.since ?? this.#options.clock.monotonic() };
  }

  #isLong(busy: Busy | null): boolean {
    return busy !== null && this.#options.clock.monotonic() - busy.since >= BUSY_MS;
  }

  #isAtWork(worktree: string): boolean {
    const at = this.#changes.get(worktree);
    if (at === undefined) return false;
    if (this.#options.clock.monotonic() - at < AT_WORK_MS) return true;
    this.#changes.delete(worktree);
    return false;
  }
}

function percent(busy: Busy | null): string {
  return `${String(Math.round((busy?.share ?? 0) * 100))} %`;
}
