import assert from 'node:assert/strict';
import type { SnapshotSummary } from '../../agent/protocol/entities';
import { systemClock } from '../../agent/support/clock';
import type { Driver } from './driver';
import { until } from './patience';
import type { Relay } from './relay';
import type { Scenario } from './scenario';
import type { World } from './world';

/** A client is looked at for so long while there is no agent. */
const AWAY_MS = 3_000;
/** Tries in that time that a client which waits longer each time does not come near. */
const TOO_MANY_TRIES = 30;

function snapshot(world: World): Promise<SnapshotSummary> {
  return world.me.call('snapshot/create', { path: world.repo });
}

/** Numbers of the events that the client has told. */
function numbers(client: Driver): number[] {
  return client.said.flatMap((one) => (one.said === 'event' ? [one.sequence] : []));
}

/** Waits until the client has told everything that has happened by now. */
async function caughtUp(world: World, client: Driver): Promise<void> {
  const { sequence } = world.me;
  await until('the newest event', () => ((numbers(client).at(-1) ?? 0) >= sequence ? true : null));
}

function assertUnbroken(client: Driver): void {
  const told = numbers(client);
  const [first = 0] = told;
  assert.deepEqual(
    told,
    told.map((_, at) => first + at),
    'each event once, and in order',
  );
}

async function following(world: World, relay: Relay): Promise<Driver> {
  const client = await world.connected(relay.home);
  await client.ask({ do: 'follow' });
  return client;
}

/** How a client follows what happens, also when the connection is lost meanwhile. */
export const FOLLOWING: readonly Scenario[] = [
  {
    title: 'tells each event once, in order',
    needs: ['connect', 'follow'],
    run: async (world) => {
      const client = await world.connected();
      await client.ask({ do: 'follow' });
      world.write('story', 'twice');
      await snapshot(world);
      await client.heard('event', ({ kind }) => kind === 'snapshot/created');
      await caughtUp(world, client);
      assertUnbroken(client);
    },
  },
  {
    title: 'tells what it missed while its connection was lost, each event once',
    needs: ['connect', 'follow'],
    run: async (world) => {
      const relay = await world.relay();
      const client = await following(world, relay);
      await snapshot(world);
      await caughtUp(world, client);
      relay.full = true;
      relay.cut();
      await snapshot(world);
      await snapshot(world);
      // Some come by themselves before the answer that has them, too.
      relay.fromClient = (message) => {
        if (message.method === 'event/since') void snapshot(world);
        return message;
      };
      relay.full = false;
      await relay.heard('event/since', ({ method }) => method === 'event/since');
      await snapshot(world);
      await caughtUp(world, client);
      assertUnbroken(client);
      const asked = relay.sent.findLast(({ method }) => method === 'event/since');
      assert.equal(asked?.params?.['epoch'], world.me.epoch);
      assert.ok(!client.said.some(({ said }) => said === 'reload'));
    },
  },
  {
    title: 'tells to ask for everything again when another agent runs now',
    needs: ['connect', 'follow'],
    run: async (world) => {
      const client = await world.connected();
      await client.ask({ do: 'follow' });
      await world.killAgent();
      await world.startAgent();
      await client.heard('reload');
      await snapshot(world);
      await client.heard('event', ({ kind }) => kind === 'snapshot/created');
    },
  },
  {
    title: 'waits longer and longer while it cannot connect',
    needs: ['connect', 'follow'],
    run: async (world) => {
      const relay = await world.relay();
      await following(world, relay);
      relay.full = true;
      relay.cut();
      const before = relay.handshakes.length;
      await until('another try', () => (relay.handshakes.length > before ? true : null));
      const end = systemClock.monotonic() + AWAY_MS;
      await until('some time', () => (systemClock.monotonic() > end ? true : null));
      const tries = relay.handshakes.length - before;
      assert.ok(tries < TOO_MANY_TRIES, `${String(tries)} tries`);
    },
  },
];
