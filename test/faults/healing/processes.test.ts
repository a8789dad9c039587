import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, HealingWorld } from '../../support/healing-world';

/** A server whose behaviour files beside it change: `hang`, `wrong`, `slow`, `close`, `leak`. */
const SERVER = `
const { createServer } = require('node:http');
const { existsSync, rmSync } = require('node:fs');
const once = (name) => existsSync(name) && (rmSync(name), true);
const server = createServer((request, response) => {
  if (existsSync('hang')) { rmSync('hang'); for (;;); }
  if (state.wrong) response.statusCode = 500;
  setTimeout(() => response.end('ok'), state.slow ? 150 : 0);
});
const state = { wrong: false, slow: false, kept: [] };
setInterval(() => {
  if (once('wrong')) state.wrong = true;
  if (once('slow')) state.slow = true;
  if (once('die')) process.kill(process.pid, 'SIGKILL');
  if (once('close')) { server.close(); server.closeAllConnections(); }
  if (once('leak')) state.kept.push(Buffer.alloc(300 * 1024 * 1024, 1));
}, 10);
server.listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('a process that the agent runs and that breaks', function () {
  this.timeout(120_000);
  let world: HealingWorld;
  const times: { readonly fault: string; readonly detected: number; readonly healed: number }[] =
    [];

  beforeEach(() => {
    world = new HealingWorld();
  });

  afterEach(async () => {
    await world.close();
  });

  after(() => {
    for (const { fault, detected, healed } of times)
      process.stdout.write(
        `      ${fault}: detected after ${(detected / 1000).toFixed(1)} s, well after ${(healed / 1000).toFixed(1)} s\n`,
      );
    const sorted = times.map(({ healed }) => healed).sort((a, b) => a - b);
    process.stdout.write(
      `      median until well: ${((sorted[Math.floor(sorted.length / 2)] ?? 0) / 1000).toFixed(1)} s\n`,
    );
  });

  async function server(more: object = {}): Promise<Record<string, unknown>> {
    const port = await freePort();
    const probe = { kind: 'http', url: `http://127.0.0.1:${String(port)}/` };
    return {
      kind: 'process',
      command: world.program('server.js', SERVER),
      cwd: world.folder,
      env: { PORT: String(port) },
      startup: probe,
      health: probe,
      intervalMs: 5_000,
      // Of the agent's time, which goes twenty times as fast.
      timeoutMs: 10_000,
      stopTimeoutMs: 10_000,
      ...more,
    };
  }

  /** Breaks it by `file`, and waits until the agent has healed it. */
  async function breakIt(fault: string, file: string): Promise<void> {
    await world.until('it is up', () => world.view('web').state.kind === 'up');
    const before = world.view('web').pid;
    const began = world.clock.monotonic();
    writeFileSync(join(world.folder, file), '');
    await world.until('it is recovered', () => world.recoveryOf('web') !== undefined);
    const detected = world.clock.monotonic() - began;
    await world.until('it is well', () => world.recoveryOf('web')?.phase === 'healed');
    times.push({ fault, detected, healed: world.clock.monotonic() - began });
    const recovery = world.recoveryOf('web');
    assert.deepEqual(
      recovery?.steps.map(({ plan, state }) => [plan.strategy, state]),
      [['restart_component', 'helped']],
    );
    assert.equal(world.view('web').state.kind, 'up');
    assert.notEqual(world.view('web').pid, before);
  }

  it('is started anew when it hangs', async () => {
    await world.start({ web: await server() });
    await breakIt('hangs', 'hang');
  });

  it('is started anew when it answers wrongly', async () => {
    await world.start({ web: await server() });
    await breakIt('answers wrongly', 'wrong');
  });

  it('is started anew when it has lost its port', async () => {
    await world.start({ web: await server() });
    await breakIt('lost its port', 'close');
  });

  it('is started anew when it holds more memory than it may', async () => {
    await world.start({ web: await server({ maxMemoryBytes: 250 * 1024 * 1024 }) });
    await breakIt('leaks memory', 'leak');
  });

  it('is left to its supervisor when it dies, which starts it again', async () => {
    await world.start({ web: await server() });
    await world.until('it is up', () => world.view('web').state.kind === 'up');
    const before = world.view('web').pid;
    const began = world.clock.monotonic();
    writeFileSync(join(world.folder, 'die'), '');
    await world.until('it is up again', () => {
      const { state, pid } = world.view('web');
      return state.kind === 'up' && pid !== before;
    });
    times.push({ fault: 'dies', detected: 0, healed: world.clock.monotonic() - began });
    assert.equal(world.recoveryOf('web'), undefined);
  });

  it('is started again when its leader dies and its children hold the port', async () => {
    const code = `require('node:child_process').spawn(process.execPath, ['server.js'], { stdio: 'ignore' });
setInterval(() => require('node:fs').existsSync('leader-dies') &&
  (require('node:fs').rmSync('leader-dies'), process.kill(process.pid, 'SIGKILL')), 10);`;
    const spec = await server();
    await world.start({ web: { ...spec, command: world.program('leader.js', code) } });
    await world.until('it is up', () => world.view('web').state.kind === 'up');
    const before = world.view('web').pid;
    const began = world.clock.monotonic();
    writeFileSync(join(world.folder, 'leader-dies'), '');
    await world.until('it is up again', () => {
      const { state, pid } = world.view('web');
      return state.kind === 'up' && pid !== before;
    });
    times.push({ fault: 'forks and dies', detected: 0, healed: world.clock.monotonic() - began });
  });

  it('gets its cache moved away when it cannot start with it, and the cache can be brought back', async () => {
    const cache = join(world.folder, 'cache');
    mkdirSync(cache);
    writeFileSync(join(cache, 'broken'), 'precious');
    const code = `if (require('node:fs').existsSync('cache/broken')) { console.error('cache is broken'); process.exit(3); }\n${SERVER}`;
    const spec = await server({ caches: ['cache'] });
    const began = world.clock.monotonic();
    await world.start({ web: { ...spec, command: world.program('cached.js', code) } });
    await world.until('it is healed', () => world.recoveryOf('web')?.phase === 'healed', 600_000);
    times.push({
      fault: 'crashes at start because of its cache',
      detected:
        (world.recoveryOf('web')?.startedAt ?? 0) -
        world.clock.now() +
        world.clock.monotonic() -
        began,
      healed: world.clock.monotonic() - began,
    });
    assert.equal(existsSync(join(cache, 'broken')), false);
    await world.healing.undo(world.recoveryOf('web')?.id ?? '', 'somebody');
    assert.equal(existsSync(join(cache, 'broken')), true);
  });

  it('gets more of what it declares when it fails for want of it', async () => {
    const code = `if (process.env.ROOM !== 'large') { console.error('out of memory'); process.exit(134); }\n${SERVER}`;
    const spec = await server({ resources: { ROOM: ['large', 'larger'] } });
    await world.start({ web: { ...spec, command: world.program('hungry.js', code) } });
    await world.until('it is healed', () => world.recoveryOf('web')?.phase === 'healed', 600_000);
    assert.deepEqual(world.health.components.resources('web'), { step: 1, most: 2 });
    await world.healing.undo(world.recoveryOf('web')?.id ?? '', 'somebody');
    assert.deepEqual(world.health.components.resources('web'), { step: 0, most: 2 });
  });

  it('asks a person, and says what was tried, when nothing helps', async () => {
    const code = `console.error('no database'); setTimeout(() => process.exit(1), 5);`;
    await world.start({
      web: {
        ...(await server({ recover: [{ name: 'seed', command: ['false'], tier: 'automatic' }] })),
        command: world.program('broken.js', code),
      },
    });
    await world.until(
      'a person is asked',
      () => world.recoveryOf('web')?.phase === 'approval',
      600_000,
    );
    const recovery = world.recoveryOf('web');
    assert.equal(recovery?.steps[0]?.plan.strategy, 'own:seed');
    assert.equal(recovery.steps[0].state, 'failed');
    assert.match(recovery.steps[0].note ?? '', /exited with 1/);
    // Its budget of restarts is used up: only a person may go on.
    assert.equal(recovery.proposal?.strategy, 'restart_component');
    await world.healing.cancel(recovery.id, 'somebody');
    assert.equal(world.recoveryOf('web')?.phase, 'cancelled');
  });

  it('is not acted on while a person wants to be asked, and is once the person agrees', async () => {
    await world.start({ web: await server() }, { settings: { mode: 'supervised' } });
    await world.until('it is up', () => world.view('web').state.kind === 'up');
    const before = world.view('web').pid;
    writeFileSync(join(world.folder, 'wrong'), '');
    await world.until('somebody is asked', () => world.recoveryOf('web')?.phase === 'approval');
    assert.equal(world.view('web').pid, before);
    await world.healing.approve(world.recoveryOf('web')?.id ?? '', 'somebody');
    await world.until('it is well', () => world.recoveryOf('web')?.phase === 'healed');
    assert.notEqual(world.view('web').pid, before);
  });

  it('is left alone when only watched and nothing can be done about it', async () => {
    const port = await freePort();
    await world.start({ db: { kind: 'tcp', port, intervalMs: 5_000 } });
    await world.until('it is down', () => world.view('db').state.kind === 'down');
    assert.deepEqual(world.healing.list(), []);
    rmSync(join(world.folder, 'server.js'), { force: true });
  });
});
