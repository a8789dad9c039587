import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../support/atomic-file';
import type { Clock, Timer } from '../../support/clock';
import { errnoOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { incidentRecord, type IncidentRecord } from './incident';

/** Changes are written together after this, ms. */
const GATHER_MS = 1_000;
const incidentFile = z.object({ incidents: z.array(z.unknown()) });

/** Keeps the incidents in a file, so that a restart of the agent forgets none. */
export class IncidentFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #writing = new Mutex();
  #timer: Timer | null = null;

  constructor(path: string, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
  }

  /** What was kept; nothing where nothing was. What cannot be read is left out. */
  async load(): Promise<IncidentRecord[]> {
    try {
      const { incidents } = incidentFile.parse(JSON.parse(await readFile(this.#path, 'utf8')));
      return incidents.flatMap((one) => {
        const known = incidentRecord.safeParse(one);
        return known.success ? [known.data] : [];
      });
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT')
        this.#log.warn('The kept incidents cannot be read', { path: this.#path, error });
      return [];
    }
  }

  /** Writes soon what `current` gives then. */
  changed(current: () => readonly IncidentRecord[]): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      void this.save(current());
    }, GATHER_MS);
  }

  /** Writes it now; a failure is logged. */
  save(incidents: readonly IncidentRecord[]): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    return this.#writing
      .run(() => writeFileAtomic(this.#path, JSON.stringify({ incidents })))
      .catch((error: unknown) => {
        this.#log.warn('The incidents cannot be kept', { path: this.#path, error });
      });
  }
}
