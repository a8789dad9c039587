import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { systemClock } from '../../agent/support/clock';
import { installationFromEnvironment } from '../support/vscode/installation';
import { until } from '../support/vscode/until';
import { VSCode } from '../support/vscode/vscode';
import { agreeToRestore, beginRestore, showPlan } from './restore-by-clicking';
import {
  makeSampleRepository,
  type SampleRepository,
  type WorktreeState,
  worktreeState,
} from './sample-repository';

describe('losing work and getting it back in VS Code', () => {
  let folder: string;
  let home: string;
  let repository: SampleRepository;
  let code: VSCode;
  let saved: WorktreeState;
  let destroyed: WorktreeState;
  let broken = false;

  const name = (worktree: string): string => basename(worktree);

  before(async () => {
    const installation = installationFromEnvironment();
    folder = await mkdtemp(join(installation.temp, 'work-'));
    home = join(folder, 'bulwark');
    repository = makeSampleRepository(folder);
    code = await VSCode.launch({
      installation,
      clock: systemClock,
      vsix: [installation.vsix],
      open: repository.main,
      env: { BULWARK_HOME: home },
      // The welcome content is what is tried here, not the question.
      settings: { 'bulwark.autoProtect': 'never' },
    });
  });

  // One story in one window: a later part makes no sense when an earlier one failed.
  beforeEach(() => {
    assert.ok(!broken, 'an earlier part failed');
  });

  afterEach(async function () {
    const test = this.currentTest;
    if (test?.state !== 'failed') return;
    broken = true;
    await code.keepEvidence(test.title, home);
  });

  after(async () => {
    await code.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  it('the view says what to do while nothing is protected', async () => {
    await code.sideBar.open('Bulwark');
    await code.sideBar.view('Worktrees').waitForWelcome('Nothing is protected yet');
    await code.statusBar.waitFor('Not Protected');
    await code.screenshot('01 nothing is protected');
  });

  it('one click protects every worktree of the repository', async () => {
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.welcomeButton('Protect This Folder');
    for (const worktree of [repository.main, repository.feature, repository.hotfix]) {
      await worktrees.waitFor(name(worktree));
    }
    const rows = await worktrees.rows();
    const described = new Map(rows.map((row) => [row.label, row.description]));
    assert.match(described.get(name(repository.main)) ?? '', /^main · .*uncommitted/);
    assert.match(described.get(name(repository.feature)) ?? '', /^feature\/search · .*uncommitted/);
    assert.match(described.get(name(repository.hotfix)) ?? '', /^hotfix · .*1 uncommitted/);
    await code.statusBar.waitFor(/Protected/);
    await code.screenshot('02 three worktrees are protected');
  });

  it('Snapshot Now takes a snapshot and shows it below its worktree', async () => {
    saved = await worktreeState(repository.main);
    await code.quickInput.run('Bulwark: Snapshot Now');
    await code.statusBar.waitFor(/Snapshot of .* taken/);
    const worktrees = code.sideBar.view('Worktrees');
    await worktrees.expand(name(repository.main));
    await worktrees.waitFor('Today');
    await worktrees.waitFor('taken by hand');
    await code.screenshot('03 a snapshot is taken');
    assert.deepEqual(await worktreeState(repository.main), saved);
  });

  it('the plan shows what a restore would change, and Cancel changes nothing', async () => {
    await code.terminal.open();
    await code.terminal.run('git reset --hard && git clean -fdx && rm -rf src');
    destroyed = await worktreeState(repository.main);
    assert.equal(existsSync(join(repository.main, '.env')), false);
    assert.equal(existsSync(join(repository.main, 'src')), false);
    await code.screenshot('04 work is destroyed in the terminal');
    await code.quickInput.run('View: Close All Editors in Group').catch(() => undefined);

    await beginRestore(code, name(repository.main), 'Whole worktree and git state');
    await showPlan(code);
    await code.screenshot('05 the plan as a difference');
    const question = await agreeToRestore(code, 'Cancel');
    assert.match(question, /Undo brings it back/);
    assert.deepEqual(await worktreeState(repository.main), destroyed);
  });

  it('a restore from the palette brings every byte and the git state back', async () => {
    await beginRestore(code, name(repository.main), 'Whole worktree and git state');
    await code.screenshot('06 the plan as a list');
    await agreeToRestore(code, 'Restore', () => code.screenshot('07 one question'));
    const message = await code.notifications.waitFor(/^Restored \d+ files? in/);
    assert.match(message, /read back and compared/);
    await code.screenshot('08 restored');
    assert.deepEqual(await worktreeState(repository.main), saved);
  });

  it('Undo in the notification goes back to the state before the restore', async () => {
    await code.notifications.click(/^Restored/, 'Undo');
    await code.statusBar.waitFor(/Restore undone in/);
    assert.deepEqual(await worktreeState(repository.main), destroyed);
    await code.screenshot('09 undone');
  });

  it('Undo Last Restore undoes the undo', async () => {
    await code.quickInput.run('Bulwark: Undo Last Restore');
    assert.match(await code.modal.text(), /Undo the restore/);
    await code.modal.click('Undo Restore');
    await until('the files to be back', () => existsSync(join(repository.main, '.env')), {
      clock: systemClock,
      within: 30_000,
    });
    await code.statusBar.waitFor(/Restore undone in/);
    assert.deepEqual(await worktreeState(repository.main), saved);
  });
});
