import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HardenedComponent } from '../../../agent/embedding/component';
import type {
  HardenedSystem,
  HardenedSystemOptions,
} from '../../../agent/embedding/hardened-system';
import type { ComponentStatus } from '../../../agent/embedding/views';
import { openEmbedded } from '../../../agent/open-embedded';
import { systemClock, type Clock } from '../../../agent/support/clock';
import { fastClock } from '../../support/fast-clock';

/** So that what is looked at each second, and waited for a minute, takes seconds. */
const TIMES = 10;
const PATIENCE_MS = 60_000;
const POLL_MS = 20;

/** Programs that have Bulwark in their own process, in a folder of their own. */
export class EmbeddedWorld {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-embedded-')));
  readonly home = join(this.folder, 'home');
  readonly #clock: Clock;
  readonly #opened: HardenedSystem[] = [];

  /** @param times how much faster time goes */
  constructor({ times = TIMES }: { times?: number } = {}) {
    this.#clock = fastClock(times);
  }

  async open(
    components: Readonly<Record<string, HardenedComponent>> = {},
    options: Partial<HardenedSystemOptions> = {},
  ): Promise<HardenedSystem> {
    const system = await openEmbedded(components, { home: this.home, ...options }, this.#clock);
    this.#opened.push(system);
    return system;
  }

  async close(): Promise<void> {
    for (const system of this.#opened) await system.shutdown();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** How a component is. */
export function statusOf(system: HardenedSystem, name: string): ComponentStatus {
  const found = system.getStatus().components.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is not watched`);
  return found;
}

/** Waits for something to become so. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = systemClock.monotonic() + PATIENCE_MS;
  while (!isSo()) {
    if (systemClock.monotonic() > end) throw new Error(`waited in vain for ${what}`);
    await systemClock.sleep(POLL_MS);
  }
}
