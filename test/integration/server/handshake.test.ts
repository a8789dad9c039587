import assert from 'node:assert/strict';
import { request } from 'node:http';
import { Bench, handshakeStatus } from './harness';

describe('the handshake', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  it('lets in a program that has the token', async () => {
    const { discovery } = await bench.server();
    const status = await handshakeStatus(
      { socketPath: discovery.socket },
      { Authorization: `Bearer ${discovery.token}` },
    );
    assert.equal(status, 101);
  });

  it('refuses a client without a token', async () => {
    const { discovery } = await bench.server();
    assert.equal(await handshakeStatus({ socketPath: discovery.socket }, {}), 401);
  });

  it('refuses a wrong token, also one that is nearly right', async () => {
    const { discovery } = await bench.server();
    const at = { socketPath: discovery.socket };
    const nearly = discovery.token.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    for (const value of [
      `Bearer ${nearly}`,
      `Bearer ${discovery.token.slice(1)}`,
      `Bearer ${discovery.token}0`,
      `Basic ${discovery.token}`,
      discovery.token,
      'Bearer ',
    ])
      assert.equal(await handshakeStatus(at, { Authorization: value }), 401, value);
  });

  it('refuses any web page, even one that got hold of the token', async () => {
    const { discovery } = await bench.server({ tcp: { port: 0 } });
    const Authorization = `Bearer ${discovery.token}`;
    const port = discovery.tcpPort ?? 0;
    for (const Origin of ['https://example.com', 'null', `http://127.0.0.1:${port}`]) {
      const headers = { Authorization, Origin };
      assert.equal(await handshakeStatus({ socketPath: discovery.socket }, headers), 403);
      assert.equal(await handshakeStatus({ host: '127.0.0.1', port }, headers), 403);
    }
  });

  it('refuses a name that was rebound to this machine', async () => {
    const { discovery } = await bench.server({ tcp: { port: 0 } });
    const at = { host: '127.0.0.1', port: discovery.tcpPort ?? 0 };
    const Authorization = `Bearer ${discovery.token}`;
    for (const Host of ['evil.example', `evil.example:${at.port}`, '127.0.0.1', '127.0.0.1:1'])
      assert.equal(await handshakeStatus(at, { Authorization, Host }), 403, Host);
    for (const Host of [`127.0.0.1:${at.port}`, `localhost:${at.port}`])
      assert.equal(await handshakeStatus(at, { Authorization, Host }), 101, Host);
  });

  it('listens on TCP only when told to', async () => {
    const { discovery } = await bench.server();
    assert.equal(discovery.tcpPort, undefined);
  });

  it('answers a plain HTTP request with nothing but a refusal', async () => {
    const { discovery } = await bench.server();
    const status = await new Promise<number>((resolve, reject) => {
      request(
        {
          socketPath: discovery.socket,
          path: '/',
          headers: { Authorization: `Bearer ${discovery.token}` },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      )
        .on('error', reject)
        .end();
    });
    assert.equal(status, 426);
  });

  it('refuses more connections than it can serve, and serves again when one is closed', async () => {
    const { discovery, server } = await bench.server({ limits: { connections: 2 } });
    const first = await bench.raw(discovery);
    await bench.raw(discovery);
    await assert.rejects(bench.client(discovery), { name: 'RemoteError', reason: 'busy' });
    const freed = new Promise<void>((resolve) => server.onConnections.on(() => resolve()));
    first.socket.close();
    await freed;
    await bench.client(discovery);
  });

  it('says which port is taken', async () => {
    const { discovery } = await bench.server({ tcp: { port: 0 } });
    await assert.rejects(bench.server({ tcp: { port: discovery.tcpPort ?? 0 } }), {
      reason: 'settings-invalid',
      details: { port: discovery.tcpPort },
    });
  });
});
