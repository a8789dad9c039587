import assert from 'node:assert/strict';
import { FAULTS } from '../../../agent/monitor/catalogue';
import { MIN } from '../../unit/monitor/alert-world';
import { until } from '../worktrees/until';
import { ChannelWorld, MailServer } from './channel-world';

const LOW = 'machine.memory-low';

describe('a mail', () => {
  let world: ChannelWorld;
  let server: MailServer | null = null;

  beforeEach(async () => {
    world = await ChannelWorld.make();
  });
  afterEach(async () => {
    await world.close();
    await server?.close();
    server = null;
  });
  const mail = (port: number, more: object = {}): object => ({
    name: 'mail',
    kind: 'email',
    host: '127.0.0.1',
    port,
    encryption: 'none',
    from: 'bulwark@example.org',
    to: ['me@example.org'],
    ...more,
  });
  /** As a reader sees it: long lines are folded on the way. */
  const shown = (text: string): string => text.replace(/=\r\n/g, '').replace(/=20/g, ' ');

  it('says what is wrong, what to do, and when it is over', async () => {
    const smtp = new MailServer();
    server = smtp;
    await world.open([mail(await smtp.listen())]);
    world.alerts.run(3 * MIN, LOW, 'bad');
    await until(() => smtp.mails.length === 1, 'a mail');
    const { title, hint } = FAULTS[LOW];
    const first = shown(smtp.mails[0] ?? '');
    assert.match(first, /^To: me@example\.org\r$/m);
    assert.ok(first.includes(`Subject: [Bulwark workstation] ${title}: this machine`), first);
    assert.ok(first.includes('WARNING  this machine'), first);
    assert.ok(first.includes(`What to do: ${hint}`), first);
    assert.ok(first.includes(`bulwark alerts ack ${world.alerts.one().fingerprint}`), first);
    world.alerts.run(5 * MIN, LOW, 'good');
    await until(() => smtp.mails.length === 2, 'the all-clear');
    const second = shown(smtp.mails[1] ?? '');
    assert.ok(second.includes(`Over: ${title}`), second);
    assert.match(second, /over at 20\d\d-/);
  });

  it('waits while no mail server is there, and the log says so once', async () => {
    const smtp = new MailServer();
    const port = await smtp.listen();
    await smtp.close();
    const channels = await world.open([mail(port)]);
    world.alerts.run(3 * MIN, LOW, 'bad');
    await until(() => channels.list()[0]?.state.kind === 'failing', 'a failed try');
    const [first] = await channels.test();
    assert.ok(first?.outcome.kind === 'failed');
    assert.match(first.outcome.why, /ECONNREFUSED/);
    assert.equal(channels.list()[0]?.waiting, 1);
    assert.deepEqual(world.warnings, ['A channel of alerts fails']);
  });

  it('that the server refuses is kept with its reason', async () => {
    server = new MailServer({ refuses: 'gone@example.org' });
    const to = ['gone@example.org'];
    const channels = await world.open([mail(await server.listen(), { to })]);
    world.alerts.run(3 * MIN, LOW, 'bad');
    await until(() => channels.undelivered.length === 1, 'an undelivered message');
    assert.match(channels.undelivered[0]?.why ?? '', /no such person/);
  });

  it('that one of two people cannot get is told as well', async () => {
    server = new MailServer({ refuses: 'gone@example.org' });
    const to = ['me@example.org', 'gone@example.org'];
    const channels = await world.open([mail(await server.listen(), { to })]);
    const [result] = await channels.test();
    assert.ok(result?.outcome.kind === 'failed');
    assert.match(result.outcome.why, /refused 1 of the recipients/);
    assert.equal(server.mails.length, 1);
  });

  it('goes to no server that cannot encrypt, or whose certificate nobody vouches for', async () => {
    const plain = new MailServer();
    const strange = new MailServer({ encrypts: true });
    const encryption = 'starttls';
    const channels = await world.open([
      mail(await plain.listen(), { name: 'plain', encryption }),
      mail(await strange.listen(), { name: 'strange', encryption }),
    ]);
    const outcomes = await channels.test();
    await plain.close();
    await strange.close();
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome.kind),
      ['failed', 'failed'],
    );
    assert.deepEqual([...plain.mails, ...strange.mails], []);
  });
});
