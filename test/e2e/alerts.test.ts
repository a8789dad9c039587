import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROTECTED, tellStory } from './story';

describe('alerts in VS Code', () => {
  const story = tellStory({
    settings: { 'bulwark.autoProtect': 'always' },
    // The agent would mend it before anybody sees it.
    prepare: async (_repository, home) => {
      const settings = { healing: { mode: 'observe' } };
      writeFileSync(join(home, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
      return undefined;
    },
  });
  let index: string;
  let whole: Buffer;

  it('say in the status bar, the view and at the worktree what is wrong', async () => {
    const { code, repository } = story();
    await code.statusBar.waitFor(PROTECTED);
    await code.sideBar.open('Bulwark');
    await code.sideBar.widen(460);
    const alerts = code.sideBar.view('Alerts');
    await alerts.show();
    await alerts.waitForWelcome('Nothing is wrong');
    index = join(repository.main, '.git', 'worktrees', 'hotfix-two', 'index');
    whole = readFileSync(index);
    writeFileSync(index, 'no index at all');
    await code.statusBar.waitFor('1 Critical Alert');
    await alerts.waitFor(/hotfix two.*1 needs you/s);
    await alerts.waitFor(/The index cannot be read.*critical/s);
    assert.match(await alerts.spoken('The index cannot be read'), /^critical/);
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.waitFor(/hotfix two.*1 fault/s);
    await worktrees.expand('hotfix two');
    await worktrees.waitFor('The index cannot be read');
    await code.screenshot('alerts');
  });

  it('are told once, by what can be done about them, and lead to their cause', async () => {
    const { code } = story();
    const told = await code.notifications.waitFor('Git cannot read');
    assert.match(told, /hotfix two.*can be restored/s);
    assert.deepEqual(await code.notifications.shown(), [told]);
    const alerts = code.sideBar.view('Alerts');
    await alerts.contextMenu('The index cannot be read', 'Go to Cause of Alert');
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.waitForSelected(/hotfix two/);
  });

  it('are acknowledged and silenced, with the reason', async () => {
    const { code } = story();
    const alerts = code.sideBar.view('Alerts');
    await alerts.inlineAction('The index cannot be read', 'Acknowledge Alert');
    await alerts.waitFor(/The index cannot be read.*acknowledged/s);
    await code.statusBar.waitGone('Critical Alert');
    await alerts.contextMenu('The index cannot be read', 'Silence Alert…');
    await code.quickInput.waitForPrompt('Choose what to silence');
    await code.screenshot('alerts, silence');
    await code.quickInput.pickExactly('This alert');
    await code.quickInput.waitForPrompt('Choose for how long');
    await code.quickInput.pickExactly('1 hour');
    await code.quickInput.waitForPrompt('Why');
    await code.quickInput.type('the disk is being changed');
    await code.quickInput.accept();
    await alerts.waitFor(/The index cannot be read.*silenced/s);
    assert.match(await alerts.tooltip('The index cannot be read'), /the disk is being changed/);
    await code.screenshot('alerts, silenced');
  });

  it('are over when the fault is', async () => {
    const { code } = story();
    writeFileSync(index, whole);
    const alerts = code.sideBar.view('Alerts');
    await alerts.contextMenu('The index cannot be read', 'Resolve Alert');
    await alerts.waitFor(/Over.*1 alert/s);
    await code.sideBar.view('Worktrees').waitGone(/hotfix two.*1 fault/s);
  });
});
