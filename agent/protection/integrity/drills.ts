import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../support/atomic-file';
import type { Clock, Timer } from '../../support/clock';
import { errnoOf, messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import type { DrillReport } from './drill';
import { Due, dueState, NEVER } from './due';

/** What is kept of a drill: it is read when nobody may remember what its snapshots were. */
const kept = z.object({
  ok: z.boolean(),
  at: z.number(),
  durationMs: z.number(),
  sources: z
    .array(
      z.object({
        path: z.string(),
        sourceId: z.string(),
        snapshot: z.object({ id: z.string(), createdAt: z.number() }).nullable(),
        ok: z.boolean(),
        files: z.number(),
        bytes: z.number(),
        restoreMs: z.number(),
        compareMs: z.number(),
        git: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('none') }),
          z.object({ kind: z.literal('accepted') }),
          z.object({ kind: z.literal('rejected'), message: z.string() }),
          z.object({ kind: z.literal('unproven'), message: z.string() }),
        ]),
        problems: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
});
export type KeptDrill = z.infer<typeof kept>;

const file = z.object({ version: z.literal(1), due: dueState, last: kept.nullable() });

const MONTH_MS = 30 * 24 * 60 * 60_000;
/** An agent that was just set up has something better to do. */
const FIRST_MS = 6 * 60 * 60_000;
const LOOK_MS = 10 * 60_000;

/** Runs a drill once a month, makes up a missed one once, and remembers the last. */
export class Drills {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #run: (signal: AbortSignal) => Promise<DrillReport>;
  readonly #onDone: (drill: KeptDrill) => void;
  readonly #due: Due;
  readonly #stop = new AbortController();
  readonly #running = new Mutex();
  #last: KeptDrill | null;
  #look: Timer | null = null;

  private constructor(options: DrillsOptions, loaded: z.infer<typeof file>) {
    this.#path = options.path;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#run = options.run;
    this.#onDone = options.onDone;
    this.#last = loaded.last;
    this.#due = new Due({
      clock: options.clock,
      intervalMs: MONTH_MS,
      firstMs: FIRST_MS,
      state: loaded.due,
    });
  }

  static async open(options: DrillsOptions): Promise<Drills> {
    return new Drills(options, await load(options.path, options.log));
  }

  /** The last drill of all sources, null when there was none. */
  get last(): KeptDrill | null {
    return this.#last;
  }

  start(): void {
    const wait = Math.max(1000, Math.min(LOOK_MS, this.#due.leftMs));
    this.#look = this.#clock.setTimeout(() => {
      const work = this.#due.isDue ? this.#scheduled() : this.#save();
      void work
        .catch((error: unknown) => {
          if (this.#stop.signal.aborted) return;
          this.#log.warn('The monthly drill failed', { error });
        })
        .then(() => {
          if (!this.#stop.signal.aborted) this.start();
        });
    }, wait);
  }

  /** Keeps the report of a drill of all sources that somebody asked for. */
  async keep(report: DrillReport): Promise<KeptDrill> {
    const last = kept.parse(report);
    this.#last = last;
    this.#due.done();
    await this.#save();
    this.#onDone(last);
    return last;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#look?.cancel();
    await this.#running.run(() => this.#save());
  }

  #scheduled(): Promise<void> {
    return this.#running.run(async () => {
      const report = await this.#run(this.#stop.signal);
      // Nothing is protected yet: there will be something to try out another time.
      if (report.sources.length > 0) await this.keep(report);
      else this.#due.done();
    });
  }

  async #save(): Promise<void> {
    const state = { version: 1, due: this.#due.state, last: this.#last };
    try {
      await writeFileAtomic(this.#path, `${JSON.stringify(state)}\n`);
    } catch (error) {
      this.#log.warn('The last drill cannot be written down', { error: messageOf(error) });
    }
  }
}

export interface DrillsOptions {
  /** File with the last result and the schedule; losing it costs one drill. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Drills all sources, in the background. */
  readonly run: (signal: AbortSignal) => Promise<DrillReport>;
  readonly onDone: (drill: KeptDrill) => void;
}

async function load(path: string, log: Log): Promise<z.infer<typeof file>> {
  try {
    return file.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT')
      log.warn('The last drill is not known any more', { path, error: messageOf(error) });
    return { version: 1, due: NEVER, last: null };
  }
}
