import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { identityOf } from '../../../agent/components/process/identity';
import { ProcessLedger } from '../../../agent/components/process/ledger';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { until } from '../worktrees/until';
import { ComponentWorld, isAlive } from './component-world';

const STAYS = 'setInterval(() => {}, 1000);';

describe('a process that the agent runs', () => {
  let world: ComponentWorld;
  beforeEach(() => {
    world = new ComponentWorld();
  });
  afterEach(() => world.close());

  it('is stopped with all of its children', async () => {
    const command = world.program(
      'parent.js',
      `const { spawn } = require('node:child_process');
       const child = spawn(process.execPath, ['-e', ${JSON.stringify(`process.on('SIGTERM', () => {}); ${STAYS}`)}]);
       require('node:fs').writeFileSync('child.pid', String(child.pid));
       console.log('ready'); ${STAYS}`,
    );
    await world.registry.replace([world.define('web', { kind: 'process', command })]);
    await until(() => existsSync(world.path('child.pid')), 'the child');
    await until(() => readFileSync(world.path('child.pid'), 'utf8') !== '', 'its id');
    const child = Number(readFileSync(world.path('child.pid'), 'utf8'));
    const { pid } = world.registry.view('web');
    assert.ok(pid !== null && isAlive(pid) && isAlive(child));
    const view = await world.registry.stop('web');
    assert.equal(view.state.kind, 'stopped');
    await until(() => !isAlive(child), 'the end of a child that ignores SIGTERM');
    assert.equal(isAlive(pid), false);
  });

  it('is killed when it does not stop within its time', async () => {
    const command = world.program(
      'stubborn.js',
      `process.on('SIGTERM', () => console.log('no')); console.log('ready'); ${STAYS}`,
    );
    await world.registry.replace([
      world.define('web', { kind: 'process', command, stopTimeoutMs: 200 }),
    ]);
    const said = (text: string): boolean =>
      world.registry.logs('web', 0, 100).some((line) => line.text === text);
    await until(() => said('ready'), 'its first words');
    await world.registry.stop('web');
    assert.equal(world.stateOf('web'), 'stopped');
    assert.ok(said('no'), 'it was asked first');
    assert.ok(said('has not stopped in time: killed'));
  });

  it('is started again when it fails, and given up after five times', async () => {
    const command = world.program('fails.js', 'console.error("no database"); process.exit(3);');
    await world.registry.replace([world.define('web', { kind: 'process', command })]);
    await until(() => world.stateOf('web') === 'failed', 'the end of its budget');
    const { state, restarts } = world.registry.view('web');
    assert.equal(restarts, 5);
    assert.ok(
      state.kind === 'failed' && state.why.includes('exited with 3'),
      JSON.stringify(state),
    );
    const lines = world.registry.logs('web', 0, 1000);
    assert.equal(lines.filter(({ text }) => text === 'no database').length, 6);
  });

  it('that ends without failing is left alone', async () => {
    const command = world.program('done.js', 'console.log("done");');
    await world.registry.replace([world.define('job', { kind: 'process', command })]);
    await until(() => world.stateOf('job') === 'stopped', 'its end');
    assert.equal(world.registry.view('job').restarts, 0);
  });

  it('that is not there is a failure that names it', async () => {
    const command = ['/no/such/program'];
    const spec = { kind: 'process', command, restart: 'never' };
    await world.registry.replace([world.define('web', spec)]);
    await until(() => world.stateOf('web') === 'failed', 'the failure');
    const { state } = world.registry.view('web');
    assert.ok(
      state.kind === 'failed' && state.why.includes('/no/such/program'),
      JSON.stringify(state),
    );
  });

  it('counts as started when its start-up probe succeeds, and others wait for that', async () => {
    const db = world.program(
      'db.js',
      `setTimeout(() => require('node:fs').writeFileSync('db.ready', ''), 100); ${STAYS}`,
    );
    const web = world.program(
      'web.js',
      `require('node:fs').writeFileSync('order', String(require('node:fs').existsSync('db.ready'))); ${STAYS}`,
    );
    await world.registry.replace([
      world.define('web', { kind: 'process', command: web, dependsOn: ['db'] }),
      world.define('db', {
        kind: 'process',
        command: db,
        startup: { kind: 'file', path: 'db.ready' },
      }),
    ]);
    assert.equal(world.stateOf('web'), 'waiting');
    assert.equal(world.stateOf('db'), 'starting');
    await until(() => world.stateOf('web') === 'up', 'both');
    await until(() => existsSync(world.path('order')), 'the order');
    await until(() => readFileSync(world.path('order'), 'utf8') !== '', 'its content');
    assert.equal(readFileSync(world.path('order'), 'utf8'), 'true');
  });

  it('that does not come up within its time is stopped and tried again', async () => {
    const command = world.program('idle.js', STAYS);
    await world.registry.replace([
      world.define('web', {
        kind: 'process',
        command,
        restart: 'never',
        startup: { kind: 'file', path: 'never' },
        startupTimeoutMs: 1_000,
      }),
    ]);
    await until(() => world.stateOf('web') === 'failed', 'the end of its time');
  });

  it('gets its environment and its folder, and nothing of the agent', async () => {
    process.env['BULWARK_SECRET'] = 'x';
    try {
      const command = world.program(
        'env.js',
        'console.log(process.env.PORT, process.cwd(), process.env.BULWARK_SECRET);',
      );
      await world.registry.replace([
        world.define('job', { kind: 'process', command, env: { PORT: '3000' } }),
      ]);
      const expected = `3000 ${world.folder} undefined`;
      await until(
        () => world.registry.logs('job', 0, 10).some(({ text }) => text === expected),
        expected,
      );
    } finally {
      delete process.env['BULWARK_SECRET'];
    }
  });

  it('keeps its last lines, without end or with too long ones', async () => {
    const command = world.program(
      'chatty.js',
      `for (let i = 0; i < 5000; i++) console.log('line ' + i);
       process.stdout.write('x'.repeat(10000) + '\\n'); process.stdout.write('é no line end');`,
    );
    await world.registry.replace([world.define('job', { kind: 'process', command })]);
    await until(
      () => world.registry.logs('job', 0, 5).some(({ text }) => text === 'é no line end'),
      'the last words',
    );
    const lines = world.registry.logs('job', 0, 10_000);
    assert.equal(lines.length, 1_000);
    assert.ok(lines.every(({ text }) => text.length <= 4_096));
    const after = lines.at(-3)?.number ?? 0;
    assert.equal(world.registry.logs('job', after, 100).length, 2);
  });

  it('that a dead agent left behind is stopped, a stranger with its id is not (not on Windows)', async function () {
    if (process.platform === 'win32') this.skip();
    const ours = spawn(process.execPath, ['-e', STAYS], { detached: true, stdio: 'ignore' });
    const stranger = spawn(process.execPath, ['-e', STAYS], { detached: true, stdio: 'ignore' });
    const [a = 0, b = 0] = [ours.pid, stranger.pid];
    try {
      const identity = await identityOf(a);
      assert.ok(identity !== null);
      writeFileSync(
        world.ledgerPath,
        JSON.stringify({
          processes: [
            { component: 'web', pid: a, identity },
            { component: 'api', pid: b, identity: `${identity}0` },
          ],
        }),
      );
      const gone = new Promise((resolve) => ours.once('exit', resolve));
      await new ProcessLedger(world.ledgerPath, silentLog).clearLeftovers(systemClock);
      await gone;
      assert.equal(isAlive(b), true);
      assert.deepEqual(JSON.parse(readFileSync(world.ledgerPath, 'utf8')), { processes: [] });
    } finally {
      stranger.kill('SIGKILL');
      ours.kill('SIGKILL');
    }
  });

  it('goes on untouched when the settings are read again, and ends when they name it no more', async () => {
    const command = world.program('web.js', STAYS);
    const web = world.define('web', { kind: 'process', command });
    await world.registry.replace([web]);
    const { pid } = world.registry.view('web');
    await world.registry.replace([world.define('web', { kind: 'process', command })]);
    assert.equal(world.registry.view('web').pid, pid);
    await world.registry.replace([]);
    assert.ok(pid !== null && !isAlive(pid));
    assert.deepEqual(world.registry.list(), []);
    rmSync(world.ledgerPath, { force: true });
  });
});
