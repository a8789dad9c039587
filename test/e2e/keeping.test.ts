import assert from 'node:assert/strict';

import { readDiscovery } from '../../agent/protocol/discovery';
import { PROTECTED, tellStory } from './story';

describe('kinds of backups, pins and deletion in VS Code', () => {
  const story = tellStory({ settings: { 'bulwark.autoProtect': 'always' } });

  it('Back Up Now… tells what each kind does, and backs up the worktrees that are chosen', async () => {
    const { code } = story();
    const { quickInput, notifications } = code;
    await code.statusBar.waitFor(PROTECTED);
    await code.sideBar.open('Bulwark');
    await code.sideBar.widen(420);
    await quickInput.run('Bulwark: Back Up Now…');
    await quickInput.waitForPrompt('Choose a kind');
    const kinds = await quickInput.entries();
    for (const kind of ['Full', 'Differential', 'Incremental', 'Snapshot'])
      assert.ok(
        kinds.some((entry) => entry.startsWith(kind)),
        kind,
      );
    await code.screenshot('backup, kinds');
    await quickInput.pickExactly('Full backup');
    await quickInput.waitForPrompt('Choose one worktree or several');
    await quickInput.check('hotfix two');
    await code.screenshot('backup, worktrees');
    await quickInput.accept();
    const said = await notifications.waitFor('Full backup of 2 worktrees');
    assert.match(said, /files?, .*read back and checked/);
    await code.screenshot('backup, done');
    await notifications.click('Full backup of 2 worktrees', 'Show Snapshot');
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.waitFor('full backup');
    assert.match((await worktrees.selected()).join(), /full backup/);
    assert.match(await worktrees.spoken('full backup'), /full backup/);
    await code.screenshot('backup, its row');
  });

  it('Back Up Now… on a worktree can be cancelled', async () => {
    const { code, home } = story();
    const agent = await readDiscovery(home);
    assert.ok(agent !== null);
    const { quickInput, notifications } = code;
    await code.sideBar.view('Worktrees').contextMenu('größere suche', 'Back Up Now…');
    await quickInput.waitForPrompt('Choose a kind');
    // The agent stands still, so that the backup takes as long as a person needs.
    process.kill(agent.pid, 'SIGSTOP');
    try {
      await quickInput.pickExactly('Incremental backup');
      await notifications.waitFor(/^Incremental backup of größere suche/);
      await code.screenshot('backup, progress');
      await notifications.click(/^Incremental backup of größere suche/, 'Cancel');
    } finally {
      process.kill(agent.pid, 'SIGCONT');
    }
    await code.statusBar.waitFor(/cancelled: nothing was backed up/);
  });

  it('Pin Snapshot asks why, and the row says that it is pinned', async () => {
    const { code } = story();
    const worktrees = code.sideBar.view('Worktrees');
    const menu = await worktrees.openMenu('full backup');
    assert.ok(menu.includes('Pin Snapshot'));
    assert.ok(!menu.includes('Unpin Snapshot'));
    await code.screenshot('pins, menu');
    await code.menu.click('Pin Snapshot');
    await code.quickInput.waitForPrompt('Why it is kept');
    await code.screenshot('pins, why');
    await code.quickInput.type('before the migration');
    await code.quickInput.accept();
    await worktrees.waitFor('pinned · full backup');
    assert.match(await worktrees.spoken('full backup'), /pinned/);
    const then = await worktrees.openMenu('full backup');
    assert.ok(then.includes('Unpin Snapshot'));
    assert.ok(!then.includes('Pin Snapshot'));
    await code.menu.close();
    assert.match(await worktrees.tooltip('full backup'), /Pinned: before the migration/);
    await code.screenshot('pins, pinned');
  });

  it('Delete Snapshot… refuses what is pinned, and offers to unpin it', async () => {
    const { code } = story();
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.contextMenu('full backup', 'Delete Snapshot…');
    const refusal = await code.notifications.waitFor('Not deleted');
    assert.match(refusal, /is pinned \(before the migration\)\. Unpin it first/);
    await code.screenshot('pins, not deleted');
    await code.notifications.click('Not deleted', 'Unpin Snapshot');
    await worktrees.waitGone('pinned');
    await worktrees.waitFor('full backup');
  });

  it('Delete Snapshot… asks once, and deletes nothing when the answer is no', async () => {
    const { code } = story();
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.contextMenu('full backup', 'Delete Snapshot…');
    assert.match(
      await code.modal.text(),
      /Delete the snapshot of web shop.*It is the newest.*cannot be brought back/s,
    );
    await code.screenshot('deleting, question');
    await code.modal.click('Cancel');
    await worktrees.waitFor('full backup');
    await worktrees.contextMenu('full backup', 'Delete Snapshot…');
    await code.modal.click('Delete');
    await code.statusBar.waitFor(/Deleted: web shop/);
    await worktrees.waitGone('full backup');
  });

  it('Pin and Unpin from the palette offer only what they can be done to', async () => {
    const { code } = story();
    const { quickInput } = code;
    await quickInput.run('Bulwark: Unpin Snapshot');
    await quickInput.waitForPrompt('No snapshot here is pinned');
    await quickInput.cancel();
    await quickInput.run('Bulwark: Pin Snapshot');
    await quickInput.waitForPrompt('Choose a snapshot of web shop');
    await quickInput.pick('automatic');
    await quickInput.waitForPrompt('Why it is kept');
    await quickInput.accept();
    await code.sideBar.view('Worktrees').waitFor('pinned · automatic');
    await quickInput.run('Bulwark: Unpin Snapshot');
    await quickInput.waitForPrompt('Choose a snapshot of web shop');
    assert.equal((await quickInput.entries()).length, 1);
    await code.screenshot('pins, palette');
    await quickInput.pick('pinned · automatic');
    await code.statusBar.waitFor(/Unpinned: web shop/);
    await code.sideBar.view('Worktrees').waitGone('pinned');
  });

  it('Delete Snapshot… deletes all that are selected, and leaves what is pinned', async () => {
    const { code } = story();
    const { quickInput } = code;
    const worktrees = code.sideBar.view('Worktrees');
    const byHand = 'taken by hand';
    for (let count = 1; count <= 3; count++) {
      await quickInput.run('Bulwark: Snapshot Now');
      await worktrees.waitForCount(byHand, count);
    }
    await worktrees.contextMenu(byHand, 'Pin Snapshot');
    await quickInput.waitForPrompt('Why it is kept');
    await quickInput.accept();
    await worktrees.waitFor('pinned · taken by hand');
    await worktrees.selectAll(byHand, 3);
    await code.screenshot('deleting several, selected');
    const menu = await worktrees.openMenu(byHand);
    assert.ok(!menu.includes('Copy Snapshot ID'), menu.join());
    await code.screenshot('deleting several, menu');
    await code.menu.click('Delete Snapshot…');
    assert.match(
      await code.modal.text(),
      /Delete 2 snapshots\?.*web shop.*1 pinned one of those selected will stay/s,
    );
    await code.screenshot('deleting several, question');
    await code.modal.click('Delete');
    await code.statusBar.waitFor(/Deleted: 2 snapshots/);
    await worktrees.waitForCount(byHand, 1);
    await worktrees.waitFor('pinned · taken by hand');
  });
});
