import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import { agreeToRestore, beginRestore, showPlan } from './restore-by-clicking';
import { type WorktreeState, worktreeState } from './sample-repository';
import { PROTECTED, tellStory } from './story';

describe('losing work and getting it back in VS Code', () => {
  // The welcome content is what is tried here, not the question.
  const story = tellStory({ settings: { 'bulwark.autoProtect': 'never' } });
  let saved: WorktreeState;
  let destroyed: WorktreeState;

  it('the view says what to do while nothing is protected', async () => {
    const { code } = story();
    await code.sideBar.open('Bulwark');
    await code.sideBar.view('Worktrees').waitForWelcome('Nothing is protected yet');
    await code.statusBar.waitFor('Not Protected');
    await code.screenshot('01 nothing is protected');
  });

  it('one click protects every worktree of the repository', async () => {
    const { code, repository } = story();
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.welcomeButton('Protect This Folder');
    for (const worktree of [repository.main, repository.feature, repository.hotfix]) {
      await worktrees.waitFor(new RegExp(`${basename(worktree)}.*uncommitted`, 's'));
    }
    const rows = await worktrees.rows();
    const described = new Map(rows.map((row) => [row.label, row.description]));
    assert.match(described.get(basename(repository.main)) ?? '', /^main · .*uncommitted/);
    assert.match(
      described.get(basename(repository.feature)) ?? '',
      /^feature\/search · .*uncommitted/,
    );
    assert.match(described.get(basename(repository.hotfix)) ?? '', /^hotfix · .*1 uncommitted/);
    await code.statusBar.waitFor(PROTECTED);
    await code.screenshot('02 three worktrees are protected');
  });

  it('Snapshot Now takes a snapshot and shows it below its worktree', async () => {
    const { code, repository } = story();
    saved = await worktreeState(repository.main);
    await code.quickInput.run('Bulwark: Snapshot Now');
    await code.statusBar.waitFor(/Snapshot of .* taken/);
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.expand(basename(repository.main));
    await worktrees.waitFor('Today');
    await worktrees.waitFor('taken by hand');
    await code.screenshot('03 a snapshot is taken');
    assert.deepEqual(await worktreeState(repository.main), saved);
  });

  it('the plan shows what a restore would change, and Cancel changes nothing', async () => {
    const { code, repository } = story();
    await code.terminal.open();
    await code.terminal.run(
      'git reset --hard && git clean -fdx && rm -rf src',
      () => !existsSync(join(repository.main, 'src')),
    );
    destroyed = await worktreeState(repository.main);
    assert.equal(existsSync(join(repository.main, '.env')), false);
    await code.screenshot('04 work is destroyed in the terminal');

    await beginRestore(code, basename(repository.main), 'Whole worktree and git state');
    await showPlan(code);
    await code.screenshot('05 the plan as a difference');
    const question = await agreeToRestore(code, 'Cancel');
    assert.match(question, /Undo brings it back/);
    assert.deepEqual(await worktreeState(repository.main), destroyed);
  });

  it('a restore from the palette brings every byte and the git state back', async () => {
    const { code, repository } = story();
    await beginRestore(code, basename(repository.main), 'Whole worktree and git state');
    await code.quickInput.waitForPrompt('Look at the changes');
    await code.quickInput.waitForEntry('Restore…');
    await code.screenshot('06 the plan as a list');
    // The picture of the README.
    await code.screenshot('readme');
    await agreeToRestore(code, 'Restore', () => code.screenshot('07 one question'));
    const message = await code.notifications.waitFor(/^Restored \d+ items? in/);
    assert.match(message, /read back and compared/);
    await code.notifications.waitGone(/^Restoring/);
    await code.screenshot('08 restored');
    assert.deepEqual(await worktreeState(repository.main), saved);
  });

  it('Undo in the notification goes back to the state before the restore', async () => {
    const { code, repository } = story();
    await code.notifications.click(/^Restored/, 'Undo');
    await code.statusBar.waitFor(/Restore undone in/);
    assert.deepEqual(await worktreeState(repository.main), destroyed);
    await code.notifications.waitGone(/^Undoing/);
    await code.screenshot('09 undone');
  });

  it('Undo Last Restore undoes the undo', async () => {
    const { code, repository } = story();
    await code.statusBar.waitGone(/Restore undone in/);
    await code.quickInput.run('Bulwark: Undo Last Restore');
    assert.match(await code.modal.text(), /Undo the restore/);
    await code.modal.click('Undo Restore');
    await code.statusBar.waitFor(/Restore undone in/);
    assert.deepEqual(await worktreeState(repository.main), saved);
  });
});
