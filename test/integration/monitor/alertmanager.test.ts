import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { fastClock } from '../../support/fast-clock';
import { MIN } from '../../unit/monitor/alert-world';
import { until } from '../worktrees/until';
import { ChannelWorld, Receiver } from './channel-world';

const PROGRAM = 'prometheus-alertmanager';
const LOW = 'machine.memory-low';
const FULL = 'machine.disk-critical';

const listed = z.array(
  z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    status: z.object({ state: z.string() }),
  }),
);
const posted = z.array(
  z.object({
    labels: z.object({ alertname: z.string() }),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
  }),
);

describe('an Alertmanager', () => {
  let world: ChannelWorld;
  beforeEach(async () => {
    world = await ChannelWorld.make();
  });
  afterEach(() => world.close());

  describe('that is a real one', () => {
    let child: ChildProcess;
    let url: string;
    const alerts = async (): Promise<z.infer<typeof listed>> => {
      const response = await fetch(`${url}/api/v2/alerts`);
      return listed.parse(await response.json());
    };

    it('shows what fires until it is over (needs prometheus-alertmanager)', async function () {
      if (spawnSync(PROGRAM, ['--version']).status !== 0) this.skip();
      await start();
      try {
        await world.open([{ name: 'am', kind: 'alertmanager', url: `${url}/` }]);
        world.alerts.run(3 * MIN, LOW, 'bad');
        await untilShown(1);
        const [shown] = await alerts();
        assert.equal(shown?.status.state, 'active');
        assert.deepEqual(shown.labels, {
          alertname: LOW,
          severity: 'warning',
          group: 'machine',
          kind: 'machine',
          subject: 'this machine',
          instance: 'workstation',
        });
        assert.equal(shown.annotations['description'], 'x');

        world.alerts.run(10 * MIN, LOW, 'good');
        await untilShown(0);
      } finally {
        child.kill();
        await once(child, 'exit');
      }
    });

    async function start(): Promise<void> {
      const address = `127.0.0.1:${String(await freePort())}`;
      url = `http://${address}`;
      const config = join(world.home, 'alertmanager.yml');
      await writeFile(config, 'route: { receiver: none }\nreceivers: [{ name: none }]\n');
      child = spawn(
        PROGRAM,
        [
          `--config.file=${config}`,
          `--storage.path=${join(world.home, 'data')}`,
          `--web.listen-address=${address}`,
          '--cluster.listen-address=',
        ],
        { stdio: 'ignore' },
      );
      await until(
        () =>
          fetch(`${url}/-/ready`).then(
            ({ ok }) => ok,
            () => false,
          ),
        'Alertmanager to be ready',
      );
    }

    function untilShown(count: number): Promise<void> {
      return until(async () => (await alerts()).length === count, `${String(count)} alerts`);
    }
  });

  it('is told again what is not over, before it would forget it', async () => {
    const receiver = new Receiver();
    const origin = new URL(await receiver.listen()).origin;
    try {
      const clock = fastClock(50);
      await world.open([{ name: 'am', kind: 'alertmanager', url: origin }], clock);
      world.alerts.run(3 * MIN, FULL, 'bad');
      await until(() => receiver.received.length >= 3, 'the same alert three times');
      const told = receiver.received.map(({ body }) => posted.parse(body)[0]);
      assert.ok(told.every((alert) => alert?.labels.alertname === FULL));
      for (const [i, alert] of told.slice(1).entries()) {
        const before = Date.parse(told[i]?.endsAt ?? '');
        const after = Date.parse(alert?.endsAt ?? '');
        assert.ok(after > before, 'it fires for longer');
        assert.ok(after - before < 4 * MIN, 'and is never over meanwhile');
        assert.equal(alert?.startsAt, told[0]?.startsAt);
      }
    } finally {
      await receiver.close();
    }
  });

  it('that refuses is found in the list of what was not delivered', async () => {
    const receiver = new Receiver();
    receiver.answers = [400];
    const origin = new URL(await receiver.listen()).origin;
    try {
      const channels = await world.open([{ name: 'am', kind: 'alertmanager', url: origin }]);
      world.alerts.run(3 * MIN, LOW, 'bad');
      await until(() => channels.undelivered.length === 1, 'the undelivered message');
      assert.equal(channels.undelivered[0]?.why, 'it answered with 400');
    } finally {
      await receiver.close();
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return address.port;
}
