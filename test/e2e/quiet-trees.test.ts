import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { PROTECTED, tellStory } from './story';

describe('a tree that somebody works in while snapshots are taken, in VS Code', () => {
  const story = tellStory({ settings: { 'bulwark.autoProtect': 'always' } });

  it('keeps the menu, the selection and what is open', async () => {
    const { code, repository } = story();
    await code.statusBar.waitFor(PROTECTED);
    await code.sideBar.open('Bulwark');
    await code.sideBar.widen(420);
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.waitFor('größere suche');
    await worktrees.expand('hotfix two');
    await worktrees.waitFor('Today');
    await worktrees.waitFor('automatic');
    // A click selects the row, and opens it.
    await worktrees.click('automatic');
    await worktrees.waitFor('README.md');
    const before = await worktrees.rows();
    // Somebody else works in another worktree: its row says so within moments.
    await writeFile(join(repository.feature, 'notes', 'new.md'), 'one more thing\n');
    await worktrees.waitFor(/größere suche.*6 uncomm/s);
    assert.match((await worktrees.selected()).join(), /automatic/);
    const menu = await worktrees.openMenu('automatic');
    assert.ok(menu.includes('Pin Snapshot'));
    await writeFile(join(repository.feature, 'notes', 'newer.md'), 'and another\n');
    await worktrees.waitFor(/größere suche.*7 uncomm/s);
    await code.screenshot('a menu stays open');
    await code.menu.click('Pin Snapshot');
    await code.quickInput.waitForPrompt('Pin Snapshot: hotfix two');
    await code.quickInput.accept();
    await worktrees.waitFor('pinned · automatic');
    const after = await worktrees.rows();
    assert.deepEqual(
      after.map(({ label, expanded }) => [label, expanded]),
      before.map(({ label, expanded }) => [label, expanded]),
    );
  });

  it('Refresh keeps the selection and what is open', async () => {
    const { code } = story();
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.click('logo.png');
    await code.editors.waitForPicture();
    const open = (rows: Awaited<ReturnType<typeof worktrees.rows>>): unknown =>
      rows.map(({ label, expanded }) => [label, expanded]);
    const before = open(await worktrees.rows());
    await code.quickInput.run('Bulwark: Refresh');
    await code.statusBar.waitFor(PROTECTED);
    assert.match((await worktrees.selected()).join(), /logo\.png/);
    assert.deepEqual(open(await worktrees.rows()), before);
  });
});
