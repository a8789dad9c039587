import assert from 'node:assert/strict';
import { desktopCommand } from '../../../agent/monitor/channels/desktop-command';
import { testMessage, type ChannelMessage } from '../../../agent/monitor/channels/message';

/** An alert about a folder whose name would be part of a script, if anything of it was. */
const NASTY = `"; rm -rf ~ $(id) <b>--help</b>`;

function message(changes: Partial<ChannelMessage> = {}): ChannelMessage {
  const test = testMessage('1', 0);
  const alerts = test.alerts.map((alert) => ({ ...alert, message: NASTY, hint: 'Look.' }));
  return { ...test, kind: 'firing', alerts, ...changes };
}

describe('what is shown on a desktop', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    it(`is never part of a command on ${platform}`, () => {
      const { args, env } = desktopCommand(platform, message());
      const scripts = args.slice(0, platform === 'win32' ? undefined : args.indexOf('--') + 1);
      assert.ok(scripts.every((part) => !part.includes('rm -rf')));
      const texts = [...args.slice(scripts.length), ...Object.values(env)].join(' ');
      assert.match(texts, /rm -rf/);
    });

  it('has no tags where a desktop would read them', () => {
    assert.match(
      desktopCommand('linux', message()).args.at(-1) ?? '',
      /&lt;b&gt;--help&lt;\/b&gt;/,
    );
  });

  it('is short, however long the message is', () => {
    const alerts = message().alerts.map((alert) => ({ ...alert, message: 'x'.repeat(10_000) }));
    const { env } = desktopCommand('win32', message({ alerts }));
    assert.equal(env['BULWARK_TEXT']?.length, 300);
  });

  it('says what is over without telling what to do', () => {
    const { env } = desktopCommand('win32', message({ kind: 'resolved' }));
    assert.equal(env['BULWARK_TITLE'], 'Bulwark: over: A test of this channel');
    assert.equal(env['BULWARK_TEXT'], NASTY);
  });

  it('presses only where it is critical', () => {
    const args = (severity: ChannelMessage['severity']): readonly string[] =>
      desktopCommand('linux', message({ severity })).args;
    assert.ok(args('critical').includes('--urgency=critical'));
    assert.ok(args('warning').includes('--urgency=normal'));
  });
});
