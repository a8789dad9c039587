import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { discoveryPath, readDiscovery } from '../../../agent/protocol/discovery';
import { silentLog, type Log } from '../../../agent/support/log';
import { KillableAgent } from '../../support/killable-agent';
import { Bench, handshakeStatus, until } from '../server/harness';

/** More than the agent lets wait in the handshake. */
const MANY = 200;

/** A log that keeps what it is told. */
function listening(): { log: Log; said: string[] } {
  const said: string[] = [];
  const tell = (message: string): void => void said.push(message);
  const log: Log = {
    ...silentLog,
    debug: tell,
    warn: tell,
    error: tell,
    child: () => log,
  };
  return { log, said };
}

describe('A stranger', () => {
  const bench = new Bench();
  const open: Socket[] = [];
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.destroy();
    await bench.close();
  });

  async function halfOpen(port: number, text: string): Promise<Socket> {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    open.push(socket);
    await once(socket, 'connect');
    socket.write(text);
    socket.resume();
    return socket;
  }

  for (const [what, text] of Object.entries({
    'says nothing': '',
    'never ends its header': 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
    'sends something else than HTTP': '\u0016\u0003\u0001\u0002',
  }))
    it(`that ${what} on ${MANY} connections keeps nobody out`, async () => {
      const { log } = listening();
      const { discovery, server } = await bench.server({ tcp: { port: 0 }, log });
      const port = discovery.tcpPort ?? 0;
      for (let i = 0; i < MANY; i++) await halfOpen(port, text);
      const status = await handshakeStatus(
        { host: '127.0.0.1', port },
        { Authorization: `Bearer ${discovery.token}`, Host: `127.0.0.1:${port}` },
      );
      assert.equal(status, 101);
      await bench.client(discovery);
      assert.ok(server.connections >= 1);
      // Most of them are cut by now, without any wait.
      await until(() => open.filter(({ destroyed }) => destroyed).length >= MANY - 40);
    });

  it('that is refused is written down, with the reason', async () => {
    const { log, said } = listening();
    const { discovery } = await bench.server({ tcp: { port: 0 }, log });
    const at = { host: '127.0.0.1', port: discovery.tcpPort ?? 0 };
    const Authorization = `Bearer ${discovery.token}`;
    assert.equal(await handshakeStatus(at, {}), 401);
    assert.equal(await handshakeStatus(at, { Authorization, Origin: 'http://evil.example' }), 403);
    assert.equal(await handshakeStatus(at, { Authorization, Host: 'evil.example' }), 403);
    assert.deepEqual(said, Array(3).fill('A connection was refused.'));
    await bench.client(discovery);
  });

  it('whose header is larger than any of ours is refused', async () => {
    const { discovery } = await bench.server();
    const socketPath = discovery.socket;
    const Authorization = `Bearer ${'a'.repeat(20_000)}`;
    assert.equal(await handshakeStatus({ socketPath }, { Authorization }), 431);
    await bench.client(discovery);
  });
});

describe('A client with the token', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  it('that answers what it was not asked is ignored, however often, and served on', async () => {
    const { log, said } = listening();
    const { discovery } = await bench.server({ log });
    const client = await bench.raw(discovery);
    for (let id = 0; id < 50; id++) {
      client.send({ jsonrpc: '2.0', id, result: { stolen: true } });
      client.send({ jsonrpc: '2.0', id: `s${id}`, error: { code: 1, message: 'no' } });
    }
    client.request(1, 'worktree/list');
    assert.deepEqual((await client.answer(1)).result, { worktrees: [] });
    assert.equal(client.received.length, 1);
    assert.deepEqual(said, Array(100).fill('A message was ignored.'));
  });

  it('that sends many large messages at once does not keep another one waiting for good', async () => {
    const { discovery } = await bench.server();
    const [loud, quiet] = [await bench.raw(discovery), await bench.raw(discovery)];
    const filler = 'x'.repeat(500_000);
    for (let id = 0; id < 100; id++) loud.request(id, 'worktree/list', { filler });
    quiet.request(1, 'worktree/list');
    assert.deepEqual((await quiet.answer(1)).result, { worktrees: [] });
    await until(() => loud.received.length === 100);
  });

  it('that sends values which are keys of every object harms no other request', async () => {
    const { discovery } = await bench.server();
    const client = await bench.raw(discovery);
    client.socket.send(
      '{"jsonrpc":"2.0","id":1,"method":"worktree/list","params":{"__proto__":{"path":"/"},"constructor":{"prototype":{"x":1}}}}',
    );
    assert.deepEqual((await client.answer(1)).result, { worktrees: [] });
    assert.equal(Reflect.get({}, 'x'), undefined);
    client.request(2, 'snapshot/create');
    assert.deepEqual((await client.answer(2)).error?.data?.['details'], { fields: ['path'] });
  });
});

describe('What others could have prepared', function () {
  this.timeout(60_000);
  const bench = new Bench();
  afterEach(() => bench.close());
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  it('a discovery file that is a link is replaced, and what it leads to stays as it is', async () => {
    const home = await bench.folder();
    const victim = join(await bench.folder(), 'precious');
    await writeFile(victim, 'precious');
    await symlink(victim, discoveryPath(home));
    assert.equal(await readDiscovery(home), null);
    const { discovery } = await bench.server({ home });
    assert.equal((await lstat(discoveryPath(home))).isFile(), true);
    assert.equal(await readFile(victim, 'utf8'), 'precious');
    assert.deepEqual(await readDiscovery(home), discovery);
  });

  it('a home into which others can write is not used: what lies there is run', async () => {
    const home = join(await bench.folder(), 'home');
    await mkdir(home);
    for (const mode of [0o777, 0o702]) {
      await chmod(home, mode);
      const agent = new KillableAgent(home);
      await assert.rejects(agent.start(), /others can write into it.*path-refused/s);
    }
    assert.equal((await stat(home)).mode & 0o777, 0o702);
  });

  it('a home of the group that every user has for themselves is taken back from it', async () => {
    const home = join(await bench.folder(), 'home');
    await mkdir(home);
    await chmod(home, 0o775);
    const agent = new KillableAgent(home);
    const client = await agent.start();
    client.close();
    await agent.kill();
    assert.equal((await stat(home)).mode & 0o777, 0o755);
  });
});
