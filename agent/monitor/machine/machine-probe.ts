import type { Clock } from '../../support/clock';
import { CpuUse } from './cpu';
import { diskFigures, type DiskFigures } from './disks';
import { inotifyWatches, openFiles, type Usage } from './limits';
import { memoryFigures, type MemoryFigures } from './memory';
import { onBattery } from './power';

/** The machine as it is now; null where nobody can tell. */
export interface MachineFigures {
  /** From 0 to 1, since the last look. */
  readonly cpu: number | null;
  readonly memory: MemoryFigures | null;
  readonly disks: readonly DiskFigures[];
  readonly watches: Usage | null;
  readonly files: Usage | null;
  readonly onBattery: boolean | null;
}

/** Counting all watches reads every process, ms between two times; so does asking a Mac for its memory or battery. */
const WATCHES_MS = 10 * 60_000;
const MAC_ASKED_MS = 60_000;

/** Measures the machine. */
export class MachineProbe {
  readonly #clock: Clock;
  readonly #cpu = new CpuUse();
  #watches: Usage | null = null;
  #countedAt: number | null = null;
  #battery: { readonly at: number; readonly value: boolean | null } | null = null;
  #memory: { readonly at: number; readonly value: MemoryFigures | null } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param paths whose disks are looked at */
  async measure(paths: readonly string[]): Promise<MachineFigures> {
    const now = this.#clock.monotonic();
    if (this.#countedAt === null || now - this.#countedAt >= WATCHES_MS) {
      this.#countedAt = now;
      // Nothing else waits for it; it is told with the next look.
      void inotifyWatches().then((usage) => {
        this.#watches = usage;
      });
    }
    const askedMs = process.platform === 'darwin' ? MAC_ASKED_MS : 0;
    if (this.#battery === null || now - this.#battery.at >= askedMs)
      this.#battery = { at: now, value: await onBattery().catch(() => null) };
    if (this.#memory === null || now - this.#memory.at >= askedMs)
      this.#memory = { at: now, value: await memoryFigures().catch(() => null) };
    return {
      cpu: this.#cpu.take(),
      memory: this.#memory.value,
      disks: await diskFigures(paths),
      watches: this.#watches,
      files: await openFiles(),
      onBattery: this.#battery.value,
    };
  }
}
