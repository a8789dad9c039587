import type { Clock } from '../support/clock';
import { BulwarkError, messageOf } from '../support/errors';
import type { PreparedAction } from './action';
import { signatureFor, type Choice, type Chooser } from './chooser';
import type { Incident } from './incident';
import { WAIT, type Experience } from './learning/experience';
import { mayAct, type HealingSettings } from './mode';
import type { Verdict } from './recheck';
import type { RecoveryRecord, RecoveryStep, UndoNote } from './recovery';
import type { RecoveryBook } from './recovery-book';

/** What a recovery needs of its surroundings. */
export interface RunnerPorts {
  readonly clock: Clock;
  readonly book: RecoveryBook;
  readonly chooser: Chooser;
  readonly experience: Experience;
  /** Makes what was learned durable. */
  keepExperience(): Promise<void>;
  settings(): HealingSettings;
  /** Looks again with the probe that fired. */
  recheck(incident: Incident, signal: AbortSignal): Promise<Verdict>;
  /** Ms between two looks. */
  cycleMs(incident: Incident): number;
  /** How the subject is now, for people, one line. */
  observe(incident: Incident): string;
  /** Whether everything that an action may touch can be saved before. */
  canSave(incident: Incident): boolean;
  save(incident: Incident, signal: AbortSignal): Promise<void>;
  undo(note: UndoNote, signal: AbortSignal): Promise<void>;
  /** For tests that end the process at a step. */
  readonly onStep?: (step: string) => Promise<void>;
}

/** Steps in one recovery; then a person is asked. */
const MOST_STEPS = 3;
/** Looks in a row that must be good. */
const CYCLES = 2;
/** How long nobody may be able to tell, ms. */
const UNKNOWN_MS = 30_000;

/** Runs one recovery: choose, save, act, verify, learn; or take back and try the next. */
export class RecoveryRunner {
  readonly #ports: RunnerPorts;

  constructor(ports: RunnerPorts) {
    this.#ports = ports;
  }

  /**
   * Goes on until the fault is gone, a person is needed, or `signal` is aborted. Never rejects.
   * @param approved the strategy that a person has said yes to, or null
   */
  async run(record: RecoveryRecord, signal: AbortSignal, approved: string | null): Promise<void> {
    const { book } = this.#ports;
    try {
      await this.#run(record, signal, approved);
    } catch (error) {
      await book.become(record, signal.aborted ? 'cancelled' : 'person', messageOf(error));
    }
  }

  async #run(record: RecoveryRecord, signal: AbortSignal, approved: string | null): Promise<void> {
    const { book, chooser, experience } = this.#ports;
    const { incident } = record;
    record.proposal = null;
    await book.become(record, 'running', null);
    if (record.by === null) {
      if (record.steps.length === 0) experience.sighted(signatureFor(incident));
      if ((await this.#ports.recheck(incident, signal)) === 'good') {
        await book.become(record, 'cleared', 'it was gone before anything was done');
        return;
      }
    }
    while (record.steps.length < MOST_STEPS && !signal.aborted) {
      const tried = new Set(record.steps.map(({ plan }) => plan.strategy));
      const choices = (await chooser.choices(incident, record.only)).filter(
        ({ judged }) => !tried.has(judged.strategy),
      );
      const choice = choices.find((one) => this.#mayUse(one, record, approved));
      if (choice === undefined) {
        const asked = choices.find(({ judged }) => judged.strategy !== WAIT);
        if (asked === undefined) break;
        record.proposal = asked.plan;
        await book.become(record, 'approval', `waits for a yes to: ${explained(asked)}`);
        return;
      }
      if (await this.#step(record, choice, signal)) {
        await book.become(record, 'healed', null);
        return;
      }
    }
    if (signal.aborted) await book.become(record, 'cancelled', reasonOf(signal));
    else await book.become(record, 'person', 'nothing that was tried helped: a person is needed');
  }

  #mayUse({ judged, rows }: Choice, record: RecoveryRecord, approved: string | null): boolean {
    if (judged.strategy === approved) return true;
    // Whoever asks for just this has said yes to it.
    if (record.by !== null && record.only === judged.strategy) return true;
    if (judged.strategy === WAIT) return true;
    const mode = record.by === null ? this.#ports.settings().mode : 'autonomous';
    const saved = this.#ports.canSave(record.incident);
    return (
      judged.trusted &&
      rows.flat().every((one) => mayAct(mode, one.tier, saved || one.savesItself === true))
    );
  }

  /** @returns whether the fault is gone */
  async #step(record: RecoveryRecord, choice: Choice, signal: AbortSignal): Promise<boolean> {
    const { book, clock, experience, onStep } = this.#ports;
    const { incident } = record;
    const step: RecoveryStep = {
      plan: choice.plan,
      state: 'running',
      startedAt: clock.now(),
      endedAt: null,
      before: this.#ports.observe(incident),
      after: null,
      note: null,
      undo: [],
    };
    record.steps.push(step);
    book.say(record, `${choice.judged.strategy}: ${explained(choice)}`);
    await book.changed(record);
    await onStep?.('chosen');
    const failure = await this.#act(record, step, choice, signal);
    await onStep?.('acted');
    let helped = false;
    if (failure === null) {
      step.state = 'verifying';
      await book.changed(record);
      helped = await this.#verify(incident, signal);
    }
    // Of what is no component only the fault itself can be told.
    const isGone = helped && incident.subject.kind !== 'component';
    step.after = isGone ? 'the fault is gone' : this.#ports.observe(incident);
    step.note = failure;
    if (helped) step.state = 'helped';
    else {
      await onStep?.('rolling back');
      const backed = await this.takeBack(record, step);
      step.state = failure !== null ? 'failed' : backed ? 'rolled-back' : 'no-help';
    }
    step.endedAt = clock.now();
    await book.changed(record);
    // What was given up half-way says nothing about the strategy.
    if (!signal.aborted) {
      experience.learn(signatureFor(incident), choice.judged, helped);
      await this.#ports.keepExperience();
    }
    return helped;
  }

  /** @returns why it failed, or null */
  async #act(
    record: RecoveryRecord,
    step: RecoveryStep,
    { judged, rows }: Choice,
    signal: AbortSignal,
  ): Promise<string | null> {
    const { clock, book, onStep } = this.#ports;
    const { incident } = record;
    try {
      if (judged.strategy === WAIT) {
        await clock.sleep(CYCLES * this.#ports.cycleMs(incident), signal);
        return null;
      }
      if (rows.flat().some((one) => one.tier !== 'automatic' && one.savesItself !== true))
        if (this.#ports.canSave(incident)) await this.#ports.save(incident, signal);
      for (const row of rows) {
        const ended = await Promise.allSettled(
          row.map((action) => this.#apply(action, record, step, signal)),
        );
        for (const one of ended) if (one.status === 'rejected') throw one.reason;
        await onStep?.('row');
      }
      return null;
    } catch (error) {
      book.say(record, messageOf(error));
      return messageOf(error);
    }
  }

  /** Acts, within the action's own time limit. What does not listen to its signal is left behind. */
  async #apply(
    action: PreparedAction,
    record: RecoveryRecord,
    step: RecoveryStep,
    signal: AbortSignal,
  ): Promise<void> {
    const { book, clock } = this.#ports;
    const limit = new AbortController();
    const give = (): void => limit.abort();
    const timer = clock.setTimeout(give, action.timeoutMs);
    signal.addEventListener('abort', give, { once: true });
    if (signal.aborted) give();
    try {
      const late = new Promise<never>((_resolve, reject) => {
        limit.signal.addEventListener('abort', () => {
          reject(new BulwarkError('timeout', `${action.action} was given up: ${reasonOf(signal)}`));
        });
      });
      const work = action.apply({
        signal: limit.signal,
        keep: async (note) => {
          step.undo.push(note);
          await book.save();
          await this.#ports.onStep?.('kept');
        },
        say: (text) => {
          book.say(record, text);
        },
      });
      await Promise.race([work, late]);
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', give);
    }
  }

  async #verify(incident: Incident, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#ports;
    const cycle = this.#ports.cycleMs(incident);
    const end = clock.monotonic() + UNKNOWN_MS + CYCLES * cycle;
    let good = 0;
    let bad = 0;
    // A look that takes long on a busy machine is no reason to take back what helped.
    while ((clock.monotonic() < end || good > 0) && !signal.aborted) {
      const verdict = await this.#ports.recheck(incident, signal);
      good = verdict === 'good' ? good + 1 : 0;
      bad = verdict === 'bad' ? bad + 1 : 0;
      if (good >= CYCLES) return true;
      if (bad >= CYCLES) return false;
      await clock.sleep(cycle, signal);
    }
    return false;
  }

  /**
   * Takes back what a step did, last first. What cannot be taken back is told, and the rest is.
   * @returns whether there was anything
   */
  async takeBack(record: RecoveryRecord, step: RecoveryStep): Promise<boolean> {
    const { book } = this.#ports;
    const had = step.undo.length > 0;
    for (const note of step.undo.toReversed()) {
      try {
        // Also when the recovery was given up: half of it must not stay.
        await this.#ports.undo(note, new AbortController().signal);
        step.undo = step.undo.filter((one) => one !== note);
      } catch (error) {
        book.say(record, `cannot be taken back: ${messageOf(error)}`);
      }
    }
    return had;
  }
}

function explained({ rows }: Choice): string {
  const all = rows.flat().map(({ explain }) => explain);
  return all.length === 0 ? 'wait whether it clears by itself' : all.join('; then ');
}

function reasonOf(signal: AbortSignal): string {
  return typeof signal.reason === 'string' ? signal.reason : 'its time is over';
}
