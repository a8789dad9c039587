import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../../agent/support/clock';
import { until } from '../support/vscode/until';
import { agreeToRestore } from './restore-by-clicking';
import { PROTECTED, tellStory } from './story';

describe('one file, or one folder, in VS Code', () => {
  const story = tellStory({ settings: { 'bulwark.autoProtect': 'always' } });
  let readme: string;

  const inMain = (path: string): string => join(story().repository.main, path);
  const content = (path: string): Promise<string> => readFile(inMain(path), 'utf8');

  /** In the list of versions: the spoilt one may be there as well, for automatic snapshots go on. */
  const pickUnspoilt = (): Promise<void> =>
    story().code.quickInput.pick(` ${String(Buffer.byteLength(readme))} B`);

  /** Agrees to the plan and waits until the window says that it was done. */
  const restore = async (): Promise<void> => {
    const { code } = story();
    await agreeToRestore(code, 'Restore');
    await code.notifications.waitFor(/^Restored/);
    await code.quickInput.run('Notifications: Clear All Notifications');
  };

  it('Compare with Snapshot, in the explorer: a file beside a kept version', async () => {
    const { code } = story();
    await code.statusBar.waitFor(PROTECTED);
    readme = await content('README.md');
    await code.quickInput.run('Bulwark: Snapshot Now');
    await code.statusBar.waitFor(/Snapshot of .* taken/);
    await writeFile(inMain('README.md'), '# Web shop\n\nSpoilt.\n');
    await code.sideBar.open('Explorer');
    await code.sideBar.explorerMenu('README.md', 'Compare with Snapshot');
    await code.quickInput.waitForPrompt('Choose a version of README.md');
    await code.screenshot('one file, versions');
    await pickUnspoilt();
    await code.editors.waitForTab(/README\.md \(today .* ↔ now\)/);
    await code.editors.waitForDiff();
    await code.screenshot('one file, compared');
  });

  it('Restore File… in an editor brings the chosen version back, and nothing else', async () => {
    const { code } = story();
    await writeFile(inMain('src/cart.ts'), 'spoilt as well\n');
    await code.editors.closeAll();
    await code.sideBar.explorerRow('README.md').click();
    await code.editors.waitForText('Spoilt.');
    await code.editors.contextMenu('Restore File…');
    await code.quickInput.waitForPrompt('Choose a version of README.md');
    await pickUnspoilt();
    await restore();
    assert.equal(await content('README.md'), readme);
    assert.equal(await content('src/cart.ts'), 'spoilt as well\n');
  });

  it('Restore File… on a file in a snapshot brings that one back', async () => {
    const { code } = story();
    await rm(inMain('.env'));
    await code.sideBar.open('Bulwark');
    await code.sideBar.view('Worktrees').fold();
    const snapshots = code.sideBar.view('Snapshots');
    // The snapshot that follows draws the tree anew, and closes the menus of its rows.
    await snapshots.waitFor(/automatic · 10 files/);
    await snapshots.expand('taken by hand');
    await snapshots.waitFor('.env');
    await code.screenshot('one file, in a snapshot');
    await snapshots.contextMenu('.env', 'Restore File…');
    await restore();
    assert.equal(await content('.env'), 'API_KEY=not-in-git\n');
  });

  it('Restore File… from the palette finds a file that was deleted', async () => {
    const { code, repository } = story();
    await rm(inMain('bin/deploy'));
    await code.editors.closeAll();
    await code.quickInput.run('Bulwark: Restore File…');
    await code.quickInput.waitForPrompt('Choose a worktree');
    await code.quickInput.pick('web shop');
    await code.quickInput.waitForPrompt('Choose a snapshot');
    await code.quickInput.pick('taken by hand');
    await code.quickInput.waitForPrompt('Choose a file in the top folder');
    await code.screenshot('one file, browsing');
    await code.quickInput.pickExactly('bin');
    await code.quickInput.waitForPrompt('Choose a file in bin');
    await code.quickInput.pickExactly('deploy');
    await restore();
    assert.ok(existsSync(join(repository.main, 'bin', 'deploy')));
  });

  it('Restore Snapshot… on a folder of the explorer brings the folder back', async () => {
    const { code } = story();
    await code.sideBar.open('Explorer');
    await rm(inMain('src/checkout'), { recursive: true });
    await code.sideBar.explorerMenu(/^src$/, 'Restore Snapshot…');
    await code.quickInput.waitForPrompt('Choose a snapshot');
    await code.quickInput.pick('taken by hand');
    await restore();
    await until('the folder to be back', () => existsSync(inMain('src/checkout/pay.ts')), {
      clock: systemClock,
      within: 10_000,
    });
    assert.notEqual(await content('src/cart.ts'), 'spoilt as well\n');
  });

  it('the keyboard alone is enough', async () => {
    const { code } = story();
    await rm(inMain('.env'));
    const { keyboard } = code.page;
    /** Types until `entry` comes first, and takes it. */
    const take = async (typed: string, entry: string): Promise<void> => {
      await keyboard.type(typed);
      await code.quickInput.waitForEntry(entry);
      await keyboard.press('Enter');
    };
    await keyboard.press('F1');
    await take('Bulwark: Restore Snapshot', 'Bulwark: Restore Snapshot…');
    await code.quickInput.waitForPrompt('Choose a worktree');
    await take('', 'web shop');
    await code.quickInput.waitForPrompt('Choose a snapshot');
    await take('by hand', 'taken by hand');
    await code.quickInput.waitForPrompt('Choose what to restore');
    await take('File', 'File…');
    await code.quickInput.waitForPrompt('Choose a file');
    await take('.env', '.env');
    await code.quickInput.waitForPrompt('Look at the changes');
    await take('', 'Restore…');
    await code.modal.text();
    await keyboard.press('Enter');
    await code.notifications.waitFor(/^Restored/);
    assert.ok(existsSync(inMain('.env')));
  });
});
