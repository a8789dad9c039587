import assert from 'node:assert/strict';

import { tellStory } from './story';

describe('a folder that is not trusted in VS Code', () => {
  const story = tellStory({
    settings: { 'bulwark.autoProtect': 'always' },
    askForTrust: true,
  });

  it('is not protected, and the view says why', async () => {
    const { code } = story();
    await code.modal.click("No, I don't trust the authors");
    await code.sideBar.open('Bulwark');
    await code.sideBar.view('Worktrees').waitForWelcome('In Restricted Mode');
    await code.statusBar.waitFor('Not Protected');
    await code.screenshot('not trusted');
  });

  it('offers no command that changes something', async () => {
    const { code } = story();
    for (const command of [
      'Snapshot Now',
      'Back Up Now…',
      'Pin Snapshot',
      'Unpin Snapshot',
      'Delete Snapshot…',
      'Run Drill…',
      'Restore Snapshot…',
      'Restore File…',
      'Undo Last Restore',
      'Protect This Folder',
    ]) {
      assert.equal(await code.quickInput.offers(`Bulwark: ${command}`), false, command);
    }
    assert.equal(await code.quickInput.offers('Bulwark: Show Log'), true);
  });
});
