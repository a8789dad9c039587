import * as assert from 'node:assert/strict';
import { RemoteError } from '../../../agent/protocol/errors';
import type { SequencedEvent } from '../../../agent/protocol/events';
import type { AgentAccess, AgentAddress, AgentLink, Call } from '../../../extension/agent-link';
import { Connection } from '../../../extension/connection';
import { Signal } from '../../../extension/signal';
import { ManualClock, settle } from './manual-clock';

const unreachable = (): RemoteError => new RemoteError('gone', { reason: 'agent-unreachable' });

/** An agent as far as a connection can tell. */
class PretendAgent implements AgentLink {
  readonly epoch = 'one';
  readonly sequence = 0;
  readonly asked: string[] = [];
  readonly #events = new Signal<SequencedEvent>();
  readonly #closes = new Signal<string>();

  constructor(
    readonly agent: AgentAddress,
    private readonly onDrain: () => void = () => undefined,
  ) {}

  readonly call: Call = (method) => {
    this.asked.push(method);
    if (method === 'agent/drain') this.onDrain();
    return Promise.reject(unreachable());
  };

  onEvent(listener: (event: SequencedEvent) => void): { dispose(): void } {
    return this.#events.on(listener);
  }

  onClose(listener: (why: string) => void): { dispose(): void } {
    return this.#closes.on(listener);
  }

  close(): void {
    this.#closes.fire('closed');
  }

  /** Goes away without a word. */
  die(): void {
    this.#closes.fire('it died');
  }

  /** Goes away on purpose. */
  leave(reason: string): void {
    this.#events.fire({ sequence: 1, event: { kind: 'agent/draining', reason } });
    this.#closes.fire('leaving');
  }
}

/** A machine on which agents run, or do not. */
class PretendMachine implements AgentAccess {
  running: PretendAgent | null = null;
  launches = 0;
  launch = (): Promise<AgentAddress> => {
    this.launches += 1;
    return Promise.resolve(this.run('1.0.0').agent);
  };
  readonly hint = new Signal<undefined>();

  run(version: string): PretendAgent {
    this.running = new PretendAgent({ pid: 100 + this.launches, version });
    return this.running;
  }

  find(): Promise<AgentAddress | null> {
    return Promise.resolve(this.running?.agent ?? null);
  }

  connect(): Promise<AgentLink> {
    return this.running === null ? Promise.reject(unreachable()) : Promise.resolve(this.running);
  }

  watch(listener: () => void): { dispose(): void } {
    return this.hint.on(listener);
  }
}

describe('the connection to the agent', () => {
  let machine: PretendMachine;
  let clock: ManualClock;
  let connection: Connection;

  const make = (autoStart = true): void => {
    connection = new Connection({
      access: machine,
      version: '1.0.0',
      clock,
      random: () => 0.5,
      autoStart: () => autoStart,
      log: () => undefined,
    });
  };

  beforeEach(() => {
    machine = new PretendMachine();
    clock = new ManualClock();
    make();
  });

  afterEach(() => {
    connection.close();
  });

  it('uses the agent that runs', async () => {
    machine.run('1.0.0');
    connection.open();
    await settle();
    assert.equal(connection.state.kind, 'connected');
    assert.equal(machine.launches, 0);
  });

  it('starts an agent when none runs', async () => {
    connection.open();
    await settle();
    assert.equal(connection.state.kind, 'connected');
    assert.equal(machine.launches, 1);
  });

  it('starts none unasked when the person does not want it, but does when asked', async () => {
    make(false);
    connection.open();
    await settle();
    assert.equal(connection.state.kind, 'stopped');
    await connection.start();
    assert.equal(connection.state.kind, 'connected');
  });

  it('uses a newer agent as it is', async () => {
    machine.run('2.0.0');
    connection.open();
    await settle();
    assert.equal(connection.state.kind, 'connected');
    assert.equal(machine.launches, 0);
  });

  it('asks an older agent to finish before it starts its own', async () => {
    const old: PretendAgent = new PretendAgent({ pid: 7, version: '0.9.0' }, () => {
      machine.running = null;
      old.leave('upgrade to 1.0.0');
    });
    machine.running = old;
    connection.open();
    await settle();
    await clock.advance(1000);
    assert.deepEqual(old.asked, ['agent/drain']);
    assert.equal(machine.launches, 1);
    assert.equal(connection.state.kind, 'connected');
  });

  it('comes back after an agent died', async () => {
    connection.open();
    await settle();
    machine.running?.die();
    machine.running = null;
    assert.equal(connection.state.kind, 'waiting');
    await clock.advance(1000);
    assert.equal(connection.state.kind, 'connected');
    assert.equal(machine.launches, 2);
  });

  it('gives up after five crashes in three minutes, and tries again when asked', async () => {
    let attempts = 0;
    const works = machine.launch;
    machine.launch = () => {
      attempts += 1;
      return Promise.reject(unreachable());
    };
    connection.open();
    await settle();
    await clock.advance(170_000);
    assert.equal(connection.state.kind, 'failed');
    assert.equal(attempts, 5);
    machine.launch = works;
    await connection.start();
    assert.equal(connection.state.kind, 'connected');
  });

  it('gives up at once where trying again cannot help', async () => {
    machine.launch = () => Promise.reject(new RemoteError('wrong key', { reason: 'wrong-key' }));
    connection.open();
    await settle();
    assert.deepEqual(connection.state, { kind: 'failed', why: 'wrong key' });
  });

  it('does not bring back an agent that somebody stopped', async () => {
    connection.open();
    await settle();
    const first = machine.running;
    machine.running = null;
    first?.leave('bulwark stop');
    await clock.advance(60_000);
    assert.equal(connection.state.kind, 'stopped');
    assert.equal(machine.launches, 1);
  });

  it('notices an agent that somebody starts later', async () => {
    make(false);
    connection.open();
    await settle();
    machine.run('1.0.0');
    machine.hint.fire(undefined);
    await settle();
    assert.equal(connection.state.kind, 'connected');
  });

  it('moves over when another window upgrades the agent', async () => {
    connection.open();
    await settle();
    const first = machine.running;
    machine.running = null;
    first?.leave('upgrade to 2.0.0');
    await settle();
    machine.run('2.0.0');
    await clock.advance(1000);
    assert.equal(connection.state.kind, 'connected');
    assert.equal(machine.launches, 1);
  });

  it('refuses calls with a reason while there is no agent', async () => {
    await assert.rejects(connection.call('worktree/list', {}), { reason: 'agent-unreachable' });
  });

  it('lets those wait who need the agent, and tells them when it does not come', async () => {
    const early = connection.settled();
    connection.open();
    await early;
    machine.running?.leave('bulwark stop');
    await assert.rejects(connection.settled(), { reason: 'agent-unreachable' });
  });
});
