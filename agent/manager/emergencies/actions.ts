import { messageOf } from '../../support/errors';
import { ownActor } from '../audit/own-actor';
import { backUpAtRisk } from './emergency-backup';
import {
  note,
  TRIGGER_FACTS,
  type Danger,
  type EmergencyAction,
  type EmergencyRecord,
  type EmergencyStep,
  type Level,
  type Suspect,
} from './emergency';
import type { ActionPorts } from './ports';

/** The longest that each may take; full backups that are read back take longer. Ms. */
const BACKUP_MS = 2 * 60_000;
const FULL_BACKUP_MS = 10 * 60_000;
const ISOLATION_MS = 30_000;
/** People are told after so long at the latest, also while something is still being saved. */
const TELL_WITHIN_MS = 15_000;

type Outcome = Pick<EmergencyStep, 'outcome' | 'text'>;

export interface EmergencyActionsOptions extends ActionPorts {
  /** A step has begun or ended, or something was isolated. */
  readonly onStep: (emergency: EmergencyRecord) => void;
  /** Ends the agent, once everything is saved. */
  readonly shutdown: (why: string) => void;
}

/**
 * Does what is to be done at a level: first everything at risk is saved, then what makes it worse is
 * isolated, people are told, and at the last level the agent ends, each if the settings allow it.
 */
export class EmergencyActions {
  readonly #options: EmergencyActionsOptions;
  readonly #closing = new AbortController();

  constructor(options: EmergencyActionsOptions) {
    this.#options = options;
  }

  /** Steps that run are given up. */
  close(): void {
    this.#closing.abort();
  }

  /**
   * Everything that a level asks for.
   * @param level it may be at a higher one by now
   * @param again after a restart of the agent: it does not end a second time
   */
  async act(
    emergency: EmergencyRecord,
    danger: Danger,
    { level, again }: { readonly level: Level; readonly again: boolean },
  ): Promise<void> {
    const { clock } = this.#options;
    const saving = this.#saveAndIsolate(emergency, danger, level);
    const told = new AbortController();
    await Promise.race([saving, clock.sleep(TELL_WITHIN_MS, told.signal)]);
    told.abort();
    await this.#tell(emergency, level);
    await saving;
    if (level === 3 && !again) await this.#end(emergency);
  }

  /** It is over: what is not followed is followed again, and people are told. */
  async standDown(emergency: EmergencyRecord): Promise<void> {
    const { clock } = this.#options;
    for (const one of emergency.isolated)
      if (one.kind === 'source' && one.until === null) {
        await this.#options.protection.guard(one.id)?.follow();
        one.until = clock.now();
        note(emergency, clock.now(), `${one.name} is watched again`);
      }
    await this.#record(
      emergency,
      'emergency/over',
      'done',
      emergency.timeline.at(-1)?.text ?? null,
    );
    await this.#tell(emergency, emergency.level);
  }

  /** What an agent before has told is still so. */
  keepTelling(emergency: EmergencyRecord): void {
    if (this.#options.allowed.administratorAlert)
      this.#options.channels.tellEmergency(this.#message(emergency), { isNew: false });
  }

  async #saveAndIsolate(emergency: EmergencyRecord, danger: Danger, level: Level): Promise<void> {
    await this.#backUp(emergency, danger, level);
    if (level >= 2) await this.#isolate(emergency, danger, level);
  }

  #backUp(emergency: EmergencyRecord, danger: Danger, level: Level): Promise<void> {
    const limit = emergency.trigger === 'store-damaged' ? FULL_BACKUP_MS : BACKUP_MS;
    const step = { action: 'emergencyBackup', level, limitMs: limit } as const;
    return this.#step(emergency, step, async (details, signal) => {
      const what = 'saving what is at risk in an emergency';
      const operation = { priority: 'loss-guard', worktree: null, what } as const;
      const { saved, of } = await this.#options.operations.run(operation, signal, () =>
        backUpAtRisk(this.#options, emergency, danger, details, signal),
      );
      if (of === 0) return { outcome: 'left', text: 'nothing is there that could be saved' };
      const text = `${String(saved)} of ${String(of)} at risk were saved`;
      return { outcome: saved === of ? 'done' : 'failed', text };
    });
  }

  #isolate(emergency: EmergencyRecord, { suspects }: Danger, level: Level): Promise<void> {
    const step = { action: 'componentIsolation', level, limitMs: ISOLATION_MS } as const;
    return this.#step(emergency, step, async (details) => {
      const known = new Set(
        emergency.isolated.filter(({ until }) => until === null).map(({ id }) => id),
      );
      const left = suspects.filter(({ id }) => !known.has(id));
      if (left.length === 0)
        return { outcome: 'left', text: 'nothing is known that makes it worse' };
      const { mode } = this.#options;
      if (mode !== 'autonomous') {
        details.push(...left.map(({ name, why }) => `${name}: ${why}`));
        return { outcome: 'left', text: `nothing is stopped by itself in the mode ${mode}` };
      }
      let failed = 0;
      for (const suspect of left) {
        try {
          details.push(await this.#cutOff(emergency, suspect));
        } catch (error) {
          failed += 1;
          details.push(`${suspect.name}: ${messageOf(error)}`);
        }
      }
      const text = `${String(left.length - failed)} of ${String(left.length)} were isolated`;
      return { outcome: failed === 0 ? 'done' : 'failed', text };
    });
  }

  /** @returns what was done, for people */
  async #cutOff(emergency: EmergencyRecord, { kind, id, name, why }: Suspect): Promise<string> {
    const { components, protection, clock } = this.#options;
    if (kind === 'component') await components.stop(id);
    else await protection.guard(id)?.cutOff(`It is cut off in emergency ${emergency.id}: ${why}.`);
    emergency.isolated.push({ kind, id, name, since: clock.now(), until: null });
    return kind === 'component'
      ? `${name} was stopped: ${why}. Start it with: bulwark components start ${id}`
      : `${name} is not watched until this is over: ${why}`;
  }

  #tell(emergency: EmergencyRecord, level: Level): Promise<void> {
    const step = { action: 'administratorAlert', level, limitMs: TELL_WITHIN_MS } as const;
    return this.#step(emergency, step, () => {
      const channels = this.#options.channels.tellEmergency(this.#message(emergency), {
        isNew: true,
      });
      const where = channels.length === 0 ? 'no channel is set' : `sent by ${channels.join(', ')}`;
      return Promise.resolve({ outcome: 'done', text: `${where}; shown in VS Code and the log` });
    });
  }

  async #end(emergency: EmergencyRecord): Promise<void> {
    const { allowed, mode, shutdown } = this.#options;
    const step = { action: 'systemShutdown', level: 3, limitMs: ISOLATION_MS } as const;
    await this.#step(emergency, step, () =>
      Promise.resolve(
        mode === 'autonomous'
          ? { outcome: 'done', text: 'Bulwark ends itself, and with it what it runs' }
          : { outcome: 'left', text: `nothing is ended by itself in the mode ${mode}` },
      ),
    );
    // Written down before, since nothing is after it.
    if (allowed.systemShutdown && mode === 'autonomous' && !this.#closing.signal.aborted)
      shutdown(`emergency ${emergency.id}: ${emergency.message}`);
  }

  #message(emergency: EmergencyRecord): Parameters<ActionPorts['channels']['tellEmergency']>[0] {
    const { id, trigger, message, level, openedAt, endedAt, steps } = emergency;
    const { title, hint } = TRIGGER_FACTS[trigger];
    const done = steps.filter(({ action }) => action !== 'administratorAlert');
    return {
      id,
      title: `Emergency: ${title}`,
      hint: `${hint} The report: bulwark emergencies show ${id}`,
      message: `${message} (level ${String(level)})`,
      startsAt: openedAt,
      endsAt: endedAt,
      consequences: done.map(
        ({ action, outcome, text }) =>
          `${ACTION_WORDS[action]}: ${outcome === 'running' ? 'under way' : text}`,
      ),
    };
  }

  /** One step within its time. A step that the settings do not allow is left, and that is written down. */
  async #step(
    emergency: EmergencyRecord,
    { action, level, limitMs }: Pick<EmergencyStep, 'action' | 'level'> & { limitMs: number },
    work: (details: string[], signal: AbortSignal) => Promise<Outcome>,
  ): Promise<void> {
    const { allowed, clock, onStep, log } = this.#options;
    if (this.#closing.signal.aborted) return;
    const started = clock.monotonic();
    const step: EmergencyStep = {
      ...{ action, level, at: clock.now(), endedAt: null },
      ...{ outcome: 'running', text: '', details: [] },
    };
    emergency.steps.push(step);
    onStep(emergency);
    const end = allowed[action]
      ? await this.#within(limitMs, (signal) => work(step.details, signal))
      : ({ outcome: 'left', text: 'the settings do not allow it' } as const);
    // What was given up may still write into the list that it was given.
    Object.assign(step, end, { endedAt: clock.now(), details: [...step.details] });
    note(emergency, clock.now(), `${ACTION_WORDS[action]}: ${step.text}`);
    log.warn('A step in an emergency', { id: emergency.id, action, ...end });
    onStep(emergency);
    await this.#record(
      emergency,
      `emergency/${action}`,
      step.outcome === 'failed' ? 'failed' : 'done',
      [step.text, ...step.details].join('; ').slice(0, OUTCOME_LENGTH),
      Math.round(clock.monotonic() - started),
    );
  }

  async #within(
    limitMs: number,
    work: (signal: AbortSignal) => Promise<Outcome>,
  ): Promise<Outcome> {
    const { clock } = this.#options;
    const late = new AbortController();
    const done = new AbortController();
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    const outcome = await Promise.race([
      work(signal).catch((error: unknown): Outcome => ({
        outcome: 'failed',
        text: messageOf(error),
      })),
      clock
        .sleep(limitMs, AbortSignal.any([done.signal, this.#closing.signal]))
        .then((): Outcome => {
          const why = this.#closing.signal.aborted
            ? 'Bulwark ended'
            : 'it was not finished in time';
          return { outcome: 'failed', text: why };
        }),
    ]);
    done.abort();
    late.abort();
    return outcome;
  }

  async #record(
    { id, trigger, message, level }: EmergencyRecord,
    action: string,
    phase: 'done' | 'failed',
    outcome: string | null,
    durationMs: number | null = null,
  ): Promise<void> {
    await this.#options.audit.record({
      ...{ action, phase, outcome, durationMs },
      by: ownActor(),
      why: message,
      target: null,
      input: { emergency: id, trigger, level },
    });
  }
}

const OUTCOME_LENGTH = 600;

/** How the actions are told to people. */
export const ACTION_WORDS: Readonly<Record<EmergencyAction, string>> = {
  emergencyBackup: 'emergency backup',
  componentIsolation: 'isolation',
  administratorAlert: 'alert',
  systemShutdown: 'shutdown',
};
