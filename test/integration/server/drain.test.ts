import assert from 'node:assert/strict';
import { access, readFile, writeFile } from 'node:fs/promises';
import { discoveryPath, readDiscovery } from '../../../agent/protocol/discovery';
import type { AgentEvent } from '../../../agent/protocol/events';
import { BulwarkError } from '../../../agent/support/errors';
import { Bench, gate, REFUSE_ALL, SUMMARY, until } from './harness';

describe('an agent that is asked to leave', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  it('finishes what runs, refuses new work, tells everyone, and only then ends', async () => {
    const started = gate();
    const release = gate();
    const steps: string[] = [];
    const { discovery, server } = await bench.server({
      onDrain: () => {
        steps.push('drained');
        return Promise.resolve();
      },
      handlers: {
        ...REFUSE_ALL,
        'snapshot/create': async () => {
          started.open();
          await release.opened;
          steps.push('snapshot done');
          return SUMMARY;
        },
      },
    });
    const client = await bench.client(discovery);
    const events: AgentEvent[] = [];
    client.onEvent(({ event }) => events.push(event));
    const snapshot = client.call('snapshot/create', { path: '/work' });
    await started.opened;
    assert.equal(server.draining, false);
    assert.deepEqual(await client.call('agent/drain', { reason: 'upgrade' }), {});
    assert.equal(server.draining, true);
    await until(() => events.length === 1);
    assert.deepEqual(events, [{ kind: 'agent/draining', reason: 'upgrade' }]);
    await assert.rejects(client.call('snapshot/create', { path: '/work' }), {
      reason: 'agent-draining',
    });
    assert.deepEqual(await client.call('worktree/list', {}), { worktrees: [] });
    assert.deepEqual(steps, []);
    release.open();
    assert.deepEqual(await snapshot, SUMMARY);
    await server.drain('again');
    assert.deepEqual(steps, ['snapshot done', 'drained']);
  });

  it('does not wait for long reading, which can be done again', async () => {
    const started = gate();
    const { discovery, server } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'store/verify': (_params, { signal }) => {
          started.open();
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () =>
              reject(new BulwarkError('cancelled', 'cancelled')),
            );
          });
        },
      },
    });
    const client = await bench.client(discovery);
    const verify = client.call('store/verify', {});
    await started.opened;
    await Promise.all([assert.rejects(verify, { reason: 'cancelled' }), server.drain('upgrade')]);
  });

  it('answers before it closes the connection', async () => {
    const { discovery, server } = await bench.server({ onDrain: () => server.close() });
    const client = await bench.client(discovery);
    const why = new Promise<string>((resolve) => client.onClose(resolve));
    assert.deepEqual(await client.call('agent/drain', {}), {});
    assert.equal(await why, 'the agent is leaving');
    await server.close();
    assert.equal(server.connections, 0);
    await assert.rejects(client.call('worktree/list', {}), { reason: 'agent-unreachable' });
  });

  it('leaves neither socket nor discovery file behind', async () => {
    const { discovery, server, home } = await bench.server();
    assert.deepEqual(await readDiscovery(home), discovery);
    await server.close();
    await server.close();
    await assert.rejects(access(discovery.socket), { code: 'ENOENT' });
    await assert.rejects(access(discoveryPath(home)), { code: 'ENOENT' });
  });

  it('leaves the discovery file and the socket of the agent that followed it', async () => {
    const old = await bench.server();
    const next = await bench.server({ home: old.home });
    assert.notEqual(old.discovery.socket, next.discovery.socket);
    await old.server.close();
    assert.deepEqual(await readDiscovery(old.home), next.discovery);
    await bench.client(next.discovery);
  });

  it('leaves a discovery file that somebody damaged', async () => {
    const { server, home } = await bench.server();
    await writeFile(discoveryPath(home), 'damaged');
    await server.close();
    assert.equal(await readFile(discoveryPath(home), 'utf8'), 'damaged');
  });

  it('does not wait for a client that reads nothing', async () => {
    const { discovery, server } = await bench.server({ limits: { closeGraceMs: 20 } });
    const client = await bench.raw(discovery);
    client.socket.pause();
    await server.close();
    client.socket.resume();
    await client.closed;
  });
});

describe('the number of connections', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  it('is told whenever it changes, so that an idle agent can leave', async () => {
    const { discovery, server } = await bench.server();
    const counts: number[] = [];
    server.onConnections.on((count) => counts.push(count));
    const client = await bench.client(discovery);
    const other = await bench.raw(discovery);
    client.close();
    await until(() => server.connections === 1);
    other.socket.terminate();
    await until(() => server.connections === 0);
    assert.deepEqual(counts, [1, 2, 1, 0]);
  });
});
