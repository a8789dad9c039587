import { join } from 'node:path';
import { makeFolder, writeFileAtomic } from '../../support/atomic-file';
import type { Clock, Timer } from '../../support/clock';
import { messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import type { EmergencyRecord } from './emergency';
import { reportName, reportText } from './report';

/** A report that could not be written, on a full disk, is tried again after this, ms. */
const RETRY_MS = 30_000;

/** Writes the report of each emergency into a folder beside the store, whenever it has changed. */
export class ReportFolder {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #writing = new Mutex();
  readonly #waiting = new Map<string, EmergencyRecord>();
  #retry: Timer | null = null;

  constructor(path: string, { clock, log }: { clock: Clock; log: Log }) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
  }

  /** Where the report of an emergency is, or will be. */
  pathOf(emergency: EmergencyRecord): string {
    return join(this.#path, reportName(emergency));
  }

  /** Resolves when it is written, or put off. */
  write(emergency: EmergencyRecord): Promise<void> {
    this.#waiting.set(emergency.id, emergency);
    return this.#writing.run(() => this.#flush());
  }

  async close(): Promise<void> {
    this.#retry?.cancel();
    await this.#writing.run(() => this.#flush());
    this.#retry?.cancel();
  }

  async #flush(): Promise<void> {
    for (const [id, emergency] of [...this.#waiting]) {
      this.#waiting.delete(id);
      try {
        await makeFolder(this.#path);
        await writeFileAtomic(this.pathOf(emergency), reportText(emergency));
      } catch (error) {
        this.#waiting.set(id, emergency);
        this.#log.warn('The report of an emergency cannot be written yet', {
          id,
          error: messageOf(error),
        });
        this.#retry?.cancel();
        this.#retry = this.#clock.setTimeout(() => {
          void this.#writing.run(() => this.#flush());
        }, RETRY_MS);
      }
    }
  }
}
