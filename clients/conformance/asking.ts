import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { until } from './patience';
import type { Scenario } from './scenario';

const entries = z.looseObject({ entries: z.array(z.looseObject({ name: z.string() })) });

/** How a client asks, and what it makes of the answers. */
export const ASKING: readonly Scenario[] = [
  {
    title: 'hands on the result of a method as it is',
    needs: ['connect', 'call'],
    run: async (world) => {
      const client = await world.connected();
      const mine = await world.me.call('restore/history', {});
      assert.deepEqual(await client.call('restore/history'), mine);
    },
  },
  {
    title: 'tells the reason of an error',
    needs: ['connect', 'call'],
    run: async (world) => {
      const client = await world.connected();
      const ask = (method: string, params: Record<string, unknown>): Promise<string> =>
        client.refusal({ do: 'call', method, params, progress: false });
      const nowhere = join(world.root, 'nowhere');
      assert.equal(await ask('worktree/protect', { path: nowhere }), 'path-missing');
      assert.equal(await ask('worktree/protect', { path: 5 }), 'invalid-params');
      assert.equal(await ask('nothing/known', {}), 'protocol-error');
    },
  },
  {
    title: 'takes answers in any order',
    needs: ['connect', 'stay', 'call'],
    run: async (world) => {
      const relay = await world.relay();
      const client = await world.connected(relay.home);
      const method = 'restore/history';
      relay.fromClient = (message) => (message.method === method ? null : message);
      const slow = client.send({ do: 'call', method, params: {}, progress: false });
      const { id } = await relay.heard('the slow request', (message) => message.method === method);
      await client.call('worktree/list');
      assert.equal(client.isAnswered(slow), false);
      const result = await world.me.call(method, {});
      relay.say({ id, result });
      assert.deepEqual(await client.outcome(slow), { kind: 'ok', value: { result } });
    },
  },
  {
    title: 'reads and writes names that are not UTF-8',
    needs: ['connect', 'call', 'any-name'],
    // Other systems have no such names.
    notOn: ['win32', 'darwin'],
    run: async (world) => {
      writeFileSync(Buffer.concat([Buffer.from(`${world.repo}/caf`), Buffer.from([0xe9])]), 'x');
      const snapshot = await world.me.call('snapshot/create', { path: world.repo });
      const client = await world.connected();
      const params = { snapshot: snapshot.id, path: '' };
      const found = entries.parse(await client.call('snapshot/readFolder', params));
      const path = found.entries.map(({ name }) => name).find((name) => name.startsWith('caf'));
      assert.equal(path, 'caf\udce9');
      await client.call('snapshot/stat', { snapshot: snapshot.id, path });
    },
  },
  {
    title: 'tells progress to the request that it belongs to',
    needs: ['connect', 'call', 'progress'],
    run: async (world) => {
      const relay = await world.relay();
      relay.fromClient = (message) => {
        const token = message.params?.['progressToken'];
        const value = { phase: 'reading', done: 7, total: null, unit: 'files' };
        if (token !== undefined) {
          relay.say({ method: '$/progress', params: { token: 'of nobody', value } });
          relay.say({ method: '$/progress', params: { token, value } });
        }
        return message;
      };
      const client = await world.connected(relay.home);
      const params = { path: world.repo };
      const call = client.send({ do: 'call', method: 'snapshot/create', params, progress: true });
      const heard = await client.heard('progress', ({ value }) => value.done === 7);
      assert.equal(heard.call, call);
      assert.equal((await client.outcome(call)).kind, 'ok');
    },
  },
  {
    title: 'cancels a request, which still gets an answer',
    needs: ['connect', 'stay', 'call', 'cancel'],
    run: async (world) => {
      const relay = await world.relay();
      const client = await world.connected(relay.home);
      relay.fromClient = (message) => (message.method === 'store/verify' ? null : message);
      const method = 'store/verify';
      const call = client.send({ do: 'call', method, params: {}, progress: false });
      const asked = await relay.heard('the request', (message) => message.method === method);
      await client.ask({ do: 'cancel', call });
      const given = await relay.heard('$/cancelRequest', (m) => m.method === '$/cancelRequest');
      assert.equal(given.params?.['id'], asked.id);
      assert.equal('id' in given, false);
      const error = { code: 1, message: 'cancelled', data: { reason: 'cancelled' } };
      relay.say({ id: asked.id, error });
      const outcome = await client.outcome(call);
      assert.ok(outcome.kind === 'failed' && outcome.failure.reason === 'cancelled');
      await client.call('worktree/list');
    },
  },
  {
    title: 'goes on when it hears what only a newer agent says',
    needs: ['connect', 'stay', 'call'],
    run: async (world) => {
      const relay = await world.relay();
      const client = await world.connected(relay.home);
      relay.fromAgent = (message) => ({ ...message, future: { x: [1] } });
      relay.say({ method: 'weather/changed', params: { sky: 'blue' } });
      relay.say({ method: 'event', params: { sequence: 100_000, event: { kind: 'moon/rises' } } });
      relay.say({ id: 999_999, result: {} });
      await client.call('worktree/list');
    },
  },
  {
    title: 'answers -32601 to a request that it does not know, whatever the number',
    needs: ['connect', 'stay', 'call'],
    run: async (world) => {
      const relay = await world.relay();
      const client = await world.connected(relay.home);
      let id: string | number = 0;
      // While a request of its own with the same number waits.
      relay.fromClient = (message) => {
        if (message.method === 'worktree/list' && message.id !== undefined) {
          id = message.id;
          relay.say({ id, method: 'coffee/make', params: {} });
        }
        // The agent has not asked: it must not get the answer.
        return message.id === id && message.error !== undefined ? null : message;
      };
      await client.call('worktree/list');
      const answer = await relay.heard('its answer', (m) => m.id === id && m.error !== undefined);
      assert.equal(answer.error?.code, -32_601);
    },
  },
  {
    title: 'answers pings',
    needs: ['connect', 'stay'],
    run: async (world) => {
      const relay = await world.relay();
      await world.connected(relay.home);
      relay.ping();
      await until('a pong', () => (relay.pongs > 0 ? true : null));
    },
  },
  {
    title: 'fails at once with what waits when the connection is lost',
    needs: ['connect', 'stay', 'call'],
    run: async (world) => {
      const relay = await world.relay();
      const client = await world.connected(relay.home);
      relay.fromClient = (message) => (message.method === 'store/verify' ? null : message);
      const method = 'store/verify';
      const call = client.send({ do: 'call', method, params: {}, progress: false });
      await relay.heard('the request', (message) => message.method === method);
      relay.cut();
      const outcome = await client.outcome(call);
      assert.ok(outcome.kind === 'failed' && outcome.failure.reason === 'agent-unreachable');
    },
  },
];
