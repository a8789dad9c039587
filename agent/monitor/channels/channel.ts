import type { Breaker, CircuitLimits } from '../../components/breakers';
import type { Clock } from '../../support/clock';
import { messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import type { ChannelMessage } from './message';
import { Undelivered, type Sender } from './sender';

/** What is known of one channel. Times in ms since 1970. */
export type ChannelState =
  | { readonly kind: 'ok' }
  | { readonly kind: 'failing'; readonly since: number; readonly why: string };

/** How one try ended. */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly why: string; readonly final: boolean };

export interface ChannelOptions {
  readonly name: string;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly log: Log;
  /** Holds back what fails again and again. */
  breaker(limits: CircuitLimits): Breaker;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  /** What waits is another than before. */
  onChange(): void;
  /** A message that nobody will get by this channel. */
  onUndelivered(message: ChannelMessage, why: string): void;
}

/** Of one try, ms. */
const TRY_MS = 10_000;
/** Before the second try; doubles with each, ms. */
const FIRST_WAIT_MS = 1_000;
/** After so many failures in a row one a minute is tried. */
const CIRCUIT = { failures: 5, openMs: 60_000 };
/** What waits longer is given up: by then a reminder tells the same, ms. */
const GIVE_UP_MS = 4 * 3_600_000;
const MOST_WAITING = 100;

interface Waiting {
  readonly message: ChannelMessage;
  /** Monotonic ms. */
  readonly since: number;
}

/** Delivers messages one after the other, in their order, however often it takes. */
export class Channel {
  readonly name: string;
  readonly target: string;
  readonly #options: ChannelOptions;
  readonly #breaker: Breaker;
  readonly #closing = new AbortController();
  #queue: Waiting[] = [];
  /** Nothing is tried twice any more. */
  #leaving = false;
  #failures = 0;
  #state: ChannelState = { kind: 'ok' };
  #deliveredAt: number | null = null;
  #running: Promise<void> | null = null;
  /** Ends the wait before the next try. */
  #wake = new AbortController();

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.name = options.name;
    this.target = options.sender.target;
    this.#breaker = options.breaker(CIRCUIT);
  }

  get state(): ChannelState {
    return this.#state;
  }

  get deliveredAt(): number | null {
    return this.#deliveredAt;
  }

  /** What is not delivered yet, oldest first. */
  get waiting(): readonly ChannelMessage[] {
    return this.#queue.map(({ message }) => message);
  }

  /** Takes a message; with too many waiting the oldest is given up. */
  add(message: ChannelMessage): void {
    if (this.#queue.length >= MOST_WAITING) {
      const oldest = this.#queue.shift();
      if (oldest !== undefined)
        this.#options.onUndelivered(
          oldest.message,
          `more than ${String(MOST_WAITING)} messages were waiting`,
        );
    }
    this.#queue.push({ message, since: this.#options.clock.monotonic() });
    this.#options.onChange();
    this.#start();
  }

  /** Tells again what is not over, where that is needed. What waits comes first. */
  async renew(messages: readonly ChannelMessage[]): Promise<void> {
    const { sender } = this.#options;
    const isBusy = this.#queue.length > 0 || this.#running !== null || this.#leaving;
    if (sender.renew === undefined || messages.length === 0 || isBusy) return;
    const renew = sender.renew.bind(sender);
    this.#note(await this.#limited((signal) => renew(messages, signal)));
  }

  /** One try at once, whatever waits; success makes what waits be tried, too. */
  async test(message: ChannelMessage): Promise<Outcome> {
    const outcome = await this.#try(message);
    this.#note(outcome);
    if (outcome.kind === 'delivered') {
      this.#breaker.halfOpen();
      this.#wake.abort();
    }
    return outcome;
  }

  /** Lets a try under way end within `ms`, tries what waits once more; the rest stays waiting. */
  async close(ms: number): Promise<void> {
    const { clock } = this.#options;
    this.#leaving = true;
    this.#wake.abort();
    const late = new AbortController();
    await Promise.race([this.#running, clock.sleep(ms, late.signal)]);
    late.abort();
    this.#closing.abort();
    await this.#running;
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #start(): void {
    if (this.#leaving) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // What came between the last look and now.
      if (this.#queue.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    for (;;) {
      const [head] = this.#queue;
      if (head === undefined || this.#isClosed()) return;
      const outcome = await this.#breaker.run(
        () => this.#try(head.message),
        // A message that is refused for good says nothing about the next one.
        ({ kind, ...rest }) => kind === 'delivered' || ('final' in rest && rest.final),
      );
      if (this.#isClosed() && outcome?.kind !== 'delivered') return;
      if (outcome !== null) this.#note(outcome);
      if (outcome?.kind === 'delivered') this.#done(head);
      else if (outcome?.kind === 'failed' && outcome.final) this.#giveUp(head, outcome.why);
      else if (this.#leaving) return;
      else await this.#wait(head);
    }
  }

  /** Until the next try: longer and longer, then once a minute; each with a random part. */
  async #wait(head: Waiting): Promise<void> {
    const { clock, random } = this.#options;
    if (clock.monotonic() - head.since >= GIVE_UP_MS) {
      const why = this.#state.kind === 'failing' ? this.#state.why : 'it was not delivered';
      this.#giveUp(head, `given up after 4 hours: ${why}`);
      return;
    }
    const isOpen = this.#breaker.state === 'open';
    const ms = isOpen
      ? CIRCUIT.openMs
      : FIRST_WAIT_MS * 2 ** Math.min(Math.max(this.#failures - 1, 0), CIRCUIT.failures);
    this.#wake = new AbortController();
    const signal = AbortSignal.any([this.#wake.signal, this.#closing.signal]);
    await clock.sleep(ms * (0.75 + random() / 2), signal);
    // The time of a circuit is this clock's.
    this.#breaker.halfOpen();
  }

  #try(message: ChannelMessage): Promise<Outcome> {
    return this.#limited((signal) => this.#options.sender.send(message, signal));
  }

  async #limited(send: (signal: AbortSignal) => Promise<void>): Promise<Outcome> {
    const { clock } = this.#options;
    const late = new AbortController();
    const limit = clock.setTimeout(() => {
      late.abort();
    }, TRY_MS);
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    const stopped = new Promise<never>((_, reject) => {
      const stop = (): void => {
        const why = late.signal.aborted
          ? `no answer within ${String(TRY_MS / 1000)} s`
          : 'the agent leaves';
        reject(new Undelivered(why));
      };
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      await Promise.race([stopped, send(signal)]);
      return { kind: 'delivered' };
    } catch (error) {
      return {
        kind: 'failed',
        why: messageOf(error),
        final: error instanceof Undelivered && error.final,
      };
    } finally {
      limit.cancel();
    }
  }

  /** An outage is logged once, and its end. */
  #note(outcome: Outcome): void {
    const { clock, log, name } = this.#options;
    if (outcome.kind === 'delivered') {
      this.#failures = 0;
      this.#deliveredAt = clock.now();
      if (this.#state.kind === 'failing')
        log.info('A channel of alerts delivers again', { channel: name });
      this.#state = { kind: 'ok' };
      return;
    }
    this.#failures += 1;
    const { why } = outcome;
    if (this.#state.kind === 'ok')
      log.warn('A channel of alerts fails', { channel: name, target: this.target, why });
    const since = this.#state.kind === 'failing' ? this.#state.since : clock.now();
    this.#state = { kind: 'failing', since, why };
  }

  #done(head: Waiting): void {
    this.#queue = this.#queue.filter((one) => one !== head);
    this.#options.onChange();
  }

  #giveUp(head: Waiting, why: string): void {
    this.#queue = this.#queue.filter((one) => one !== head);
    this.#options.onUndelivered(head.message, why);
  }
}
