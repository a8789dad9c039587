import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROTECTED, tellStory } from './story';

const BROKEN = 'no index at all';

describe('recoveries in VS Code', () => {
  const story = tellStory({
    settings: { 'bulwark.autoProtect': 'always' },
    prepare: async (_repository, home) => {
      const settings = { healing: { mode: 'supervised' } };
      writeFileSync(join(home, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
      return undefined;
    },
  });
  let index: string;

  it('wait for approval, and show what they would do', async () => {
    const { code, repository } = story();
    await code.statusBar.waitFor(PROTECTED);
    await code.sideBar.open('Bulwark');
    await code.sideBar.widen(460);
    // Rows out of sight are not drawn.
    for (const above of ['Worktrees', 'Snapshots']) await code.sideBar.view(above).fold();
    const recoveries = code.sideBar.view('Recoveries');
    await recoveries.show();
    await recoveries.waitForWelcome('Nothing had to be recovered yet');
    await code.screenshot('recoveries, none');
    index = join(repository.main, '.git', 'worktrees', 'hotfix-two', 'index');
    writeFileSync(index, BROKEN);
    await recoveries.waitFor(/Waiting for Approval.*1 recovery/s);
    await recoveries.waitFor(/hotfix two.*waits for your approval/s);
    assert.match(await recoveries.spoken(/hotfix two/), /^Recovery of hotfix two, waits for your/);
    await recoveries.expand(/hotfix two/);
    await recoveries.waitFor(/Undo.*set aside/s);
    await code.screenshot('recoveries, waiting');
  });

  it('are told by one notification with the plan behind it, and done once approved', async () => {
    const { code } = story();
    await code.notifications.click('index', 'Review Plan…');
    await code.quickInput.waitForPrompt('Approve Recovery of hotfix two');
    await code.screenshot('recoveries, plan');
    await code.quickInput.pick('Approve');
    await code.notifications.waitFor(/^Fixed hotfix two/);
    assert.equal((await code.notifications.shown()).length, 1);
    assert.notEqual(readFileSync(index, 'utf8'), BROKEN);
    await code.notifications.click(/^Fixed hotfix two/, 'Show Recovery');
    const recoveries = code.sideBar.view('Recoveries');
    await recoveries.waitFor(/Done.*1 recovery/s);
    await recoveries.expand(/hotfix two.*fixed/s);
    await recoveries.expand(/Mend what is damaged/);
    await recoveries.waitFor(/Before/);
    await recoveries.waitFor(/After.*the fault is gone/s);
    await recoveries.expand(/\d entries/);
    await code.screenshot('recoveries, done');
    await recoveries.inlineAction(/hotfix two.*fixed/s, 'Show Details of Recovery');
    await code.editors.waitForText('Step 1:');
    await code.screenshot('recoveries, details');
  });

  it('are undone: what they did is taken back', async () => {
    const { code } = story();
    const recoveries = code.sideBar.view('Recoveries');
    await recoveries.contextMenu(/hotfix two.*fixed/s, 'Undo Recovery…');
    assert.match(await code.modal.text(), /Undo the recovery of hotfix two\?/);
    await code.modal.click('Undo Recovery');
    await recoveries.waitFor(/Rolled Back.*1 recovery/s);
    assert.equal(readFileSync(index, 'utf8'), BROKEN);
  });

  it('begin at the fault of a worktree with Fix…, which explains first and can be undone', async () => {
    const { code } = story();
    await code.sideBar.view('Recoveries').fold();
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.show();
    await worktrees.expand('hotfix two');
    await worktrees.inlineAction('The index cannot be read', 'Fix…');
    await code.quickInput.waitForPrompt('Fix hotfix two');
    await code.screenshot('recoveries, fix');
    await code.quickInput.pick('Fix');
    // What was said of the undo before this one is shown for some seconds.
    await code.statusBar.waitGone('Recovery undone');
    await code.notifications.click(/^Fixed hotfix two/, 'Undo');
    await code.statusBar.waitFor('Recovery undone');
    assert.equal(readFileSync(index, 'utf8'), BROKEN);
  });

  it('are explained without being begun', async () => {
    const { code } = story();
    await code.quickInput.run('Bulwark: Explain Recovery (Dry Run)…');
    await code.quickInput.waitForPrompt('Choose what to explain');
    await code.quickInput.pick(/hotfix two.*The index cannot be read/s);
    await code.editors.waitForText('Nothing of this was done');
    await code.screenshot('recoveries, dry run');
    assert.equal(readFileSync(index, 'utf8'), BROKEN);
  });
});
