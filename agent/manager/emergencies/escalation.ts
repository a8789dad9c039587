import { Emitter } from '../../support/emitter';
import { BulwarkError } from '../../support/errors';
import {
  next,
  note,
  TRIGGER_FACTS,
  type Danger,
  type EmergencyRecord,
  type Level,
} from './emergency';

/** Both clocks: what lasts is counted by the monotonic one, ms; what people read is wall time. */
export interface Moment {
  readonly wall: number;
  readonly mono: number;
}

/** How long an emergency lasts at a level before it goes on, and how long its cause must be gone. Ms. */
export interface EscalationLimits {
  readonly escalateMs: number;
  readonly standDownMs: number;
}

/** What became of an emergency. */
export type EmergencyChange =
  /** `resumed`: it was there when the agent was started again. Something is to be done now. */
  | {
      readonly kind: 'opened' | 'raised' | 'resumed';
      readonly emergency: EmergencyRecord;
      readonly danger: Danger;
    }
  | { readonly kind: 'changed' | 'over'; readonly emergency: EmergencyRecord };

const KEPT = 100;

/**
 * Decides when an emergency begins, when it becomes worse and when it is over. Holds no timers and
 * no clock: the time is passed in.
 */
export class Escalation {
  readonly onChange = new Emitter<EmergencyChange>();
  readonly #newId: () => string;
  readonly #limits: EscalationLimits;
  /** By id of an active emergency, monotonic ms. */
  readonly #levelSince = new Map<string, number>();
  readonly #goneSince = new Map<string, number>();
  /** Active ones of an earlier life of the agent that were not seen again yet. */
  readonly #unseen: Set<string>;
  /** By key: how bad it was when a person said that it is over. */
  readonly #dismissed = new Map<string, Level>();
  #emergencies: EmergencyRecord[];

  /** @param known of earlier days, oldest first */
  constructor(
    newId: () => string,
    limits: EscalationLimits,
    known: readonly EmergencyRecord[] = [],
  ) {
    this.#newId = newId;
    this.#limits = limits;
    this.#emergencies = [...known];
    this.#unseen = new Set(this.active.map(({ id }) => id));
    for (const [key, { dismissed, level }] of new Map(known.map((one) => [one.key, one])))
      if (dismissed) this.#dismissed.set(key, level);
  }

  /** Oldest first. */
  get records(): readonly EmergencyRecord[] {
    return this.#emergencies;
  }

  get active(): EmergencyRecord[] {
    return this.#emergencies.filter(({ state }) => state === 'active');
  }

  /** @param id or the beginning of one @throws BulwarkError `emergency-unknown` */
  get(id: string): EmergencyRecord {
    const found = this.#emergencies.filter((one) => one.id.startsWith(id));
    const [emergency] = found;
    if (emergency !== undefined && found.length === 1) return emergency;
    throw new BulwarkError(
      'emergency-unknown',
      found.length === 0
        ? `no emergency has the id ${id}`
        : `${String(found.length)} emergencies have ids that begin with ${id}`,
      { hint: 'List them with: bulwark emergencies' },
    );
  }

  /** Takes in all dangers that there are now. */
  observe(dangers: readonly Danger[], now: Moment): void {
    const present = new Map(dangers.map((danger) => [danger.key, danger]));
    for (const key of this.#dismissed.keys()) if (!present.has(key)) this.#dismissed.delete(key);
    for (const emergency of this.active) {
      const danger = present.get(emergency.key);
      if (danger === undefined) this.#gone(emergency, now);
      else this.#goesOn(emergency, danger, now);
    }
    const known = new Set(this.active.map(({ key }) => key));
    for (const danger of dangers) {
      const dismissed = this.#dismissed.get(danger.key);
      const isDismissed = dismissed !== undefined && danger.level <= dismissed;
      if (!known.has(danger.key) && !isDismissed) this.#open(danger, now);
    }
  }

  /** A person says that it is over. The same danger begins another one when it becomes worse, or comes back. */
  end(id: string, why: string, now: Moment): EmergencyRecord {
    const emergency = this.get(id);
    if (emergency.state === 'over') return emergency;
    emergency.dismissed = true;
    this.#dismissed.set(emergency.key, emergency.level);
    this.#over(emergency, why, now);
    return emergency;
  }

  #open(danger: Danger, now: Moment): void {
    const { key, trigger, level, message, evidence } = danger;
    const emergency: EmergencyRecord = {
      ...{ id: this.#newId(), key, trigger, level, message },
      state: 'active',
      evidence: [...evidence],
      openedAt: now.wall,
      levelSince: now.wall,
      endedAt: null,
      dismissed: false,
      steps: [],
      isolated: [],
      timeline: [],
    };
    note(emergency, now.wall, `level ${String(level)}: ${message}`);
    this.#emergencies.push(emergency);
    this.#levelSince.set(emergency.id, now.mono);
    this.#forget();
    this.onChange.emit({ kind: 'opened', emergency, danger });
  }

  #goesOn(emergency: EmergencyRecord, danger: Danger, now: Moment): void {
    const { id, level, trigger } = emergency;
    const wasGone = this.#goneSince.delete(id);
    const since = this.#levelSince.get(id) ?? now.mono;
    this.#levelSince.set(id, since);
    const hasChanged = emergency.message !== danger.message;
    emergency.message = danger.message;
    emergency.evidence = [...danger.evidence];
    if (wasGone) note(emergency, now.wall, `again: ${danger.message}`);
    if (this.#unseen.delete(id)) {
      note(emergency, now.wall, 'still there after the agent was started again');
      this.onChange.emit({ kind: 'resumed', emergency, danger });
    }
    if (danger.level > level) {
      this.#raise(emergency, danger, danger.level, `it became worse: ${danger.message}`, now);
      return;
    }
    const longer = next(level, TRIGGER_FACTS[trigger].most);
    const { escalateMs } = this.#limits;
    if (longer > level && now.mono - since >= escalateMs)
      this.#raise(emergency, danger, longer, `not over after ${minutes(escalateMs)}`, now);
    else if (wasGone || hasChanged) this.onChange.emit({ kind: 'changed', emergency });
  }

  #raise(emergency: EmergencyRecord, danger: Danger, level: Level, why: string, now: Moment): void {
    emergency.level = level;
    emergency.levelSince = now.wall;
    this.#levelSince.set(emergency.id, now.mono);
    note(emergency, now.wall, `level ${String(level)}: ${why}`);
    this.onChange.emit({ kind: 'raised', emergency, danger });
  }

  #gone(emergency: EmergencyRecord, now: Moment): void {
    const since = this.#goneSince.get(emergency.id);
    const { standDownMs } = this.#limits;
    if (since !== undefined) {
      if (now.mono - since >= standDownMs) this.#over(emergency, 'over: its cause is gone', now);
      return;
    }
    this.#goneSince.set(emergency.id, now.mono);
    note(emergency, now.wall, `its cause is gone; over if that is so for ${minutes(standDownMs)}`);
    this.onChange.emit({ kind: 'changed', emergency });
  }

  #over(emergency: EmergencyRecord, why: string, now: Moment): void {
    emergency.state = 'over';
    emergency.endedAt = now.wall;
    note(emergency, now.wall, why);
    this.#levelSince.delete(emergency.id);
    this.#goneSince.delete(emergency.id);
    this.#unseen.delete(emergency.id);
    this.onChange.emit({ kind: 'over', emergency });
  }

  #forget(): void {
    const over = this.#emergencies.filter(({ state }) => state === 'over');
    const dropped = new Set(over.slice(0, Math.max(0, this.#emergencies.length - KEPT)));
    this.#emergencies = this.#emergencies.filter((one) => !dropped.has(one));
  }
}

function minutes(ms: number): string {
  return ms < 60_000
    ? `${String(Math.round(ms / 1000))} s`
    : `${String(Math.round(ms / 60_000))} min`;
}
