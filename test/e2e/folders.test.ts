import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { systemClock } from '../../agent/support/clock';
import { until } from '../support/vscode/until';
import { makeSampleRepository } from './sample-repository';
import { tellStory } from './story';

describe('a workspace of two repositories in VS Code', () => {
  const story = tellStory({
    settings: { 'bulwark.autoProtect': 'never' },
    async prepare({ main }) {
      const folder = dirname(main);
      const other = makeSampleRepository(join(folder, 'other'));
      await writeFile(join(other.feature, 'only here.txt'), 'the second folder\n');
      const workspace = join(folder, 'both.code-workspace');
      await writeFile(
        workspace,
        JSON.stringify({ folders: [{ path: main }, { path: other.feature, name: 'search' }] }),
      );
      return workspace;
    },
  });

  it('Protect This Folder asks which', async () => {
    const { code } = story();
    await code.sideBar.open('Bulwark');
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.welcomeButton('Protect This Folder');
    await code.quickInput.waitForPrompt('Choose the folder to protect');
    await code.quickInput.pick('web shop');
    await worktrees.waitFor('hotfix two');
    await code.screenshot('two folders, one protected');
  });

  it('Protect This Folder leaves out what is protected already', async () => {
    const { code } = story();
    await code.quickInput.run('Bulwark: Protect This Folder');
    await code.statusBar.waitFor(/Bulwark protects 3 worktrees/);
    const snapshots = code.sideBar.view('Snapshots');
    await snapshots.waitFor('web shop');
    await snapshots.waitFor('größere suche');
    await code.screenshot('two folders, both protected');
  });

  it('the status item and Snapshot Now follow the active editor', async () => {
    const { code } = story();
    await code.sideBar.open('Explorer');
    await code.sideBar.explorerRow('only here.txt').click();
    await code.editors.waitForText('the second folder');
    await code.quickInput.run('Bulwark: Snapshot Now');
    await code.statusBar.waitFor(/Snapshot of größere suche .* taken/);
  });

  it('Open Snapshot adds a snapshot to the explorer, as one more folder', async () => {
    const { code } = story();
    await code.quickInput.run('Bulwark: Open Snapshot');
    await code.quickInput.waitForPrompt('Choose a snapshot');
    await code.quickInput.pick('taken by hand');
    await code.quickInput.pickExactly('Add to the Explorer');
    const root = code.sideBar.explorerRow(/^Snapshot: größere suche/);
    await root.waitFor();
    // Folded, so that all of the snapshot is on the screen.
    await code.sideBar.explorerRow(/^web shop/).click();
    await until(
      'the files of the snapshot',
      async () => {
        if ((await root.getAttribute('aria-expanded')) === 'false') await root.click();
        return (await code.sideBar.explorerRows('only here.txt').count()) === 2;
      },
      { clock: systemClock, within: 30_000, every: 1_000 },
    );
    await code.screenshot('two folders and a snapshot');
  });
});
