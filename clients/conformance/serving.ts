import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSourceInfo } from '../../agent/protocol/source-entities';
import { until } from './patience';
import type { Scenario } from './scenario';
import type { World } from './world';

/** Larger than a page, and more than a page has. */
const LARGE = 'large '.repeat(200_000);
const MANY = 2_500;

async function backedUp(world: World, name: string): Promise<DataSourceInfo> {
  return until(`a backup of ${name}`, async () => {
    const { sources } = await world.me.call('data-source/list', {});
    const found = sources.find((source) => source.name === name);
    return found?.lastSnapshot == null || found.state.kind === 'capturing' ? null : found;
  });
}

async function snapshot(world: World, name: string): Promise<string> {
  await backedUp(world, name);
  const { id } = await world.me.call('snapshot/create', { path: `source:${name}` });
  return id;
}

async function stateOf(world: World, id: string): Promise<string | undefined> {
  const { components } = await world.me.call('component/list', {});
  return components.find((one) => one.id === id)?.state.kind;
}

const RECOVER = { limitMs: 30_000, why: 'to try it out' };

/** What a program lets the agent watch, keep and recover. */
export const SERVING: readonly Scenario[] = [
  {
    title: 'registers a component and reports that it is well',
    needs: ['connect', 'register-component', 'heartbeat'],
    run: async (world) => {
      const client = await world.connected();
      const name = 'beating';
      const wish = { name, everyMs: 60_000, recovers: [], fails: [] };
      const { component } = await client.ask({ do: 'register-component', ...wish });
      assert.equal(component, name);
      await client.ask({ do: 'heartbeat', component: name });
      await until('the component', async () => ((await stateOf(world, name)) === 'up' ? 1 : null));
      await world.me.call('component/unregister', { id: name });
    },
  },
  {
    title: 'is asked to recover its component when that is silent, and does so',
    needs: ['connect', 'register-component', 'heartbeat', 'recover'],
    run: async (world) => {
      const client = await world.connected();
      const name = 'silent';
      const wish = { name, everyMs: 1_000, recovers: ['reset_connections'], fails: [] };
      await client.ask({ do: 'register-component', ...wish });
      await client.ask({ do: 'heartbeat', component: name });
      const asked = await client.heard('recover', ({ component }) => component === name);
      assert.equal(asked.action, 'reset_connections');
      await world.me.call('component/unregister', { id: name });
    },
  },
  {
    title: 'answers a recovery that succeeds, one that fails and one that it does not know',
    needs: ['connect', 'register-component', 'recover'],
    run: async (world) => {
      const relay = await world.relay();
      const client = await world.connected(relay.home);
      const name = 'asked';
      const wish = { name, everyMs: 3_600_000, recovers: ['help', 'hurt'], fails: ['hurt'] };
      await client.ask({ do: 'register-component', ...wish });
      for (const [id, action] of [...wish.recovers, 'unknown'].entries())
        relay.say({
          id: `r${String(id)}`,
          method: 'component/recover',
          params: { id: name, action, ...RECOVER },
        });
      const answer = (id: string): ReturnType<typeof relay.heard> =>
        relay.heard(`the answer to ${id}`, (message) => message.id === id);
      assert.deepEqual((await answer('r0')).result, {});
      assert.equal((await answer('r1')).error?.code, 1);
      assert.ok((await answer('r2')).error !== undefined);
      await world.me.call('component/unregister', { id: name });
    },
  },
  {
    title: 'registers its component again with another agent',
    needs: ['connect', 'stay', 'register-component', 'heartbeat'],
    run: async (world) => {
      const client = await world.connected();
      const name = 'again';
      const wish = { name, everyMs: 60_000, recovers: [], fails: [] };
      await client.ask({ do: 'register-component', ...wish });
      await world.killAgent();
      await world.startAgent();
      await until('the component', async () =>
        (await stateOf(world, name)) === undefined ? null : true,
      );
      // The agent knows of it a moment before the client knows that it is connected.
      await until('a heartbeat', async () => {
        const beat = client.send({ do: 'heartbeat', component: name });
        return (await client.outcome(beat)).kind === 'ok' ? true : null;
      });
      await world.me.call('component/unregister', { id: name });
    },
  },
  {
    title: 'leaves its files alone between freeze and thaw',
    needs: ['connect', 'keep-files'],
    run: async (world) => {
      const client = await world.connected();
      const path = world.folder('files');
      await client.ask({ do: 'keep-files', name: 'ledger', path });
      const id = await snapshot(world, 'ledger');
      const file = { snapshot: id, path: 'state', offset: 0, length: 100 };
      const { data } = await world.me.call('snapshot/readFile', file);
      assert.equal(Buffer.from(data, 'base64').toString('utf8'), 'frozen');
      await until('the thaw', () =>
        readFileSync(join(path, 'state'), 'utf8') === 'thawed' ? true : null,
      );
    },
  },
  {
    title: 'thaws by itself when the connection is lost, and registers again',
    needs: ['connect', 'keep-files'],
    run: async (world) => {
      const relay = await world.relay();
      relay.fromAgent = (message) => (message.method === 'data-source/thaw' ? null : message);
      const client = await world.connected(relay.home);
      const path = world.folder('files');
      await client.ask({ do: 'keep-files', name: 'interrupted', path });
      await client.heard('freeze');
      assert.ok(!client.said.some(({ said }) => said === 'thaw'));
      relay.cut();
      await client.heard('thaw');
      relay.fromAgent = (message) => message;
      await until('the program', async () => {
        const { sources } = await world.me.call('data-source/list', {});
        return sources.find(({ name }) => name === 'interrupted')?.program == null ? null : true;
      });
    },
  },
  {
    title: 'hands out its records in pages, and takes them back',
    needs: ['connect', 'keep-records'],
    run: async (world) => {
      const client = await world.connected();
      const many = Array.from({ length: MANY }, (_, at): [string, string] => [
        `key-${String(at)}`,
        `value ${String(at)}`,
      ]);
      const records: Record<string, string> = { ...Object.fromEntries(many), large: LARGE, no: '' };
      await client.ask({ do: 'keep-records', name: 'orders', records });
      const id = await snapshot(world, 'orders');
      const plan = await world.me.call('restore/plan', { snapshot: id });
      const { creates, overwrites, deletes } = plan;
      assert.deepEqual({ creates, overwrites, deletes }, { creates: 0, overwrites: 0, deletes: 0 });
      // The program loses some, and has another one.
      const few: Record<string, string> = {
        ...Object.fromEntries(many.slice(1)),
        no: 'longer empty',
        more: 'than before',
      };
      await client.ask({ do: 'keep-records', name: 'orders', records: few });
      const back = await world.me.call('restore/plan', { snapshot: id });
      const result = await world.me.call('restore/apply', { plan: back.id });
      const restored = await client.heard('restored');
      assert.deepEqual(restored.records, records);
      assert.equal(result.verified, true, result.notes.join(' '));
    },
  },
];
