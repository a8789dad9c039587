import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { discover } from '../../../agent/worktrees/discovery';
import { gitStateRoots, type GitStateRoot } from '../../../agent/worktrees/git-state';
import { readStatus } from '../../../agent/worktrees/status';
import type { Worktree } from '../../../agent/worktrees/worktree';
import { Sandbox } from './sandbox';

describe('git’s own files', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox();
    box.repository('repo');
    box.run('repo', 'worktree', 'add', '-q', '../linked');
  });
  afterEach(() => box.remove());

  async function worktrees(): Promise<readonly Worktree[]> {
    const found = await discover(box.git, box.path('repo'));
    return found.kind === 'repository' ? found.worktrees : assert.fail();
  }

  it('a snapshot of a linked worktree holds its HEAD, index, log and stopped merge, and all refs', async () => {
    box.commit('repo', 'file', 'ours\n');
    box.commit('linked', 'file', 'theirs\n');
    box.runConflicting('linked', 'merge', 'main');
    box.write('repo/.git/worktrees/linked/index.lock', '');
    const [, linked] = await worktrees();
    if (linked === undefined) assert.fail();
    const [own, common] = gitStateRoots(linked).map(included);
    for (const name of ['HEAD', 'index', 'MERGE_HEAD', 'commondir', 'gitdir', 'logs/HEAD'])
      assert.ok(own?.includes(name), name);
    assert.ok(!own?.includes('index.lock'));
    for (const name of [
      'HEAD',
      'config',
      'refs/heads/main',
      'refs/heads/linked',
      'logs/refs/heads/main',
    ])
      assert.ok(common?.includes(name), name);
    for (const name of common ?? []) assert.doesNotMatch(name, /^(objects|worktrees|hooks|index)/);
  });

  it('a snapshot of the main worktree leaves objects, hooks and other worktrees out', async () => {
    box.write('repo/file', 'stashed\n');
    box.run('repo', 'stash', '-q');
    box.run('repo', 'pack-refs', '--all');
    const [main] = await worktrees();
    if (main === undefined) assert.fail();
    const [own = [], common = []] = gitStateRoots(main).map(included);
    for (const name of ['HEAD', 'index', 'logs/HEAD', 'ORIG_HEAD'])
      assert.ok(own.includes(name), name);
    for (const name of ['packed-refs', 'config', 'logs/refs/stash', 'info/exclude'])
      assert.ok(common.includes(name), name);
    assert.deepEqual(
      own.filter((name) => common.includes(name)),
      [],
      'nothing is held twice',
    );
    for (const name of own)
      assert.doesNotMatch(name, /^(objects|worktrees|hooks|refs|config|packed)/);
  });

  it('looking changes no file of .git, not even a time', async () => {
    // A touched file makes git want to refresh its index.
    box.write('repo/file', 'one\n');
    box.write('linked/file', 'one\n');
    const before = fingerprint(box.path('repo/.git'));
    for (const worktree of await worktrees()) {
      assert.equal((await readStatus(box.git, worktree)).state, 'clean');
      gitStateRoots(worktree).map(included);
    }
    assert.deepEqual(fingerprint(box.path('repo/.git')), before);
  });
});

/** The files that a root includes, walked as a scanner would. */
function included(root: GitStateRoot): string[] {
  const files: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root.root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!root.include(path, entry.isDirectory())) continue;
      if (entry.isDirectory()) walk(path);
      else files.push(path);
    }
  };
  walk('');
  return files;
}

function fingerprint(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const { mtimeNs, ctimeNs, ino, mode } = statSync(path, { bigint: true });
      const content = statSync(path).isFile() ? readFileSync(path, 'base64') : '';
      return [name, mtimeNs, ctimeNs, ino, mode, content].map(String).join(' ');
    });
}
