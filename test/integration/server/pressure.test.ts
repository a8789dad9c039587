import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { ManualClock } from '../../unit/server/manual-clock';
import { Bench, gate, REFUSE_ALL, until, WORKTREE } from './harness';

describe('under pressure', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  it('a client that floods is told to wait, and served again afterwards', async () => {
    const clock = new ManualClock();
    const { discovery } = await bench.server({
      clock,
      limits: { messagesPerSecond: 10, messageBurst: 20, requestsInFlight: 1000 },
    });
    const client = await bench.raw(discovery);
    for (let id = 0; id < 100; id++) client.request(id, 'worktree/list');
    await until(() => client.received.length === 100);
    const busy = client.received.filter(({ error }) => error?.data?.reason === 'busy');
    assert.equal(busy.length, 80);
    clock.advance(1000);
    client.request(100, 'worktree/list');
    assert.deepEqual((await client.answer(100)).result, { worktrees: [] });
  });

  it('a client gets a limited number of requests answered at a time', async () => {
    const release = gate();
    const { discovery } = await bench.server({
      limits: { requestsInFlight: 3 },
      handlers: {
        ...REFUSE_ALL,
        'worktree/list': async () => {
          await release.opened;
          return { worktrees: [] };
        },
      },
    });
    const client = await bench.raw(discovery);
    for (let id = 0; id < 4; id++) client.request(id, 'worktree/list');
    assert.equal((await client.answer(3)).error?.data?.reason, 'busy');
    client.request(0, 'worktree/list');
    assert.equal((await client.answer(0)).error?.code, -32600);
    client.received.length = 0;
    release.open();
    await until(() => client.received.length === 3);
    client.request(4, 'worktree/list');
    assert.deepEqual((await client.answer(4)).result, { worktrees: [] });
  });

  it('a client that does not read is dropped, and the others get every event', async () => {
    const { discovery, server } = await bench.server({ limits: { bufferedBytes: 1_000_000 } });
    const [slow, good] = [await bench.client(discovery), await bench.client(discovery)];
    const raw = await bench.raw(discovery);
    raw.request(1, 'client/identify', { name: 'slow', version: '1', interactive: false });
    await raw.answer(1);
    slow.close();
    await until(() => server.connections === 2);
    raw.socket.pause();
    const got: number[] = [];
    good.onEvent(({ sequence }) => got.push(sequence));
    const worktree = { ...WORKTREE, name: 'x'.repeat(500_000) };
    let published = 0;
    while (server.connections === 2) {
      server.publish({ kind: 'worktree/changed', worktree });
      published += 1;
      await until(() => got.length === published);
    }
    raw.socket.resume();
    assert.equal((await raw.closed).code, 1006);
    assert.deepEqual(
      got,
      Array.from({ length: published }, (_value, index) => index + 1),
    );
  });

  it('one large answer drops nobody', async () => {
    const worktrees = Array.from({ length: 5000 }, () => ({ ...WORKTREE, name: 'x'.repeat(1000) }));
    const { discovery } = await bench.server({
      limits: { bufferedBytes: 100_000 },
      handlers: { ...REFUSE_ALL, 'worktree/list': () => Promise.resolve({ worktrees }) },
    });
    const client = await bench.client(discovery);
    assert.equal((await client.call('worktree/list', {})).worktrees.length, 5000);
  });

  it('a client that answers no ping is dropped, one that answers stays', async () => {
    const clock = new ManualClock();
    const { discovery, server } = await bench.server({ clock, limits: { pingIntervalMs: 30_000 } });
    const dead = await bench.raw(discovery);
    await bench.client(discovery);
    dead.socket.pause();
    let pongs = 0;
    const watched = await bench.raw(discovery);
    watched.socket.on('ping', () => (pongs += 1));
    for (let tick = 1; tick <= 4; tick++) {
      clock.advance(30_000);
      await until(() => pongs === tick);
      // An answered request shows that the pong before it has arrived.
      watched.request(tick, 'worktree/list');
      await watched.answer(tick);
    }
    await until(() => server.connections === 2);
  });

  it('connections that never finish the handshake take nobody his place', async () => {
    const { discovery, server } = await bench.server({ limits: { connections: 2 } });
    const idle = Array.from({ length: 10 }, () => createConnection({ path: discovery.socket }));
    for (const socket of idle) socket.on('error', () => undefined);
    await bench.client(discovery);
    await bench.client(discovery);
    assert.equal(server.connections, 2);
    for (const socket of idle) socket.destroy();
  });
});
