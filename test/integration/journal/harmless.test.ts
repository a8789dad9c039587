import assert from 'node:assert/strict';
import { appendFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEntry } from '../../../agent/protocol/entities';
import { JournalWorld, write } from '../../support/journal-world';
import { git } from '../../support/restore-world';

const FILES = 30;

function files(folder: string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: FILES }, (_, i) => [
      `${folder}/${String(i)}.txt`,
      `${folder} ${String(i)}\n`,
    ]),
  );
}

/** Whether all records together have so many. */
function sums(
  count: 'created' | 'written' | 'deleted',
  wanted: number,
): (entries: JournalEntry[]) => boolean {
  return (entries) => entries.reduce((sum, entry) => sum + entry[count], 0) >= wanted;
}

describe('what is no loss raises no alert', function () {
  this.timeout(60_000);
  const world = new JournalWorld();
  let repo: string;
  let notes: string;

  before(async () => {
    await world.start();
    repo = world.repository('repo', { ...files('src'), '.gitignore': 'dist/\n*.o\n.env\n' });
    git(repo, 'switch', '-q', '-c', 'other');
    git(repo, 'rm', '-rq', 'src');
    write(repo, { 'only.txt': 'here\n' });
    git(repo, 'add', '-A');
    git(repo, 'commit', '-qm', 'other');
    git(repo, 'switch', '-q', 'main');
    notes = join(world.root, 'notes');
    write(notes, { ...files('text'), ...files('build') });
    await world.protect(repo);
    await world.protect(notes);
  });
  after(() => world.remove());

  const marks = new Map<string, number>();

  /** What is in the journal of a folder since this was asked last satisfies a condition. */
  const told = async (
    folder: string,
    wanted: (entries: JournalEntry[]) => boolean,
  ): Promise<void> => {
    const after = marks.get(folder) ?? 0;
    await world.until(`the journal of ${folder}`, async () => {
      const { entries } = await world.client.call('journal/list', { path: folder, after });
      if (!wanted(entries)) return null;
      marks.set(folder, entries[0]?.sequence ?? after);
      return entries;
    });
  };
  /** The same of the repository, and git was asked since. */
  const seen = async (
    state: string,
    wanted: (entries: JournalEntry[]) => boolean,
  ): Promise<void> => {
    await told(repo, wanted);
    await world.until(`git to call it ${state}`, async () => {
      const info = await world.info(repo);
      return info.state === state && info.protection.kind === 'current' ? info : null;
    });
  };

  it('a switch to another branch and back', async () => {
    git(repo, 'switch', '-q', 'other');
    await seen('clean', sums('deleted', FILES));
    git(repo, 'switch', '-q', 'main');
    await seen('clean', sums('created', FILES));
  });

  it('a commit', async () => {
    appendFileSync(join(repo, 'src/1.txt'), 'more\n');
    git(repo, 'rm', '-q', 'src/2.txt', 'src/3.txt');
    await seen('dirty', sums('written', 1));
    git(repo, 'commit', '-qam', 'two');
    const head = git(repo, 'rev-parse', 'HEAD');
    await seen('clean', (entries) => entries.some((entry) => entry.head === head));
  });

  it('work that is put aside as a stash, and taken up again', async () => {
    appendFileSync(join(repo, 'src/1.txt'), 'aside\n');
    await seen('dirty', sums('written', 1));
    git(repo, 'stash', '-q');
    await seen('clean', (entries) =>
      entries.some(({ changes }) => changes.some(({ path }) => path === 'refs/stash')),
    );
    git(repo, 'stash', 'pop', '-q');
    await seen('dirty', sums('written', 1));
    git(repo, 'commit', '-qam', 'three');
    const head = git(repo, 'rev-parse', 'HEAD');
    await seen('clean', (entries) => entries.some((entry) => entry.head === head));
  });

  it('a commit of newer work, and a switch to another branch at once', async () => {
    appendFileSync(join(repo, 'src/1.txt'), 'older\n');
    await seen('dirty', sums('written', 1));
    appendFileSync(join(repo, 'src/1.txt'), 'newer\n');
    git(repo, 'commit', '-qam', 'four');
    git(repo, 'switch', '-q', 'other');
    await seen('clean', sums('deleted', FILES - 2));
    git(repo, 'switch', '-q', 'main');
    await seen('clean', sums('created', FILES - 2));
  });

  it('the cleaning of what a build makes', async () => {
    const objects = Object.fromEntries(
      Array.from({ length: FILES }, (_, i) => [`src/${String(i)}.o`, `object ${String(i)}`]),
    );
    write(repo, { ...files('dist'), ...objects });
    await seen('clean', sums('created', 2 * FILES));
    rmSync(join(repo, 'dist'), { recursive: true });
    for (const path of Object.keys(objects)) rmSync(join(repo, path));
    await seen('clean', sums('deleted', 2 * FILES));
    rmSync(join(notes, 'build'), { recursive: true });
    await told(notes, sums('deleted', FILES));
  });

  it('a folder that is renamed', async () => {
    renameSync(join(notes, 'text'), join(notes, 'texts'));
    const { changes } = await world.entry(notes, ({ renamed }) => renamed === FILES);
    assert.equal(changes[0]?.from, 'text');
  });

  /** Adds a linked worktree, and waits until it is protected. */
  async function protectedWorktree(name: string, branch: string): Promise<string> {
    const linked = join(world.root, name);
    git(repo, 'worktree', 'add', '-q', '-b', branch, linked);
    await world.until('the linked worktree to be protected', async () => {
      const { worktrees } = await world.client.call('worktree/list', {});
      const found = worktrees.find(({ path }) => path === linked);
      return found?.protection.kind === 'current' ? found : null;
    });
    return linked;
  }

  /** Has git remove a worktree, and waits until that was seen. */
  async function removed(linked: string): Promise<void> {
    git(repo, 'worktree', 'remove', linked);
    await world.until('the worktree to be gone', async () => {
      const { worktrees } = await world.client.call('worktree/list', {});
      return worktrees.some(({ path, state }) => path === linked && state !== 'missing')
        ? null
        : true;
    });
  }

  it('a worktree in which all is committed, and which git removes', async () => {
    const linked = await protectedWorktree('linked', 'feature');
    write(linked, { 'src/new.txt': 'new\n', ...files('dist') });
    git(linked, 'add', '-A');
    git(linked, 'commit', '-qm', 'new');
    const head = git(linked, 'rev-parse', 'HEAD');
    await world.entry(linked, (entry) => entry.head === head);
    await world.until('git to call it clean', async () => {
      const info = await world.info(linked);
      return info.state === 'clean' && info.protection.kind === 'current' ? info : null;
    });
    await removed(linked);
  });

  it('a worktree in which all is committed, and which git removes before anyone could look', async () => {
    const linked = await protectedWorktree('short', 'short');
    write(linked, { 'src/short.txt': 'short\n', ...files('dist') });
    git(linked, 'add', '-A');
    git(linked, 'commit', '-qm', 'short');
    await removed(linked);
  });

  it('a restore by Bulwark, and its undo', async () => {
    const before = await world.client.call('snapshot/create', { path: repo });
    write(repo, files('more'));
    git(repo, 'add', '-A');
    await seen('dirty', sums('created', FILES));
    const plan = await world.client.call('restore/plan', {
      snapshot: before.id,
      withGitState: true,
    });
    assert.ok(plan.deletes >= FILES);
    await world.client.call('restore/apply', { plan: plan.id });
    await world.entry(repo, ({ why, deleted }) => why === 'restore' && deleted === FILES);
    await world.client.call('restore/undo', {});
    await world.entry(repo, ({ why, created }) => why === 'restore' && created === FILES);
  });

  it('while a real loss does', async () => {
    rmSync(join(notes, 'texts'), { recursive: true });
    const { loss } = await world.notice(notes);
    assert.deepEqual([loss?.kind, loss?.lost], ['deleted', FILES]);
    assert.deepEqual(
      world.notices.map(({ message, loss: told }) => told?.worktree === notes || message),
      [true],
    );
    const told = await world.client.call('agent/status', {});
    assert.deepEqual(told.losses, world.notices);
  });
});
