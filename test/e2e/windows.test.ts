import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';

import { systemClock } from '../../agent/support/clock';
import { until } from '../support/vscode/until';
import type { VSCode } from '../support/vscode/vscode';
import { agreeToRestore } from './restore-by-clicking';
import { type WorktreeState, worktreeState } from './sample-repository';
import { PROTECTED, tellStory } from './story';

describe('a worktree that was deleted, with two windows of VS Code', () => {
  const story = tellStory({ settings: { 'bulwark.autoProtect': 'always' } });
  let second: VSCode;
  let saved: WorktreeState;

  it('both windows show it', async () => {
    const { code, repository } = story();
    await code.statusBar.waitFor(PROTECTED);
    second = await code.openWindow(repository.hotfix);
    await second.statusBar.waitFor(PROTECTED);
    for (const window of [code, second]) {
      await window.sideBar.open('Bulwark');
      await window.sideBar.view('Worktrees').waitFor('größere suche');
    }
    saved = await worktreeState(repository.feature);
  });

  it('one of them tells that it is gone, and what can be done', async () => {
    const { code, repository } = story();
    await rm(repository.feature, { recursive: true });
    const GONE = /größere suche.* is gone/;
    const windows = [code, second];
    const tells = (window: VSCode): Promise<boolean> =>
      window.notifications.shown().then((shown) => shown.some((text) => GONE.test(text)));
    const teller = await until(
      'a window to tell',
      async () => {
        for (const window of windows) if (await tells(window)) return window;
        return undefined;
      },
      { clock: systemClock, within: 60_000 },
    );
    for (const window of windows) {
      await window.sideBar.view('Worktrees').waitFor(/größere suche.*deleted from disk/);
    }
    await teller.screenshot('a worktree is gone');
    for (const window of windows) {
      assert.equal(await tells(window), window === teller);
    }
  });

  it('it comes back from the tree, as a worktree with its branch and its work', async () => {
    const { code, repository } = story();
    execFileSync('git', ['worktree', 'prune'], { cwd: repository.main });
    // A tree that is drawn anew closes the menu of the row that it replaces; a person opens it again.
    await until(
      'the snapshots of the worktree to be offered',
      async () => {
        await code.sideBar.view('Worktrees').contextMenu('größere suche', 'Restore Snapshot…');
        await code.quickInput.waitForPrompt('Choose a snapshot', 5_000);
        return true;
      },
      { clock: systemClock, within: 60_000 },
    );
    await code.quickInput.pick('automatic');
    await code.quickInput.waitForPrompt('Choose what to restore');
    await code.screenshot('a worktree is gone, scopes');
    await code.quickInput.pickExactly('Whole worktree');
    await agreeToRestore(code, 'Restore', () => code.screenshot('a worktree is gone, question'));
    await code.notifications.waitFor(/^Restored/);
    await code.sideBar.view('Worktrees').waitFor(/search · just now · \d+ uncommitted/);
    await code.screenshot('a worktree is back');
    assert.ok(existsSync(repository.feature));
    assert.deepEqual(await worktreeState(repository.feature), saved);
  });
});
