import assert from 'node:assert/strict';
import type { AgentEvent, SequencedEvent } from '../../../agent/protocol/events';
import { Bench, until, WORKTREE } from './harness';

const CHANGED: AgentEvent = { kind: 'worktree/changed', worktree: WORKTREE };

describe('events', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  it('reach every client that said who it is, in order', async () => {
    const { discovery, server } = await bench.server();
    const clients = [await bench.client(discovery), await bench.client(discovery)];
    const stranger = await bench.raw(discovery);
    const seen = clients.map((client) => {
      const events: SequencedEvent[] = [];
      client.onEvent((event) => events.push(event));
      return events;
    });
    server.publish(CHANGED);
    server.publish({ kind: 'worktree/removed', source: WORKTREE.source });
    await until(() => seen.every((events) => events.length === 2));
    for (const events of seen)
      assert.deepEqual(events, [
        { sequence: 1, event: CHANGED },
        { sequence: 2, event: { kind: 'worktree/removed', source: WORKTREE.source } },
      ]);
    assert.equal(clients[0]?.sequence, 2);
    stranger.request(1, 'worktree/list');
    await stranger.answer(1);
    assert.equal(stranger.received.length, 1);
  });

  it('that a client missed are told when it comes back', async () => {
    const { discovery, server } = await bench.server();
    const before = await bench.client(discovery);
    server.publish(CHANGED);
    await until(() => before.sequence === 1);
    before.close();
    server.publish(CHANGED);
    server.publish(CHANGED);
    const after = await bench.client(discovery);
    assert.equal(after.sequence, 3);
    const missed = await after.call('event/since', {
      sequence: before.sequence,
      epoch: before.epoch,
    });
    assert.deepEqual(
      missed.kind === 'events' && missed.events.map(({ sequence }) => sequence),
      [2, 3],
    );
  });

  it('tell a client that was away too long to load everything again', async () => {
    const { discovery, server } = await bench.server();
    const client = await bench.client(discovery);
    for (let i = 0; i < 1001; i++) server.publish(CHANGED);
    assert.equal((await client.call('event/since', { sequence: 1 })).kind, 'events');
    assert.deepEqual(await client.call('event/since', { sequence: 0 }), { kind: 'reload' });
  });

  it('tell a client of an earlier agent to load everything again', async () => {
    const first = await bench.server();
    const client = await bench.client(first.discovery);
    await first.server.close();
    const second = await bench.server({ home: first.home });
    for (let i = 0; i < 5; i++) second.server.publish(CHANGED);
    const again = await bench.client(second.discovery);
    assert.notEqual(again.epoch, client.epoch);
    assert.deepEqual(
      await again.call('event/since', { sequence: client.sequence, epoch: client.epoch }),
      { kind: 'reload' },
    );
    assert.deepEqual(await again.call('event/since', { sequence: 6 }), { kind: 'reload' });
  });
});

describe('a notice', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  it('is shown in one window only: the first that asks', async () => {
    const { discovery } = await bench.server();
    const windows = [
      await bench.client(discovery),
      await bench.client(discovery),
      await bench.client(discovery),
    ];
    const answers = await Promise.all(
      windows.map((window) => window.call('notice/claim', { id: 'n1' })),
    );
    assert.equal(answers.filter(({ claimed }) => claimed).length, 1);
    assert.deepEqual(await windows[0]?.call('notice/claim', { id: 'n2' }), { claimed: true });
    assert.deepEqual(await windows[1]?.call('notice/claim', { id: 'n2' }), { claimed: false });
  });

  it('is never left to a program that no person looks at', async () => {
    const { discovery } = await bench.server();
    const program = await bench.client(discovery, { interactive: false });
    const nobody = await bench.raw(discovery);
    nobody.request(1, 'notice/claim', { id: 'n1' });
    assert.deepEqual((await nobody.answer(1)).result, { claimed: false });
    assert.deepEqual(await program.call('notice/claim', { id: 'n1' }), { claimed: false });
    const window = await bench.client(discovery);
    assert.deepEqual(await window.call('notice/claim', { id: 'n1' }), { claimed: true });
  });
});
