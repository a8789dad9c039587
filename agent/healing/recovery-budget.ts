import type { Clock } from '../support/clock';
import type { IncidentSubject } from './incident';
import { subjectKey } from './incident';

/** Recoveries that one thing, and all of one group, may have in a time. As for restarts. */
const OF_SUBJECT = { most: 5, withinMs: 5 * 60_000 };
const OF_GROUP = { most: 10, withinMs: 10 * 60_000 };

/** Counts recoveries, so that what heals nothing does not go on for ever. */
export class RecoveryBudget {
  readonly #clock: Clock;
  readonly #at = new Map<string, number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns why there is none left, or null when one was taken */
  take(subject: IncidentSubject): string | null {
    const now = this.#clock.monotonic();
    const own = this.#recent(subjectKey(subject), now, OF_SUBJECT.withinMs);
    const group = this.#recent(`group ${subject.group}`, now, OF_GROUP.withinMs);
    if (own.length >= OF_SUBJECT.most)
      return `it was recovered ${String(OF_SUBJECT.most)} times in 5 minutes`;
    if (group.length >= OF_GROUP.most)
      return `${subject.group} had ${String(OF_GROUP.most)} recoveries in 10 minutes`;
    own.push(now);
    group.push(now);
    return null;
  }

  #recent(key: string, now: number, withinMs: number): number[] {
    const recent = (this.#at.get(key) ?? []).filter((one) => now - one < withinMs);
    this.#at.set(key, recent);
    return recent;
  }
}
