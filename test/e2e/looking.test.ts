import assert from 'node:assert/strict';
import { join } from 'node:path';

import { systemClock } from '../../agent/support/clock';
import { until } from '../support/vscode/until';
import { folderState } from './folder-state';
import { PROTECTED, tellStory } from './story';

describe('looking at snapshots in VS Code', () => {
  const story = tellStory({ settings: { 'bulwark.autoProtect': 'always' } });

  const browse = async (): Promise<void> => {
    const { code } = story();
    await code.quickInput.run('Bulwark: Open Snapshot');
    await code.quickInput.waitForPrompt('Choose a snapshot');
    await code.quickInput.pick('taken by hand');
    await code.quickInput.waitForPrompt('Choose how to look at it');
  };

  it('Open Snapshot shows a text file, which cannot be changed', async () => {
    const { code, repository } = story();
    await code.statusBar.waitFor(PROTECTED);
    await code.quickInput.run('Bulwark: Snapshot Now');
    await code.statusBar.waitFor(/Snapshot of .* taken/);
    const before = await folderState(repository.main);
    await browse();
    await code.screenshot('looking, how');
    await code.quickInput.pickExactly('Browse files');
    await code.quickInput.waitForPrompt('Choose a file in the top folder');
    await code.quickInput.pickExactly('README.md');
    await code.editors.waitForText('Sells everything, and more.');
    assert.match(await code.editors.typeInVain('x'), /file in a snapshot: it cannot be changed/);
    await code.screenshot('looking, a text file');
    assert.deepEqual(await folderState(repository.main), before);
  });

  it('Open Snapshot shows a picture', async () => {
    const { code } = story();
    await browse();
    await code.quickInput.pickExactly('Browse files');
    await code.quickInput.pickExactly('logo.png');
    await code.editors.waitForPicture();
    await code.statusBar.waitFor('16x16');
    await code.screenshot('looking, a picture');
  });

  it('Compare with Snapshot, of a worktree: everything that changed since', async () => {
    const { code, repository } = story();
    await code.terminal.open();
    await code.terminal.run('git reset --hard', () => true);
    await until(
      'the reset',
      async () => (await folderState(repository.main))['src/discount.ts'] === undefined,
      { clock: systemClock, within: 20_000 },
    );
    await code.quickInput.run('View: Toggle Terminal');
    await code.sideBar.open('Bulwark');
    await code.sideBar.view('Worktrees').contextMenu('web shop', 'Compare with Snapshot');
    await code.quickInput.waitForPrompt('Choose a snapshot');
    await code.quickInput.pick('taken by hand');
    await code.editors.waitForTab(/web shop: today .* ↔ now/);
    await code.editors.waitForDiff();
    await code.screenshot('looking, everything compared');
  });

  it('Show Log says what happened and where the agent’s own log is', async () => {
    const { code, home } = story();
    await code.quickInput.run('Bulwark: Show Log');
    await code.panel.waitFor(`the agent's own log: ${join(home, 'logs', 'agent.log')}`);
    await code.screenshot('looking, the log');
    await code.quickInput.run('Bulwark: Show Agent Log');
    await code.editors.waitForTab('agent.log');
  });

  it('the status item opens a menu of what can be done', async () => {
    const { code } = story();
    await code.statusBar.click(PROTECTED);
    await code.quickInput.waitForPrompt('Choose what to do');
    const entries = (await code.quickInput.entries()).join('\n');
    assert.match(entries, /Snapshot Now/);
    assert.match(entries, /Restore Snapshot…/);
    assert.doesNotMatch(entries, /Start Agent|Undo Last Restore|Protect This Folder/);
    await code.screenshot('looking, the menu');
    await code.quickInput.cancel();
  });
});
