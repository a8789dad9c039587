import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readDiscovery } from '../../agent/protocol/discovery';
import { agreeToRestore, beginRestore } from './restore-by-clicking';
import { worktreeState } from './sample-repository';
import { PROTECTED, tellStory } from './story';

describe('a restore that is cancelled in VS Code', () => {
  const story = tellStory({ settings: { 'bulwark.autoProtect': 'always' } });

  it('leaves everything as it was', async () => {
    const { code, repository, home } = story();
    await code.statusBar.waitFor(PROTECTED);
    await code.quickInput.run('Bulwark: Snapshot Now');
    await code.statusBar.waitFor(/Snapshot of .* taken/);
    await writeFile(join(repository.main, 'README.md'), 'spoilt\n');
    const before = await worktreeState(repository.main);
    await beginRestore(code, 'web shop', 'Whole worktree');
    const agent = await readDiscovery(home);
    assert.ok(agent !== null);
    // The agent stands still, so that the restore takes as long as a person needs.
    await agreeToRestore(code, 'Restore', () => {
      process.kill(agent.pid, 'SIGSTOP');
      return Promise.resolve();
    });
    try {
      await code.notifications.waitFor(/^Restoring web shop/);
      await code.screenshot('a restore is cancelled');
      await code.notifications.click(/^Restoring web shop/, 'Cancel');
      await code.statusBar.waitFor('Cancelling: Restoring web shop');
    } finally {
      process.kill(agent.pid, 'SIGCONT');
    }
    await code.statusBar.waitFor('Restore cancelled: web shop is as it was');
    assert.deepEqual(await worktreeState(repository.main), before);
    assert.equal(await code.quickInput.offers('Bulwark: Undo Last Restore'), false);
  });
});
