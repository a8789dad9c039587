import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Finding } from '../monitor/finding';
import type { Clock, Timer } from '../support/clock';
import { BulwarkError, messageOf } from '../support/errors';
import type { Log } from '../support/log';
import { Mutex } from '../support/mutex';
import type { Git } from '../worktrees/git';
import { readAttempts, writeAttempt, type AttemptRecord } from './attempt-record';
import { expire } from './quarantine';
import type { Remedy } from './remedy';
import { printOf } from './workbench/durable-files';
import { Workbench } from './workbench/workbench';

export type { AttemptRecord };

/** What keeps an attempt safe, for one kind of subject. */
export interface Care {
  /** Attempts with the same key run one after another. */
  readonly key: string;
  /** Why it cannot begin now, or null. */
  busy(): Promise<string | null>;
  /**
   * Saves what may be needed later.
   * @returns the id of a verified snapshot; null where none was asked for
   * @throws BulwarkError when a snapshot that the tier needs cannot be taken
   */
  save(bench: Workbench, tier: Remedy['tier'], signal: AbortSignal): Promise<string | null>;
  /** Remembers what must be the same afterwards. */
  before(signal: AbortSignal): Promise<void>;
  /** Looks twice. @returns what is wrong, or null */
  verify(bench: Workbench, signal: AbortSignal): Promise<string | null>;
}

/** How an attempt ended. */
export type AttemptOutcome =
  | { readonly kind: 'healed'; readonly attempt: AttemptRecord }
  /** It did not help, or was not as it should be: everything is as it was before. */
  | { readonly kind: 'rolled-back'; readonly attempt: AttemptRecord; readonly why: string }
  /** It did not help, and stays: somebody has gone on from it, and their work must not be taken back. */
  | { readonly kind: 'superseded'; readonly attempt: AttemptRecord; readonly why: string }
  /** Nothing was changed: something else works there just now. */
  | { readonly kind: 'waits'; readonly why: string }
  /** Nothing was changed: a person has to say yes. */
  | { readonly kind: 'needs-approval'; readonly why: string }
  /** Nothing was changed: it could not be saved before. */
  | { readonly kind: 'not-saved'; readonly why: string };

export interface AttemptOrder {
  readonly finding: Finding;
  readonly remedy: Remedy;
  readonly care: Care;
  readonly signal: AbortSignal;
  /** Whether a person has said yes to this remedy. */
  readonly approved: boolean;
}

export interface AttemptsOptions {
  /** The agent's folder; attempts are in `healing/attempts/` there. */
  readonly home: string;
  readonly git: Git;
  readonly clock: Clock;
  readonly log: Log;
  /** For tests that end the process at a step. */
  readonly onStep?: (step: string) => Promise<void>;
}

/** How long something else may be at work before an attempt is given up, and how often it is looked at, ms. */
const BUSY_MS = 10_000;
const LOOK_MS = 100;

/** Runs attempts, each so that it helps or leaves everything as it was. */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #root: string;
  readonly #lanes = new Map<string, Mutex>();
  readonly #writing = new Mutex();

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#root = join(options.home, 'healing', 'attempts');
  }

  /** What a crash left: attempts that were not verified are rolled back. Call it before any other attempt. */
  async recover(): Promise<AttemptRecord[]> {
    const recovered: AttemptRecord[] = [];
    for (const record of await readAttempts(this.#root)) {
      if (record.state !== 'open') continue;
      try {
        const why = 'the agent was ended in the middle of it';
        recovered.push(await this.#rollBack(record, why));
      } catch (error) {
        this.#options.log.error('A repair cannot be rolled back', { attempt: record.id, error });
      }
    }
    await this.#expire();
    return recovered;
  }

  /** All that are kept, oldest first. */
  list(): Promise<AttemptRecord[]> {
    return readAttempts(this.#root);
  }

  /** Tries one remedy for one finding. Never rejects for what happens there. */
  run(order: AttemptOrder): Promise<AttemptOutcome> {
    const { key } = order.care;
    const lane = this.#lanes.get(key) ?? new Mutex();
    this.#lanes.set(key, lane);
    return lane.run(() => this.#run(order));
  }

  /**
   * Takes a verified attempt back.
   * @throws BulwarkError `nothing-to-undo` (unknown, not kept any more, or undone already),
   *   `restore-refused` when somebody has gone on from what it wrote
   */
  async undo(id: string): Promise<AttemptRecord> {
    const found = (await this.list()).filter((one) => one.id.startsWith(id));
    const [record] = found;
    if (record === undefined || found.length > 1 || record.state !== 'verified')
      throw new BulwarkError('nothing-to-undo', `there is no repair ${id} that can be undone`, {
        hint: 'Repairs and their ids are in: bulwark recoveries show',
      });
    const path = await changedSince(record);
    if (path !== null)
      throw new BulwarkError('restore-refused', `${path} has changed since the repair`, {
        hint: 'Undoing it would throw newer work away.',
        details: { path },
      });
    return this.#reverse(record, { state: 'undone', why: null });
  }

  async #run({ finding, remedy, care, signal, approved }: AttemptOrder): Promise<AttemptOutcome> {
    if (remedy.tier === 'approval' && !approved)
      return { kind: 'needs-approval', why: remedy.explain };
    const busy = await this.#whileBusy(care, signal);
    if (busy !== null) return { kind: 'waits', why: busy };
    const { git, onStep, log } = this.#options;
    const record = await this.#begin(finding, remedy);
    const folder = join(this.#root, record.id);
    const stop = this.#limit(signal);
    const bench = await Workbench.open({
      attempt: record.id,
      folder,
      git,
      signal: stop.signal,
      onStep,
    });
    let saved: string | null = null;
    try {
      try {
        saved = await care.save(bench, remedy.tier, stop.signal);
      } catch (error) {
        const why = messageOf(error);
        await this.#end(record, { state: 'rolled-back', why });
        return { kind: 'not-saved', why };
      }
      // Saving may have waited for others on a busy machine.
      stop.within(remedy.timeoutMs);
      const begun = { ...record, snapshot: saved };
      await writeAttempt(folder, begun);
      let done = begun;
      const failure = await this.#apply(bench, { remedy, care, stop: stop.signal });
      // How it was left tells later what others have done since.
      if (failure === null) await writeAttempt(folder, (done = await afterwards(begun, bench)));
      const why = failure ?? (await verified(care, bench, stop.signal));
      if (why === null) {
        const attempt = await this.#end(done, { state: 'verified', why: null });
        await onStep?.('verified');
        log.info('Mended', { fault: finding.fault, part: finding.part, remedy: remedy.id });
        await this.#expire();
        return { kind: 'healed', attempt };
      }
      const attempt = await this.#rollBack(done, why);
      const kind = attempt.state === 'superseded' ? 'superseded' : 'rolled-back';
      log.warn('A repair did not help', { fault: finding.fault, remedy: remedy.id, kind, why });
      return { kind, attempt, why };
    } finally {
      stop.end();
      await bench.close();
    }
  }

  /** @returns why it failed, or null */
  async #apply(
    bench: Workbench,
    { remedy, care, stop }: { remedy: Remedy; care: Care; stop: AbortSignal },
  ): Promise<string | null> {
    try {
      await care.before(stop);
      await remedy.apply(bench, stop);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }

  async #whileBusy(care: Care, signal: AbortSignal): Promise<string | null> {
    const { clock } = this.#options;
    const until = clock.monotonic() + BUSY_MS;
    for (;;) {
      const why = signal.aborted ? 'it was cancelled' : await care.busy();
      if (why === null || signal.aborted || clock.monotonic() >= until) return why;
      await clock.sleep(LOOK_MS, signal);
    }
  }

  #begin(finding: Finding, remedy: Remedy): Promise<AttemptRecord> {
    return this.#writing.run(async () => {
      const newest = (await this.list()).at(-1)?.sequence ?? 0;
      const record: AttemptRecord = {
        id: randomBytes(8).toString('hex'),
        sequence: newest + 1,
        remedy: remedy.id,
        action: remedy.action,
        tier: remedy.tier,
        explain: remedy.explain,
        fault: finding.fault,
        part: finding.part,
        subject: finding.subject.name,
        state: 'open',
        startedAt: this.#options.clock.now(),
        endedAt: null,
        snapshot: null,
        why: null,
        after: {},
      };
      await writeAttempt(join(this.#root, record.id), record);
      return record;
    });
  }

  async #end(
    record: AttemptRecord,
    how: Pick<AttemptRecord, 'state' | 'why'>,
  ): Promise<AttemptRecord> {
    const ended = { ...record, ...how, endedAt: this.#options.clock.now() };
    await writeAttempt(join(this.#root, record.id), ended);
    return ended;
  }

  /** Takes an attempt back, unless somebody has gone on from what it wrote. */
  async #rollBack(record: AttemptRecord, why: string): Promise<AttemptRecord> {
    const path = await changedSince(record);
    if (path !== null) {
      const stays = `${why}; ${path} has changed since, so it stays as it is`;
      return this.#end(record, { state: 'superseded', why: stays });
    }
    return this.#reverse(record, { state: 'rolled-back', why });
  }

  async #reverse(
    record: AttemptRecord,
    how: Pick<AttemptRecord, 'state' | 'why'>,
  ): Promise<AttemptRecord> {
    const { git, onStep } = this.#options;
    const folder = join(this.#root, record.id);
    // Ended in the middle of this, the next start goes on with it: what is half undone is nobody's work.
    await writeAttempt(folder, { ...record, state: 'open', after: {} });
    const bench = await Workbench.open({ attempt: record.id, folder, git, onStep });
    try {
      await bench.undo();
    } finally {
      await bench.close();
    }
    return this.#end(record, how);
  }

  /** Aborts when `signal` does, or when a time is over that is given later. */
  #limit(signal: AbortSignal): { signal: AbortSignal; within(ms: number): void; end(): void } {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    let timer: Timer | null = null;
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    return {
      signal: controller.signal,
      within: (ms) => {
        timer = this.#options.clock.setTimeout(abort, ms);
      },
      end: () => {
        timer?.cancel();
        signal.removeEventListener('abort', abort);
      },
    };
  }

  async #expire(): Promise<void> {
    await this.#writing.run(async () => {
      await expire(this.#root, await this.list(), this.#options.clock.now());
    });
  }
}

/** @returns why it is to be rolled back, or null */
async function verified(care: Care, bench: Workbench, signal: AbortSignal): Promise<string | null> {
  try {
    return await care.verify(bench, signal);
  } catch (error) {
    return messageOf(error);
  }
}

/** A record with how all looks now that it has touched. */
async function afterwards(record: AttemptRecord, { touched }: Workbench): Promise<AttemptRecord> {
  const after: Record<string, string | null> = {};
  for (const path of touched) after[path] = await printOf(path);
  return { ...record, after };
}

/** Something that is not as an attempt left it; null when all is, or it did not come to its end. */
async function changedSince({ after }: AttemptRecord): Promise<string | null> {
  for (const [path, print] of Object.entries(after))
    if ((await printOf(path)) !== print) return path;
  return null;
}
