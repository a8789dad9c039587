import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AgentClient } from '../../../agent/protocol/client';
import { readDiscovery } from '../../../agent/protocol/discovery';
import { freePort } from '../../support/healing-world';

const AGENT = resolve(__dirname, '../../../agent/main.js');

describe('a developer has things recovered', function () {
  this.timeout(90_000);
  let folder: string;
  let repo: string;

  const bulwark = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((settle) => {
      const env = { ...process.env, BULWARK_HOME: join(folder, 'home') };
      const child = execFile(
        process.execPath,
        [AGENT, ...args],
        { cwd: folder, env },
        (_e, out, err) => {
          settle({ code: child.exitCode ?? -1, out, err });
        },
      );
    });

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-recoveries-')));
    repo = join(folder, 'app');
    execFileSync('git', ['init', '-q', '-b', 'main', 'app'], { cwd: folder });
    await writeFile(join(repo, 'file'), 'work\n');
    await bulwark('start', repo);
    await bulwark('snapshot', repo);
  });

  after(async () => {
    await bulwark('stop');
    await rm(folder, { recursive: true, force: true });
  });

  async function connect(): Promise<AgentClient> {
    const discovery = await readDiscovery(join(folder, 'home'));
    assert.ok(discovery !== null);
    return AgentClient.connect(discovery, { name: 'a pool', version: '1', interactive: false });
  }

  it('a program is asked to recover the component that it registered', async () => {
    let isWell = true;
    const asked: string[] = [];
    const port = await freePort();
    const server = createServer((_request, response) => {
      response.statusCode = isWell ? 200 : 500;
      response.end();
    });
    await new Promise<void>((done) => {
      server.listen(port, '127.0.0.1', done);
    });
    const client = await connect();
    try {
      client.serve({
        'component/recover': async ({ id, action }) => {
          asked.push(`${id} ${action}`);
          isWell = true;
          return {};
        },
      });
      await client.call('component/register', {
        name: 'pool',
        program: 'a pool',
        spec: { kind: 'http', url: `http://127.0.0.1:${String(port)}/`, intervalMs: 5_000 },
        recovers: ['reset_connections'],
      });
      const healed = new Promise<void>((done) => {
        client.onEvent(({ event }) => {
          if (event.kind === 'recovery/changed' && event.recovery.state === 'healed') done();
        });
      });
      isWell = false;
      await healed;
      assert.deepEqual(asked, ['pool reset_connections']);
      const { code, out } = await bulwark('recoveries');
      assert.equal(code, 0);
      assert.match(out, /healed +pool +component\.down +reset_connections \(helped\)/);
    } finally {
      client.close();
      server.closeAllConnections();
      server.close();
    }
  });

  it('a worktree that was deleted comes back, work and all, when its owner says so', async () => {
    const plan = await bulwark('recover', repo, '--dry-run');
    assert.match(plan.out, /rollback_changes/);
    await rm(repo, { recursive: true });
    const { out, err } = await bulwark('recover', repo, '--action', 'restore_backup');
    assert.match(out + err, /restore_backup: helped/);
    assert.ok(existsSync(join(repo, 'file')));
    assert.ok(existsSync(join(repo, '.git', 'HEAD')));
  });

  it('everything is backed up and stopped in an emergency, and started again by undoing it', async () => {
    const client = await connect();
    try {
      const command = [process.execPath, '-e', 'setInterval(() => undefined, 1000)'];
      await client.call('component/register', {
        name: 'worker',
        program: 'a test',
        spec: { kind: 'process', command },
      });
      const { code, out } = await bulwark('recover', 'machine', '--action', 'emergency_shutdown');
      assert.equal(code, 0, out);
      const stateOf = async (): Promise<string | undefined> => {
        const { components } = await client.call('component/list', {});
        return components.find(({ id }) => id === 'worker')?.state.kind;
      };
      assert.equal(await stateOf(), 'stopped');
      const id = /^(?:\S*)([0-9a-f]{8}) /.exec(out)?.[1] ?? '';
      assert.equal((await bulwark('recoveries', 'undo', id)).code, 0);
      assert.equal(await stateOf(), 'up');
    } finally {
      client.close();
    }
  });

  it('what was learned is taken to another machine, and nothing is said of what is unknown', async () => {
    const file = join(folder, 'learned.json');
    assert.equal((await bulwark('strategies', '--export', file)).code, 0);
    assert.match((await bulwark('strategies', '--import', file)).out, /of faults added/);
    const { code, err } = await bulwark('recover', 'nothing-like-it');
    assert.equal(code, 1);
    assert.match(err, /there is nothing named nothing-like-it to recover/);
    const unknown = await bulwark('approve', 'ffff');
    assert.match(unknown.err, /no recovery has the id ffff/);
  });
});
