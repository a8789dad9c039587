import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The agent itself. */
export interface AgentFigures {
  /** 99th percentile of how late timers were since the last look, ms. */
  readonly loopDelayMs: number;
  readonly rssBytes: number;
}

/** Between two samples of the event loop, ms: each wakes the process up. */
const RESOLUTION_MS = 250;

/** Measures the agent's own process. */
export class AgentProbe {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#delay.enable();
  }

  measure(): AgentFigures {
    // A sample is the resolution and the delay.
    const late = this.#delay.percentile(99) / 1e6 - RESOLUTION_MS;
    this.#delay.reset();
    return {
      loopDelayMs: Math.max(0, Math.round(late)) || 0,
      rssBytes: process.memoryUsage.rss(),
    };
  }

  close(): void {
    this.#delay.disable();
  }
}
