import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcp, type AddressInfo } from 'node:net';
import { measure, probeFor } from '../../../agent/components/probes/probe';
import type { ProbeOutcome } from '../../../agent/components/probes/outcome';
import { probePid } from '../../../agent/components/probes/pid';
import { probeSpec } from '../../../agent/protocol/component-spec';
import { systemClock } from '../../../agent/support/clock';
import { until } from '../worktrees/until';
import { ComponentWorld, isAlive } from './component-world';

const never = new AbortController().signal;

describe('a probe', () => {
  let world: ComponentWorld;
  let servers: Server[];
  beforeEach(() => {
    world = new ComponentWorld();
    servers = [];
  });
  afterEach(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await world.close();
  });

  const look = async (spec: unknown, timeoutMs = 5_000): Promise<ProbeOutcome> => {
    const probe = probeFor(probeSpec.parse(spec), systemClock);
    const options = { clock: systemClock, timeoutMs, folder: world.folder, signal: never };
    return (await measure(probe, options)).outcome;
  };
  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${String(portOf(server.address()))}/`;
  };

  it('of http looks at the status, and at the text that must be there', async () => {
    const url = await serve(({ url: path }, answer) => {
      answer.statusCode = path === '/bad' ? 503 : 200;
      answer.end('all systems go');
    });
    assert.equal((await look({ kind: 'http', url })).kind, 'up');
    assert.equal((await look({ kind: 'http', url, contains: 'systems' })).kind, 'up');
    assert.equal((await look({ kind: 'http', url, contains: 'panic' })).kind, 'down');
    const bad = await look({ kind: 'http', url: `${url}bad` });
    assert.deepEqual(bad, { kind: 'down', why: 'it answered with 503' });
    assert.equal((await look({ kind: 'http', url: `${url}bad`, status: 503 })).kind, 'up');
  });

  it('of http ends with its time limit when nobody answers, and does not read 5 MB', async () => {
    const silent = await serve(() => undefined);
    const late = await look({ kind: 'http', url: silent }, 150);
    assert.deepEqual(late, { kind: 'down', why: 'no answer within 150 ms' });
    let sent = 0;
    const endless = await serve((_request, answer) => {
      const more = (): void => {
        sent += 65_536;
        if (sent < 64 * 1024 * 1024 && !answer.destroyed) answer.write(Buffer.alloc(65_536), more);
        else answer.end();
      };
      more();
    });
    assert.equal((await look({ kind: 'http', url: endless, contains: 'x' })).kind, 'down');
    assert.ok(sent < 32 * 1024 * 1024, `${String(sent)} bytes`);
  });

  it('that answers after its time limit has failed once, and its answer counts no more', async () => {
    const checks: boolean[] = [];
    world.registry.onChecked.on(({ ok }) => checks.push(ok));
    const url = await serve(() => undefined);
    const spec = { kind: 'http', url, timeoutMs: 100, intervalMs: 3_600_000 };
    await world.registry.replace([world.define('web', spec)]);
    await until(() => checks.length > 0, 'the first check');
    assert.deepEqual(checks, [false]);
    const { figures, state } = world.registry.view('web');
    assert.deepEqual([figures.count, figures.errorRate, state.kind], [1, 1, 'unknown']);

    let settle = (outcome: ProbeOutcome): void => assert.fail(outcome.kind);
    const late = measure(() => new Promise((resolve) => (settle = resolve)), {
      clock: systemClock,
      timeoutMs: 20,
      folder: world.folder,
      signal: never,
    });
    const { outcome } = await late;
    settle({ kind: 'up' });
    assert.deepEqual(outcome, { kind: 'down', why: 'no answer within 20 ms' });
    assert.equal((await late).outcome.kind, 'down');
  });

  it('of a port tells whether somebody listens', async () => {
    const server = createTcp();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = portOf(server.address());
    assert.equal((await look({ kind: 'tcp', port })).kind, 'up');
    server.close();
    await once(server, 'close');
    assert.equal((await look({ kind: 'tcp', port })).kind, 'down');
  });

  it('of a command looks at its exit code, and tells its last words', async () => {
    const fails = world.program('fails.js', 'console.error("disk on fire"); process.exit(2)');
    const outcome = await look({ kind: 'command', command: fails });
    assert.deepEqual(outcome, { kind: 'down', why: 'the command exited with 2: disk on fire' });
    assert.equal((await look({ kind: 'command', command: fails, okCodes: [2] })).kind, 'up');
    assert.equal((await look({ kind: 'command', command: ['/no/such'] })).kind, 'unknown');
    const noisy = world.program('noisy.js', 'process.stdout.write("x".repeat(5e6))');
    assert.equal((await look({ kind: 'command', command: noisy })).kind, 'up');
  });

  it('of a command that hangs kills it with its children', async () => {
    const stays = 'setInterval(() => {}, 1000)';
    const hangs = world.program(
      'hangs.js',
      `const child = require('node:child_process').spawn(process.execPath, ['-e', '${stays}']);
       require('node:fs').writeFileSync('pid', String(child.pid)); ${stays}`,
    );
    const outcome = await look({ kind: 'command', command: hangs }, 2_000);
    assert.equal(outcome.kind, 'down');
    assert.ok(existsSync(world.path('pid')));
    const pid = Number(readFileSync(world.path('pid'), 'utf8'));
    await until(() => !isAlive(pid), 'the end of the child');
  });

  it('of a file looks at its age', async () => {
    assert.deepEqual(await look({ kind: 'file', path: 'x' }), {
      kind: 'down',
      why: 'it is not there',
    });
    writeFileSync(world.path('x'), '');
    assert.equal((await look({ kind: 'file', path: 'x', maxAgeMs: 60_000 })).kind, 'up');
    const old = Date.now() / 1000 - 3600;
    utimesSync(world.path('x'), old, old);
    assert.equal((await look({ kind: 'file', path: 'x' })).kind, 'up');
    assert.equal((await look({ kind: 'file', path: 'x', maxAgeMs: 60_000 })).kind, 'down');
  });

  it('of a process id takes a file that holds none for unknown, not for well', async () => {
    const context = { signal: never, folder: world.folder };
    const pidFile = 'server.pid';
    const read = (): Promise<ProbeOutcome> => probePid({ kind: 'pid', pidFile }, context);
    assert.equal((await read()).kind, 'down');
    writeFileSync(world.path(pidFile), `${String(process.pid)}\n`);
    assert.equal((await read()).kind, 'up');
    for (const text of ['', '-1', '0', 'abc']) {
      writeFileSync(world.path(pidFile), text);
      assert.equal((await read()).kind, 'unknown', text);
    }
  });
});

describe('a program that reports itself', () => {
  it('is up while it does, and cannot take the name of a component in the settings', async () => {
    const world = new ComponentWorld();
    try {
      const { registry } = world;
      await registry.replace([world.define('db', { kind: 'tcp', port: 1 })]);
      const origin = { kind: 'program', name: 'indexer' } as const;
      const spec = { kind: 'heartbeat', everyMs: 60_000 } as const;
      const definition = { spec, origin, folder: world.folder };
      await registry.register(definition, 'indexer', world);
      assert.equal(world.stateOf('indexer'), 'unknown');
      registry.heartbeat('indexer');
      assert.equal(world.stateOf('indexer'), 'up');
      await registry.register(definition, 'indexer', world);
      assert.equal(world.stateOf('indexer'), 'up', 'registering again changes nothing');
      await assert.rejects(registry.register(definition, 'db', world), {
        reason: 'component-exists',
      });
      await registry.replace([]);
      assert.deepEqual(
        registry.list().map(({ id }) => id),
        ['indexer'],
      );
      await registry.unregister('indexer');
      assert.throws(() => registry.heartbeat('indexer'), { reason: 'component-unknown' });
    } finally {
      await world.close();
    }
  });
});

function portOf(address: AddressInfo | string | null): number {
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}
