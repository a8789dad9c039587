import { randomBytes } from 'node:crypto';
import type { AgentEvent, SequencedEvent } from '../protocol/events';
import type { ResultOf } from '../protocol/methods';
import { Emitter } from '../support/emitter';

const KEPT_EVENTS = 1000;

/** Numbers the events of this agent and remembers the last ones for clients that were away. */
export class EventLog {
  /** Names this run of the agent: the numbers of another run mean something else. */
  readonly epoch = randomBytes(8).toString('hex');
  /** Each event as it is published. */
  readonly onEvent = new Emitter<SequencedEvent>();
  readonly #kept: SequencedEvent[] = [];
  readonly #capacity: number;
  #sequence = 0;

  /** @param capacity how many events are remembered */
  constructor(capacity: number = KEPT_EVENTS) {
    this.#capacity = capacity;
  }

  /** Number of the last event; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  publish(event: AgentEvent): SequencedEvent {
    this.#sequence += 1;
    const sequenced = { sequence: this.#sequence, event };
    this.#kept.push(sequenced);
    if (this.#kept.length > this.#capacity) this.#kept.shift();
    this.onEvent.emit(sequenced);
    return sequenced;
  }

  /**
   * The events after number `sequence`, or `reload` when some of them are forgotten or the number
   * is not from this agent.
   * @param epoch of the agent that the number is from; this one unless told
   */
  since(sequence: number, epoch: string = this.epoch): ResultOf<'event/since'> {
    const missed = this.#sequence - sequence;
    if (epoch !== this.epoch || missed < 0 || missed > this.#kept.length) return { kind: 'reload' };
    return { kind: 'events', events: this.#kept.slice(this.#kept.length - missed) };
  }
}
