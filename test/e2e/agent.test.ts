import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { AgentClient } from '../../agent/protocol/client';
import { readDiscovery } from '../../agent/protocol/discovery';
import { systemClock } from '../../agent/support/clock';
import { FakeAgent } from '../support/fake-agent';
import { until } from '../support/vscode/until';
import { PROTECTED, tellStory } from './story';

describe('VS Code and its agent', () => {
  let old: FakeAgent;
  let oldHasLeft = false;

  const story = tellStory({
    settings: { 'bulwark.autoProtect': 'always' },
    async prepare(_, home) {
      old = await FakeAgent.start({ home, version: '0.0.1' });
      old.onDrained = () => {
        oldHasLeft = true;
      };
      return undefined;
    },
  });

  after(() => old.close());

  /** Waits for an agent that is another process than `pid`. */
  const agentOtherThan = (pid: number): Promise<number> =>
    until(
      'another agent',
      async () => {
        const found = await readDiscovery(story().home);
        return found !== null && found.pid !== pid && found.pid;
      },
      { clock: systemClock, within: 30_000 },
    );

  it('an agent that is older than the extension leaves, and a newer one takes over', async () => {
    const { code } = story();
    await code.statusBar.waitFor(PROTECTED);
    assert.ok(oldHasLeft);
    const discovery = await readDiscovery(story().home);
    const manifest: unknown = JSON.parse(
      readFileSync(join(__dirname, '..', '..', '..', 'package.json'), 'utf8'),
    );
    assert.ok(typeof manifest === 'object' && manifest !== null && 'version' in manifest);
    assert.equal(discovery?.version, manifest.version);
  });

  it('an agent that was killed is started again, and the views come back', async () => {
    const { code } = story();
    await code.sideBar.open('Bulwark');
    await code.sideBar.view('Worktrees').waitFor('web shop');
    const pid = await agentOtherThan(process.pid);
    process.kill(pid, 'SIGKILL');
    await agentOtherThan(pid);
    await code.statusBar.waitFor(PROTECTED);
    await code.quickInput.run('Bulwark: Snapshot Now');
    await code.statusBar.waitFor(/Snapshot of .* taken/);
    await code.sideBar.view('Snapshots').waitFor('taken by hand');
  });

  it('an agent that was stopped stays away until Start Agent is clicked', async () => {
    const { code, home } = story();
    const discovery = await readDiscovery(home);
    assert.ok(discovery !== null);
    const client = await AgentClient.connect(discovery, {
      name: 'test',
      version: '0',
      interactive: false,
    });
    await client.call('agent/drain', { reason: 'bulwark stop' });
    client.close();
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.waitForWelcome('not running: nothing is being saved');
    await code.sideBar.view('Snapshots').waitForWelcome('Snapshots are shown when');
    await code.statusBar.waitFor('Bulwark is off');
    await code.screenshot('the agent was stopped');
    assert.equal(await code.quickInput.offers('Bulwark: Snapshot Now'), false);
    await worktrees.welcomeButton('Start Agent');
    await worktrees.waitFor('web shop');
    await code.statusBar.waitFor(PROTECTED);
  });
});
