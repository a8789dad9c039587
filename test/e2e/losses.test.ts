import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { systemClock } from '../../agent/support/clock';
import { until } from '../support/vscode/until';
import type { VSCode } from '../support/vscode/vscode';
import { agreeToRestore } from './restore-by-clicking';
import { type WorktreeState, worktreeState } from './sample-repository';
import { PROTECTED, tellStory } from './story';

describe('work that is lost without a snapshot by hand, in VS Code', () => {
  const story = tellStory({ settings: { 'bulwark.autoProtect': 'always' } });
  let saved: WorktreeState;

  it('one notification offers what git threw away, and brings it back', async () => {
    const { code, repository } = story();
    await code.statusBar.waitFor(PROTECTED);
    saved = await worktreeState(repository.main);
    await code.terminal.open();
    await code.terminal.run(
      'git reset --hard && git clean -fdx',
      () => !existsSync(join(repository.main, '.env')),
    );
    const alert = /are gone in|were deleted at once/;
    await code.notifications.waitFor(alert);
    await code.screenshot('work was lost');
    assert.notDeepEqual(await worktreeState(repository.main), saved);
    await code.notifications.click(alert, 'Restore What Was Lost…');
    await agreeToRestore(code, 'Restore', () => code.screenshot('work was lost, question'));
    await code.notifications.waitFor(/^Restored \d+ items? in/);
    await code.notifications.waitGone(/^Restoring/);
    const { files } = await worktreeState(repository.main);
    assert.deepEqual(files, saved.files);
  });

  it('Restore to a Moment… shows what changed when, and goes back there', async () => {
    const { code, repository } = story();
    const draft = join(repository.main, 'notes', 'draft.md');
    writeFileSync(draft, 'first draft\n');
    await showMoments(code, /created.*notes\/draft\.md/s);
    await code.quickInput.cancel();
    rmSync(draft);
    await showMoments(code, /deleted.*notes\/draft\.md/s);
    await code.screenshot('moments');
    await code.quickInput.pick(/created.*notes\/draft\.md/s);
    await code.quickInput.waitForPrompt('Choose what to restore');
    await code.quickInput.pickExactly('Whole worktree');
    await agreeToRestore(code, 'Restore');
    await until('the draft to be back', () => existsSync(draft), {
      clock: systemClock,
      within: 30_000,
    });
    assert.equal(readFileSync(draft, 'utf8'), 'first draft\n');
  });
});

/** Opens the moments of the worktree as soon as the journal has the one that is waited for. */
async function showMoments({ quickInput }: VSCode, wanted: RegExp): Promise<void> {
  await until(
    'the journal to have it',
    async () => {
      await quickInput.run('Bulwark: Restore to a Moment…');
      await quickInput.waitForPrompt('Choose a worktree');
      await quickInput.pick('web shop');
      await quickInput.waitForPrompt('Choose a moment of');
      if ((await quickInput.entries()).some((entry) => wanted.test(entry))) return true;
      await quickInput.cancel();
      return false;
    },
    { clock: systemClock, within: 60_000 },
  );
}
