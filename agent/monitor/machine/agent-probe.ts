import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../../support/clock';

/** The agent itself. */
export interface AgentFigures {
  /** 99th percentile of how late timers were since the last look, ms. */
  readonly loopDelayMs: number;
  readonly rssBytes: number;
  /** Part of one core since the last look; null at the first one. */
  readonly cpu: number | null;
}

/** Between two samples of the event loop, ms: each wakes the process up. */
const RESOLUTION_MS = 250;

/** Measures the agent's own process. */
export class AgentProbe {
  readonly #clock: Clock;
  #cpu: { readonly at: number; readonly used: NodeJS.CpuUsage } | null = null;
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#delay.enable();
  }

  measure(): AgentFigures {
    // A sample is the resolution and the delay.
    const late = this.#delay.percentile(99) / 1e6 - RESOLUTION_MS;
    this.#delay.reset();
    return {
      cpu: this.#takeCpu(),
      loopDelayMs: Math.max(0, Math.round(late)) || 0,
      rssBytes: process.memoryUsage.rss(),
    };
  }

  #takeCpu(): number | null {
    const now = { at: this.#clock.monotonic(), used: process.cpuUsage() };
    const before = this.#cpu;
    this.#cpu = now;
    if (before === null || now.at <= before.at) return null;
    const micros = now.used.user + now.used.system - before.used.user - before.used.system;
    return micros / 1_000 / (now.at - before.at);
  }

  close(): void {
    this.#delay.disable();
  }
}
