import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { MIN } from '../../unit/monitor/alert-world';
import { until } from '../worktrees/until';
import { ChannelWorld } from './channel-world';

const LOW = 'machine.memory-low';

describe('the desktop', function () {
  let world: ChannelWorld;
  const path = process.env['PATH'];
  before(function () {
    // Elsewhere it is another program; the commands have tests of their own.
    if (process.platform !== 'linux') this.skip();
  });
  beforeEach(async () => {
    world = await ChannelWorld.make();
  });
  afterEach(async () => {
    process.env['PATH'] = path;
    await world.close();
  });

  /** Puts a `notify-send` on the path. */
  async function program(script: string): Promise<void> {
    const bin = join(world.home, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'notify-send'), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, 'notify-send'), 0o755);
    process.env['PATH'] = `${bin}${delimiter}${path ?? ''}`;
  }

  it('shows an alert with what to do', async () => {
    const shown = join(world.home, 'shown');
    await program(`printf '%s\\n' "$@" > '${shown}.new' && mv '${shown}.new' '${shown}'`);
    await world.open([{ name: 'here', kind: 'desktop' }]);
    world.alerts.run(3 * MIN, LOW, 'bad');
    const read = (): Promise<string> => readFile(shown, 'utf8').catch(() => '');
    await until(async () => (await read()) !== '', 'the notification');
    assert.deepEqual((await read()).trim().split('\n'), [
      '--app-name=Bulwark',
      '--urgency=normal',
      '--',
      'Bulwark: Little memory is left',
      'x End programs that you do not need.',
    ]);
  });

  it('that cannot show anything is told why, and holds nothing up', async () => {
    await program('echo "Cannot autolaunch D-Bus" >&2; exit 1');
    const channels = await world.open([{ name: 'here', kind: 'desktop' }]);
    const [test] = await channels.test();
    assert.deepEqual(test?.outcome, {
      kind: 'failed',
      why: 'Cannot autolaunch D-Bus',
      final: false,
    });
  });

  it('whose program hangs is given up for this time', async () => {
    await program('exec sleep 1000');
    const channels = await world.open([{ name: 'here', kind: 'desktop' }]);
    const [test] = await channels.test();
    assert.deepEqual(test?.outcome, {
      kind: 'failed',
      why: 'no answer within 10 s',
      final: false,
    });
  });

  it('without the program says what to install', async () => {
    process.env['PATH'] = world.home;
    const channels = await world.open([{ name: 'here', kind: 'desktop' }]);
    const [test] = await channels.test();
    assert.ok(test?.outcome.kind === 'failed');
    assert.match(test.outcome.why, /install libnotify-bin/);
    assert.equal(test.outcome.final, true);
  });
});
