import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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
});
