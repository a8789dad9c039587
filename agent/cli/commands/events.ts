import type { Command } from 'commander';
import type { AgentClient } from '../../protocol/client';
import type { SequencedEvent } from '../../protocol/events';
import { reasonOf } from '../failure';
import { collect, describeCommand, type Registrar } from '../program';
import type { Run } from '../run';

/** Between two looks for an agent that has left; longer each time. */
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;

/** How far one has got: which run of the agent, and the number of its last event. */
interface Place {
  readonly epoch: string;
  sequence: number;
}

/** `bulwark events [--kind KIND]…` */
export function registerEvents(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'events',
    summary: 'Print what happens, for scripts, until Ctrl-C',
    more: 'One line of JSON for each event, each once and in order, also when the agent leaves and comes back meanwhile. docs/PROTOCOL.md has the kinds of events.',
    examples: [
      ['bulwark events', 'everything'],
      ['bulwark events --kind alert/changed', 'of one kind'],
    ],
  })
    .option('--kind <kind>', 'only events of this kind; may be given several times', collect)
    .action(({ kind }: { kind?: readonly string[] }) =>
      does(() => follow(run, kind === undefined ? null : new Set(kind))),
    );
}

async function follow(run: Run, kinds: ReadonlySet<string> | null): Promise<void> {
  const follower = new Follower(run, kinds);
  let client: AgentClient | null = await run.connect();
  let delay = FIRST_DELAY_MS;
  while (!run.signal.aborted) {
    if (client !== null) {
      await follower.follow(client);
      delay = FIRST_DELAY_MS;
    }
    await run.environment.clock.sleep(delay * (0.5 + Math.random() / 2), run.signal);
    delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    // One that refuses just now may take us the next time.
    client = await run.find().catch(() => null);
  }
}

/** Prints each event once, over as many connections as it takes. */
class Follower {
  readonly #run: Run;
  readonly #kinds: ReadonlySet<string> | null;
  #place: Place | null = null;

  constructor(run: Run, kinds: ReadonlySet<string> | null) {
    this.#run = run;
    this.#kinds = kinds;
  }

  /** Returns when the connection has ended, or the user wants no more. */
  async follow(client: AgentClient): Promise<void> {
    const { signal } = this.#run;
    const ended = new Promise<void>((done) => {
      client.onClose(() => done());
      signal.addEventListener('abort', () => done(), { once: true });
    });
    const here = { epoch: client.epoch, sequence: client.sequence };
    // What comes by itself waits until it is known what was missed before it.
    const early: SequencedEvent[] = [];
    const holding = client.onEvent((one) => early.push(one));
    try {
      await this.#catchUp(client, here);
    } catch (error) {
      if (reasonOf(error) !== 'agent-unreachable') throw error;
      return;
    }
    holding.dispose();
    for (const one of early) this.#take(one);
    client.onEvent((one) => this.#take(one));
    if (client.open) await ended;
  }

  async #catchUp(client: AgentClient, here: Place): Promise<void> {
    const place = this.#place;
    const missed = place === null ? null : await client.call('event/since', place);
    if (missed?.kind === 'events') {
      for (const one of missed.events) this.#take(one);
      return;
    }
    this.#place = here;
    this.#print(missed === null ? { following: true, ...here } : { reload: true, ...here });
  }

  #take(one: SequencedEvent): void {
    if (this.#place === null || one.sequence <= this.#place.sequence) return;
    this.#place.sequence = one.sequence;
    if (this.#kinds === null || this.#kinds.has(one.event.kind)) this.#print(one);
  }

  #print(line: object): void {
    this.#run.environment.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
