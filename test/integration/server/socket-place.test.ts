import assert from 'node:assert/strict';
import { access, chmod, chown, lstat, mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { discoveryPath, readDiscovery } from '../../../agent/protocol/discovery';
import { Bench } from './harness';

const posix = process.platform !== 'win32';

describe('the place of the socket', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  if (posix)
    it('is a folder that nobody else can enter', async () => {
      const { discovery } = await bench.server();
      assert.equal((await stat(dirname(discovery.socket))).mode & 0o777, 0o700);
      assert.equal((await stat(discovery.socket)).mode & 0o777, 0o600);
    });

  it('is different for each agent, so that nobody can guess it', async () => {
    const first = await bench.server();
    const second = await bench.server({ home: first.home });
    assert.notEqual(first.discovery.socket, second.discovery.socket);
    assert.notEqual(first.discovery.token, second.discovery.token);
    assert.match(first.discovery.token, /^[0-9a-f]{64}$/);
  });

  if (posix) {
    it('is refused when the folder is a link', async () => {
      const home = await bench.folder();
      const elsewhere = await bench.folder();
      await symlink(elsewhere, join(home, 'run'));
      await assert.rejects(bench.server({ home }), {
        reason: 'path-refused',
        details: { path: join(home, 'run') },
      });
    });

    it('is refused when others can enter the folder', async () => {
      const home = await bench.folder();
      await mkdir(join(home, 'run'));
      await chmod(join(home, 'run'), 0o755);
      await assert.rejects(bench.server({ home }), { reason: 'path-refused' });
    });

    it('is refused when a file is in its place', async () => {
      const home = await bench.folder();
      await writeFile(join(home, 'run'), '');
      await assert.rejects(bench.server({ home }), { reason: 'path-refused' });
    });

    if (process.getuid?.() === 0)
      it('is refused when somebody else made the folder', async () => {
        const home = await bench.folder();
        await mkdir(join(home, 'run'), { mode: 0o700 });
        await chown(join(home, 'run'), 12_345, 12_345);
        await assert.rejects(bench.server({ home }), { reason: 'path-refused' });
      });

    it('is a private folder elsewhere when the path would be too long', async () => {
      const home = join(await bench.folder(), 'n'.repeat(120));
      const runtime = await bench.folder();
      const tmpDir = await bench.folder();
      const { discovery } = await bench.server({ home, tmpDir, env: { XDG_RUNTIME_DIR: runtime } });
      assert.equal(dirname(dirname(discovery.socket)), runtime);
      assert.ok(Buffer.byteLength(discovery.socket) <= 103);
      await bench.client(discovery);
      const other = await bench.server({ home, tmpDir, env: {} });
      assert.equal(dirname(dirname(other.discovery.socket)), tmpDir);
      assert.equal((await stat(dirname(other.discovery.socket))).mode & 0o777, 0o700);
      await bench.client(other.discovery);
      assert.deepEqual(await readDiscovery(home), other.discovery);
    });

    it('counts bytes, not characters, of the path', async () => {
      const home = join(await bench.folder(), 'é'.repeat(40));
      const tmpDir = await bench.folder();
      const { discovery } = await bench.server({ home, tmpDir, env: {} });
      assert.equal(dirname(dirname(discovery.socket)), tmpDir);
    });

    it('elsewhere is refused when somebody prepared a link there', async () => {
      const home = join(await bench.folder(), 'n'.repeat(120));
      const tmpDir = await bench.folder();
      const { discovery, server } = await bench.server({ home, tmpDir, env: {} });
      const folder = dirname(discovery.socket);
      await server.close();
      await rm(folder, { recursive: true });
      await symlink(await bench.folder(), folder);
      await assert.rejects(bench.server({ home, tmpDir, env: {} }), { reason: 'path-refused' });
    });

    it('is tidied of the sockets of agents that were killed, and of no others', async () => {
      const home = await bench.folder();
      const run = join(home, 'run');
      await mkdir(run, { mode: 0o700 });
      const stale = join(run, 'agent-00000000.sock');
      await leaveSocket(stale);
      assert.ok((await lstat(stale)).isSocket());
      const live = join(run, 'agent-11111111.sock');
      const listening = createServer().listen(live);
      await once(listening, 'listening');
      const foreign = join(run, 'notes.txt');
      await writeFile(foreign, 'mine');
      await bench.server({ home });
      await assert.rejects(access(stale), { code: 'ENOENT' });
      await access(live);
      await access(foreign);
      listening.close();
    });
  }
});

describe('the discovery file', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  it('is readable for its owner alone, and says what a client needs', async () => {
    const { discovery, home } = await bench.server({ tcp: { port: 0 } });
    if (posix) assert.equal((await stat(discoveryPath(home))).mode & 0o777, 0o600);
    assert.deepEqual(await readDiscovery(home), discovery);
    assert.equal(discovery.pid, process.pid);
    assert.equal(discovery.version, '1.2.3');
    assert.equal(typeof discovery.tcpPort, 'number');
  });

  it('replaces one that a killed agent left', async () => {
    const home = await bench.folder();
    await writeFile(discoveryPath(home), '{"socket": "/gone"', { mode: 0o666 });
    const { discovery } = await bench.server({ home });
    assert.deepEqual(await readDiscovery(home), discovery);
  });

  it('in a place that is no folder is an error that names it', async () => {
    const file = join(await bench.folder(), 'file');
    await writeFile(file, '');
    await assert.rejects(bench.server({ home: file }), (error: { reason?: string }) =>
      ['not-a-directory', 'internal'].includes(error.reason ?? ''),
    );
  });
});

/** Leaves a socket behind as a killed process does. */
async function leaveSocket(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script], { stdio: 'ignore' }), 'exit');
}
