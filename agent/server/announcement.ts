import { access } from 'node:fs/promises';
import { readDiscovery, type Discovery } from '../protocol/discovery';
import { findLiveAgent } from '../protocol/launch';
import type { Clock, Timer } from '../support/clock';
import type { Log } from '../support/log';
import { removeDiscovery, writeDiscovery } from './discovery-file';

/** How often the discovery file is looked at, ms: it is small, and clients are lost without it. */
const LOOK_MS = 5000;

export interface AnnouncementOptions {
  /** The folder of the discovery file. */
  readonly home: string;
  readonly discovery: Discovery;
  readonly clock: Clock;
  readonly log: Log;
  /** The folder is gone, or another agent has taken it over: this one works for nobody any more. */
  readonly onReplaced: () => void;
}

/**
 * Tells clients where the agent listens, as long as it does. A file that somebody deleted, damaged
 * or opened to others is written again: the store's lock keeps a second agent away, so without it
 * nobody could reach this one, nor end it.
 */
export class Announcement {
  readonly #options: AnnouncementOptions;
  #timer: Timer | null = null;
  #looking: Promise<void> = Promise.resolve();
  #over = false;

  constructor(options: AnnouncementOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { home, discovery } = this.#options;
    await writeDiscovery(home, discovery);
    this.#lookLater();
  }

  /** Removes the file, if it is still this agent's. */
  async end(): Promise<void> {
    this.#over = true;
    this.#timer?.cancel();
    await this.#looking;
    await removeDiscovery(this.#options.home, this.#options.discovery);
  }

  #lookLater(): void {
    if (this.#over) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#looking = this.#look().finally(() => {
        this.#lookLater();
      });
    }, LOOK_MS);
  }

  async #look(): Promise<void> {
    const { home, discovery, log, onReplaced } = this.#options;
    const written = await readDiscovery(home);
    if (written?.socket === discovery.socket && written.token === discovery.token) return;
    const live = await findLiveAgent(home);
    const replaced = live !== null && live.socket !== discovery.socket;
    if (replaced || !(await isThere(home))) {
      onReplaced();
      return;
    }
    try {
      await writeDiscovery(home, discovery);
      log.warn('The discovery file was damaged and is written again');
    } catch (error) {
      log.warn('The discovery file is damaged and cannot be written', { error });
    }
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
