import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { askedIncident } from '../../../agent/healing/incident';
import { freePort, HealingWorld } from '../../support/healing-world';

/** A service that the agent does not run, whose program can be asked to do something about it. */
class Service {
  readonly asked: string[] = [];
  behaves: 'well' | 'slowly' | 'wrongly' | 'not' = 'well';
  /** What it does when it is asked for something. */
  cure: (action: string) => void = () => {
    this.behaves = 'well';
  };
  readonly #server: Server;

  constructor() {
    this.#server = createServer((_request, response) => {
      if (this.behaves === 'not') return;
      if (this.behaves === 'wrongly') response.statusCode = 500;
      setTimeout(() => response.end('ok'), this.behaves === 'slowly' ? 150 : 0);
    });
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(port, '127.0.0.1', resolve);
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('a service that is only watched and breaks', function () {
  this.timeout(60_000);
  let world: HealingWorld;
  let service: Service;
  let gone: AbortController;

  beforeEach(async () => {
    world = new HealingWorld();
    service = new Service();
    gone = new AbortController();
    const port = await freePort();
    await service.listen(port);
    const url = `http://127.0.0.1:${String(port)}/`;
    // The agent's time goes twenty times as fast.
    await world.start({
      db: { kind: 'http', url, intervalMs: 5_000, timeoutMs: 10_000 },
      web: { kind: 'http', url, intervalMs: 5_000, timeoutMs: 10_000, dependsOn: ['db'] },
    });
    for (const id of ['db', 'web'])
      world.programs.attach(id, {
        name: 'the pool',
        gone: gone.signal,
        actions: ['reset_connections'],
        recover: async ({ action }) => {
          service.asked.push(`${id} ${action}`);
          if (id === 'db') service.cure(action);
        },
      });
    await world.until('they are up', () => isUp('db') && isUp('web'));
  });

  afterEach(async () => {
    service.close();
    await world.close();
  });

  function isUp(id: string): boolean {
    return world.view(id).state.kind === 'up';
  }

  for (const behaves of ['wrongly', 'not', 'slowly'] as const)
    it(`is recovered by its program, which is asked once (answers ${behaves})`, async () => {
      service.behaves = behaves;
      const began = world.clock.monotonic();
      await world.until('it is healed', () => world.recoveryOf('db')?.phase === 'healed');
      const healed = world.clock.monotonic() - began;
      await world.until('all are up', () => isUp('db') && isUp('web'));
      await world.until('nothing is under way', () =>
        world.healing.list().every(({ endedAt }) => endedAt !== null),
      );
      assert.ok(service.asked.includes('db reset_connections'));
      assert.equal(new Set(service.asked).size, service.asked.length);
      const detected =
        (world.recoveryOf('db')?.startedAt ?? 0) -
        world.clock.now() +
        world.clock.monotonic() -
        began;
      process.stdout.write(
        `      answers ${behaves}: detected after ${(detected / 1000).toFixed(1)} s, well after ${(healed / 1000).toFixed(1)} s\n`,
      );
    });

  it('is told to a person when what its program does helps nothing', async () => {
    service.cure = () => undefined;
    service.behaves = 'wrongly';
    await world.until('a person is needed', () => world.recoveryOf('db')?.phase === 'person');
    const steps = world.recoveryOf('db')?.steps.map(({ plan, state }) => [plan.strategy, state]);
    assert.ok(
      steps?.some(([strategy, state]) => strategy === 'reset_connections' && state === 'no-help'),
    );
  });

  it('is not asked of a program that has gone', async () => {
    gone.abort();
    service.behaves = 'wrongly';
    await world.until('it is down', () => world.view('db').state.kind === 'down');
    assert.deepEqual(service.asked, []);
    await assert.rejects(world.healing.plan(askedIncident(world.view('db')), null), {
      reason: 'recovery-refused',
    });
  });

  it('has its checks held back when they fail again and again, until one succeeds', async () => {
    gone.abort();
    service.behaves = 'wrongly';
    await world.until('they are held back', () => world.view('db').circuit === 'open');
    service.behaves = 'well';
    const incident = askedIncident(world.view('db'));
    await world.healing.recover(incident, { by: 'somebody', only: 'reset_circuit_breaker' });
    await world.until('it is healed', () => world.recoveryOf('db')?.phase === 'healed');
    assert.equal(world.view('db').circuit, 'closed');
  });
});
