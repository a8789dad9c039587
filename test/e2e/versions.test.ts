import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from '../../agent/support/clock';
import { until } from '../support/vscode/until';
import { agreeToRestore } from './restore-by-clicking';
import { PROTECTED, tellStory } from './story';

const FIRST = '# Web shop\n\nThe first version.\n';
const SECOND = '# Web shop\n\nThe second version, which is longer.\n';
const SPOILT = '# Web shop\n\nSpoilt.\n';

describe('the history of a file in VS Code', () => {
  const story = tellStory({ settings: { 'bulwark.autoProtect': 'always' } });

  const readme = (): string => join(story().repository.main, 'README.md');
  const size = (text: string): string => `${String(Buffer.byteLength(text))} B · changed`;
  const keep = async (): Promise<void> => {
    const { code } = story();
    await code.quickInput.run('Bulwark: Snapshot Now');
    await code.statusBar.waitFor(/Snapshot of .* taken/);
    await code.statusBar.waitGone(/Snapshot of .* taken/);
  };

  it('Show Versions of File… lists each version once, newest first', async () => {
    const { code } = story();
    await code.statusBar.waitFor(PROTECTED);
    await writeFile(readme(), FIRST);
    await keep();
    await writeFile(readme(), SECOND);
    await keep();
    await keep();
    await writeFile(readme(), SPOILT);
    await code.sideBar.open('Explorer');
    await code.sideBar.explorerMenu('README.md', 'Show Versions of File…');
    await code.quickInput.waitForPrompt('Choose a version of README.md');
    const entries = (await code.quickInput.entries()).join('\n');
    const at = (text: string): number => entries.indexOf(size(text));
    assert.ok(at(SECOND) >= 0 && at(FIRST) > at(SECOND), entries);
    assert.equal(entries.split(size(SECOND)).length, 2, entries);
    await code.screenshot('versions, list');
  });

  it('shows a version beside the file as it is, and beside the version before', async () => {
    const { code } = story();
    const { quickInput, editors } = code;
    await quickInput.pick(size(SECOND));
    await quickInput.waitForPrompt('Choose what to do with this version');
    await code.screenshot('versions, what to do');
    await quickInput.pickExactly('Compare with now');
    await editors.waitForTab(/README\.md \(today .* ↔ now\)/);
    await editors.waitForDiff();
    await code.screenshot('versions, compared with now');
    await quickInput.pickExactly('Compare with the version before');
    await editors.waitForTab(/README\.md \(today .* ↔ today .*\)/);
    await editors.waitForText('The second version');
    await code.screenshot('versions, compared with the one before');
  });

  it('opens it, and brings it back', async () => {
    const { code } = story();
    const { quickInput } = code;
    await quickInput.pickExactly('Open');
    await code.editors.waitForTab(/README\.md \(today [^↔]*\)$/);
    await quickInput.pickExactly('Restore…');
    await agreeToRestore(code, 'Restore');
    await code.notifications.waitFor(/^Restored/);
    await until(
      'the version to be back',
      async () => (await readFile(readme(), 'utf8')) === SECOND,
      {
        clock: systemClock,
        within: 10_000,
      },
    );
  });

  it('finds the versions of a file by its row in a snapshot', async () => {
    const { code } = story();
    await code.sideBar.open('Bulwark');
    await code.sideBar.view('Worktrees').fold();
    const snapshots = code.sideBar.view('Snapshots');
    await snapshots.expand('taken by hand');
    await snapshots.contextMenu('README.md', 'Show Versions of File…');
    await code.quickInput.waitForPrompt('Choose a version of README.md');
    await code.quickInput.cancel();
  });
});
