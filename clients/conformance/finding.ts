import assert from 'node:assert/strict';
import { copyFileSync, chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from './scenario';
import type { World } from './world';

const WINDOWS = ['win32'] as const;

/** Whether the client refuses to connect to what a folder's discovery file says. */
async function refusesAt(world: World, home: string, reason = 'agent-unreachable'): Promise<void> {
  assert.equal(await world.client(home).refusal({ do: 'connect' }), reason);
}

/** How a client finds the agent, and what it must not trust. */
export const FINDING: readonly Scenario[] = [
  {
    title: 'finds the agent by its discovery file and says who it is',
    needs: ['connect'],
    run: async (world) => {
      const { pid } = await world.client().ask({ do: 'connect' });
      assert.equal(pid, world.me.agent.pid);
    },
  },
  {
    title: 'identifies itself before anything else, with the token and without an Origin',
    needs: ['connect', 'call'],
    run: async (world) => {
      const relay = await world.relay();
      const client = await world.connected(relay.home);
      await client.call('worktree/list');
      assert.equal(relay.sent[0]?.method, 'client/identify');
      const [headers] = relay.handshakes;
      assert.match(headers?.authorization ?? '', /^Bearer [0-9a-f]{64}$/);
      assert.equal(headers?.origin, undefined);
    },
  },
  {
    title: 'says that no agent runs where there is no discovery file',
    needs: ['connect'],
    run: async (world) => refusesAt(world, world.folder('empty')),
  },
  {
    title: 'says that no agent runs where one was killed',
    needs: ['connect'],
    run: async (world) => {
      const home = world.folder('killed');
      const socket =
        process.platform === 'win32' ? '\\\\.\\pipe\\bulwark-nobody' : join(home, 'nobody.sock');
      const left = { ...(await world.discovery()), socket };
      writeFileSync(join(home, 'agent.json'), JSON.stringify(left), { mode: 0o600 });
      await refusesAt(world, home);
    },
  },
  {
    title: 'does not trust a discovery file that others may read',
    needs: ['connect'],
    notOn: WINDOWS,
    run: async (world) => {
      const home = world.folder('open');
      copyFileSync(join(world.home, 'agent.json'), join(home, 'agent.json'));
      chmodSync(join(home, 'agent.json'), 0o644);
      await refusesAt(world, home);
    },
  },
  {
    title: 'does not follow a link in the place of the discovery file',
    needs: ['connect'],
    notOn: WINDOWS,
    run: async (world) => {
      const home = world.folder('link');
      symlinkSync(join(world.home, 'agent.json'), join(home, 'agent.json'));
      await refusesAt(world, home);
    },
  },
  {
    title: 'does not take a damaged discovery file for an agent',
    needs: ['connect'],
    run: async (world) => {
      const home = world.folder('damaged');
      writeFileSync(join(home, 'agent.json'), '{"socket":"/tm', { mode: 0o600 });
      await refusesAt(world, home);
    },
  },
  {
    title: 'says that it was refused when its token is wrong',
    needs: ['connect'],
    run: async (world) => {
      const home = world.folder('wrong');
      const wrong = { ...(await world.discovery()), token: '0'.repeat(64) };
      writeFileSync(join(home, 'agent.json'), JSON.stringify(wrong), { mode: 0o600 });
      await refusesAt(world, home, 'unauthorized');
    },
  },
  {
    title: 'says that the agent is busy when it takes no more connections',
    needs: ['connect'],
    run: async (world) => {
      const relay = await world.relay();
      relay.full = true;
      await refusesAt(world, relay.home, 'busy');
    },
  },
  {
    title: 'closes its connection with 1000 and ends',
    needs: ['connect'],
    run: async (world) => {
      const relay = await world.relay();
      const client = await world.connected(relay.home);
      await client.close();
      assert.deepEqual(relay.farewells, [1000]);
    },
  },
];
