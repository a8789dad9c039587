import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { PROTECTED, tellStory } from './story';

describe('the integrity of the store in VS Code', () => {
  const story = tellStory({ settings: { 'bulwark.autoProtect': 'always' } });

  /** Spoils one byte in the middle of the largest file of the store, as a bad disk does. */
  const spoil = async (): Promise<void> => {
    const folder = join(story().home, 'store', 'packs');
    let largest = { path: '', size: 0 };
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const { size } = await stat(path);
      if (size > largest.size) largest = { path, size };
    }
    const file = await open(largest.path, 'r+');
    try {
      const at = Math.floor(largest.size / 2);
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, at);
      byte.writeUInt8(byte.readUInt8(0) ^ 1);
      await file.write(byte, 0, 1, at);
      await file.sync();
    } finally {
      await file.close();
    }
  };

  it('Verify Store says that everything is sound, and the view how much is proven', async () => {
    const { code } = story();
    await code.statusBar.waitFor(PROTECTED);
    await code.sideBar.open('Bulwark');
    await code.sideBar.widen(420);
    await code.quickInput.run('Bulwark: Verify Store');
    await code.notifications.waitFor('The store is sound');
    await code.sideBar.view('Worktrees').waitForDescription(/store \d+(\.\d)? % proven/);
    await code.screenshot('integrity, sound');
    await code.quickInput.run('Notifications: Clear All Notifications');
  });

  it('Run Drill… tries out the newest backups', async () => {
    const { code } = story();
    await code.quickInput.run('Bulwark: Run Drill…');
    await code.quickInput.waitForPrompt('Restores the newest backup to a scratch folder');
    await code.screenshot('integrity, drill of what');
    await code.quickInput.pickExactly('All worktrees');
    await code.notifications.waitFor('The newest backup of 3 worktrees came back byte for byte');
    await code.screenshot('integrity, drill');
    await code.notifications.click('came back byte for byte', 'Show Details');
    await code.panel.waitFor('drill of today');
    await code.screenshot('integrity, drill details');
    await code.quickInput.run('View: Toggle Panel Visibility');
    await code.quickInput.run('Bulwark: Run Drill…');
    await code.quickInput.waitForPrompt('Restores the newest backup to a scratch folder');
    await code.quickInput.pick(/Show the last result.*everything came back/s);
    await code.panel.waitFor('drill of today');
    await code.quickInput.run('View: Toggle Panel Visibility');
  });

  it('Verify Store finds what is damaged, and mends it from the files after one question', async () => {
    const { code } = story();
    await spoil();
    await code.quickInput.run('Bulwark: Verify Store');
    await code.notifications.waitFor('The store is damaged');
    await code.screenshot('integrity, damaged');
    await code.notifications.click('The store is damaged', 'Repair…');
    await code.modal.text();
    await code.screenshot('integrity, repair');
    await code.modal.click('Repair');
    await code.notifications.waitFor('The store is mended');
    await code.screenshot('integrity, mended');
    await code.quickInput.run('Notifications: Clear All Notifications');
    await code.quickInput.run('Bulwark: Verify Store');
    await code.notifications.waitFor('The store is sound');
  });
});
