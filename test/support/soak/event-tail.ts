import { AgentClient } from '../../../agent/protocol/client';
import { readDiscovery } from '../../../agent/protocol/discovery';

/** A client that follows events for as long as it lives, also over lost connections. */
export class EventTail {
  readonly #home: string;
  readonly #name: string;
  readonly #seen = new Set<number>();
  #client: AgentClient | null = null;
  #first = 0;
  #last = 0;
  /** What went wrong with it, in words. */
  readonly faults: string[] = [];

  constructor(home: string, name: string) {
    this.#home = home;
    this.#name = name;
  }

  /** Number of the last event of which it has all before. */
  get last(): number {
    return this.#last;
  }

  /** How many events it has had. */
  get count(): number {
    return this.#seen.size;
  }

  /** Connects, and asks for what it missed where it was connected before. */
  async connect(): Promise<void> {
    const discovery = await readDiscovery(this.#home);
    if (discovery === null) throw new Error('no agent runs');
    const identity = { name: this.#name, version: '1', interactive: false };
    const client = await AgentClient.connect(discovery, identity);
    const { sequence: from, epoch } = client;
    client.onEvent(({ sequence }) => this.#take(sequence));
    this.#client = client;
    if (this.#first === 0) {
      this.#first = from + 1;
      this.#last = from;
      return;
    }
    const missed = await client.call('event/since', { sequence: this.#last, epoch });
    if (missed.kind === 'reload') {
      this.faults.push(`${this.#name} was away for more than the agent remembers`);
      return;
    }
    // What came after it connected comes by itself.
    for (const { sequence } of missed.events) if (sequence <= from) this.#take(sequence);
  }

  disconnect(): void {
    this.#client?.close();
    this.#client = null;
  }

  #take(sequence: number): void {
    if (this.#seen.has(sequence))
      this.faults.push(`${this.#name} had event ${String(sequence)} twice`);
    this.#seen.add(sequence);
    while (this.#seen.has(this.#last + 1)) this.#last += 1;
  }
}
