import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FAULTS } from '../../../agent/monitor/catalogue';
import { loadSettings } from '../../../agent/manager/settings';
import { fastClock } from '../../support/fast-clock';
import { refused } from '../../support/refused';
import { HOUR, MIN } from '../../unit/monitor/alert-world';
import { until } from '../worktrees/until';
import { ChannelWorld, Receiver } from './channel-world';

const LOW = 'machine.memory-low';
const FULL = 'machine.disk-critical';

describe('a webhook', () => {
  let world: ChannelWorld;
  let receiver: Receiver;
  let url: string;

  beforeEach(async () => {
    world = await ChannelWorld.make();
    receiver = new Receiver();
    url = await receiver.listen();
  });
  afterEach(async () => {
    await world.close();
    await receiver.close();
  });
  const hook = (more: object = {}): object => ({ name: 'team', kind: 'webhook', url, ...more });
  const got = (count: number): Promise<void> =>
    until(() => receiver.received.length >= count, `message ${String(count)}`);
  const statuses = (): unknown[] =>
    receiver.received.map(({ body }) =>
      typeof body === 'object' && body !== null && 'status' in body ? body.status : null,
    );

  it('gets what Alertmanager would send, when it begins and when it is over', async () => {
    await world.open([hook()]);
    const { alerts } = world;
    const began = new Date(alerts.wall).toISOString();
    alerts.run(3 * MIN, LOW, 'bad');
    await got(1);
    const { title, hint } = FAULTS[LOW];
    const { fingerprint } = alerts.one();
    const labels = {
      alertname: LOW,
      severity: 'warning',
      group: 'machine',
      kind: 'machine',
      subject: 'this machine',
    };
    const annotations = { summary: title, description: 'x', hint };
    const firing = {
      version: '4',
      groupKey: `machine ${LOW}`,
      truncatedAlerts: 0,
      status: 'firing',
      receiver: 'team',
      groupLabels: { alertname: LOW, group: 'machine' },
      commonLabels: labels,
      commonAnnotations: annotations,
      externalURL: '',
      alerts: [
        {
          status: 'firing',
          labels,
          annotations,
          startsAt: began,
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: '',
          fingerprint,
        },
      ],
    };
    assert.deepEqual(receiver.received[0]?.body, firing);
    assert.equal(receiver.received[0].headers['content-type'], 'application/json');

    alerts.run(5 * MIN, LOW, 'good');
    await got(2);
    const endsAt = alerts.book.list(true)[0]?.endsAt ?? 0;
    assert.deepEqual(receiver.received[1]?.body, {
      ...firing,
      status: 'resolved',
      alerts: firing.alerts.map((alert) => ({
        ...alert,
        status: 'resolved',
        endsAt: new Date(endsAt).toISOString(),
      })),
    });
  });

  it('is reminded of what still is so', async () => {
    await world.open([hook()]);
    world.alerts.run(3 * MIN, LOW, 'bad');
    await got(1);
    world.alerts.run(4 * HOUR, LOW, 'bad');
    await got(2);
    assert.deepEqual(statuses(), ['firing', 'firing']);
  });

  it('gets what follows from an alert inside of it', async () => {
    await world.open([hook()]);
    world.alerts.run(2 * MIN, LOW, 'bad');
    const alert = world.alerts.one();
    await got(1);
    world.alerts.book.onNotify.emit({
      ...{ group: 'g', place: 'g', fault: LOW, number: 2, kind: 'firing', severity: 'warning' },
      alerts: [alert],
      consequences: [{ ...alert, message: 'web is down' }],
    });
    await got(2);
    assert.match(JSON.stringify(receiver.received[1]?.body), /"consequences":"web is down"/);
  });

  it('is only told of what is bad enough for it', async () => {
    const channels = await world.open([
      hook({ minimumSeverity: 'critical' }),
      hook({ name: 'all' }),
    ]);
    world.alerts.run(3 * MIN, LOW, 'bad');
    world.alerts.run(3 * MIN, FULL, 'bad');
    await got(3);
    const names = receiver.received.map(({ body }) => JSON.stringify(body));
    const critical = names.filter((text) => text.includes('"receiver":"team"'));
    assert.equal(critical.length, 1);
    assert.match(critical[0] ?? '', new RegExp(FULL));
    assert.ok(channels.list().every(({ state }) => state.kind === 'ok'));
  });

  it('gets it later when it fails for a while, and the log says so once', async () => {
    receiver.answers = [503, 500, 429];
    const channels = await world.open([hook()]);
    world.alerts.run(3 * MIN, LOW, 'bad');
    await got(4);
    await until(() => channels.list()[0]?.waiting === 0, 'delivery');
    assert.deepEqual(world.warnings, ['A channel of alerts fails']);
    assert.deepEqual(world.infos, ['A channel of alerts delivers again']);
    assert.deepEqual(channels.undelivered, []);
    assert.equal(channels.list()[0]?.state.kind, 'ok');
  });

  it('that never answers holds up no other channel', async () => {
    receiver.answers = Array.from({ length: 1_000 }, () => 'never');
    const other = new Receiver();
    const channels = await world.open([
      hook(),
      { name: 'other', kind: 'webhook', url: await other.listen() },
    ]);
    world.alerts.run(3 * MIN, LOW, 'bad');
    await until(() => other.received.length === 1, 'the other channel');
    await got(3);
    const [slow, well] = channels.list();
    assert.ok(slow?.state.kind === 'failing');
    assert.equal(slow.state.why, 'no answer within 10 s');
    assert.equal(slow.waiting, 1);
    assert.equal(slow.target, new URL(url).origin, 'without what may be a secret');
    assert.equal(well?.state.kind, 'ok');
    assert.deepEqual(world.warnings, ['A channel of alerts fails']);
    await other.close();
  });

  it('that refuses a message gets the next one, and the refused one is kept', async () => {
    receiver.answers = [400];
    const channels = await world.open([hook()]);
    world.alerts.run(3 * MIN, LOW, 'bad');
    await until(() => channels.undelivered.length === 1, 'an undelivered message');
    assert.equal(channels.undelivered[0]?.why, 'it answered with 400');
    world.alerts.run(3 * MIN, FULL, 'bad');
    await got(2);
    assert.equal(channels.undelivered.length, 1);
    await channels.close();
    const next = await world.open([hook()]);
    assert.equal(next.undelivered[0]?.message.fault, LOW, 'also after a restart');
  });

  it('that is gone for hours: the message is given up with the reason', async () => {
    await receiver.close();
    const channels = await world.open([hook()], fastClock(20_000));
    world.alerts.run(3 * MIN, LOW, 'bad');
    await until(() => channels.undelivered.length === 1, 'an undelivered message');
    assert.match(channels.undelivered[0]?.why ?? '', /^given up after 4 hours: /);
    assert.equal(channels.list()[0]?.waiting, 0);
    await receiver.listen();
  });

  it('gets from the next agent what this one could not deliver', async () => {
    receiver.answers = Array.from({ length: 1_000 }, () => 503);
    const channels = await world.open([hook()]);
    world.alerts.run(3 * MIN, LOW, 'bad');
    await got(1);
    await channels.close();
    const before = receiver.received.length;
    receiver.answers = [];
    const next = await world.open([hook()]);
    await until(() => next.list()[0]?.deliveredAt !== null, 'delivery');
    assert.deepEqual(receiver.received[before]?.body, receiver.received[0]?.body);
    world.alerts.run(5 * MIN, LOW, 'good');
    await got(before + 2);
    assert.deepEqual(statuses().at(-1), 'resolved');
  });

  it('gets a token from the environment or from a file that is closed to others', async () => {
    const file = join(world.home, 'token');
    await writeFile(file, 'from-file\n', { mode: 0o600 });
    process.env['BULWARK_TEST_TOKEN'] = 'from-env';
    const channels = await world.open([
      hook({ name: 'env', bearer: { env: 'BULWARK_TEST_TOKEN' } }),
      hook({ name: 'file', bearer: { file } }),
    ]);
    const results = await channels.test();
    delete process.env['BULWARK_TEST_TOKEN'];
    assert.ok(results.every(({ outcome }) => outcome.kind === 'delivered'));
    assert.deepEqual(receiver.received.map(({ headers }) => headers.authorization).toSorted(), [
      'Bearer from-env',
      'Bearer from-file',
    ]);
  });

  it('gets nothing with a token that others can read (needs modes of files)', async function () {
    if (process.platform === 'win32') this.skip();
    const file = join(world.home, 'token');
    await writeFile(file, 'open');
    await chmod(file, 0o644);
    const channels = await world.open([hook({ bearer: { file } })]);
    const [result] = await channels.test('team');
    assert.ok(result?.outcome.kind === 'failed');
    assert.match(result.outcome.why, /others can read the secret/);
    assert.deepEqual(receiver.received, []);
  });

  it('is tested on request, also while it fails', async () => {
    receiver.answers = [503, 503];
    const channels = await world.open([hook()]);
    const [bad] = await channels.test();
    assert.deepEqual(bad?.outcome, {
      kind: 'failed',
      why: 'it answered with 503',
      final: false,
    });
    await assert.rejects(channels.test('nobody'), refused('channel-unknown'));
  });
});

describe('the settings of channels', () => {
  let world: ChannelWorld;
  before(async () => {
    world = await ChannelWorld.make();
  });
  after(() => world.close());

  const refusal = async (channel: object, ...others: object[]): Promise<string> => {
    const path = join(world.home, 'settings.json');
    await writeFile(path, JSON.stringify({ channels: [channel, ...others] }));
    const error = await loadSettings(path).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Error, 'it is refused');
    return error.message;
  };
  const mail = {
    name: 'm',
    kind: 'email',
    host: 'h',
    from: 'a@example.org',
    to: ['b@example.org'],
  };
  const web = { name: 'w', kind: 'webhook', url: 'https://example.org' };

  it('are refused with the key that is wrong', async () => {
    assert.match(await refusal({ name: 'x', kind: 'pager' }), /channels\.0\.kind: it must be/);
    assert.match(await refusal({ ...web, url: 'ftp://h' }), /channels\.0\.url: it must be an http/);
    assert.match(await refusal(web, web), /channels\.1\.name: another channel is called w/);
    assert.match(await refusal({ ...web, bearer: 'abc' }), /channels\.0\.bearer: .*never written/);
    assert.match(await refusal({ ...mail, to: [] }), /channels\.0\.to/);
    assert.match(await refusal({ ...mail, user: 'u' }), /go together/);
    const password = { env: 'X' };
    assert.match(
      await refusal({ ...mail, user: 'u', password, encryption: 'none' }),
      /channels\.0\.encryption: a password is only sent encrypted/,
    );
  });

  it('are complete with what a channel needs', async () => {
    const path = join(world.home, 'settings.json');
    await writeFile(path, JSON.stringify({ channels: [web, mail] }));
    const { channels } = await loadSettings(path);
    assert.deepEqual(
      channels.map(({ name, minimumSeverity }) => [name, minimumSeverity]),
      [
        ['w', 'warning'],
        ['m', 'warning'],
      ],
    );
  });
});
