import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../agent/support/clock';
import { BulwarkError } from '../../../agent/support/errors';
import { silentLog } from '../../../agent/support/log';
import { encodeName } from '../../../agent/support/names';
import { discover } from '../../../agent/worktrees/discovery';
import { Git } from '../../../agent/worktrees/git';
import { dotGit } from '../../../agent/worktrees/git-files';
import type { Discovery, Worktree } from '../../../agent/worktrees/worktree';
import { Sandbox } from './sandbox';

describe('discovering worktrees', () => {
  let box: Sandbox;
  beforeEach(() => (box = new Sandbox()));
  afterEach(() => box.remove());

  it('tells the main worktree and where its HEAD stands', async () => {
    const repo = box.repository('repo');
    const head = box.run('repo', 'rev-parse', 'HEAD').trim();
    assert.deepEqual(await discover(box.git, repo), {
      kind: 'repository',
      commonDir: join(repo, '.git'),
      bare: false,
      worktrees: [
        {
          path: repo,
          gitDir: join(repo, '.git'),
          commonDir: join(repo, '.git'),
          role: 'main',
          head: { kind: 'branch', ref: 'refs/heads/main', commit: head },
          locked: null,
          prunable: null,
          exists: true,
          sparse: false,
          fault: null,
        },
      ],
    });
  });

  it('finds the same worktrees from any folder of any of them, and from inside .git', async () => {
    const repo = box.repository('repo');
    box.run('repo', 'worktree', 'add', '-q', '../linked');
    box.run('repo', 'worktree', 'add', '-q', '--detach', 'nested');
    mkdirSync(box.path('linked/deep/er'), { recursive: true });
    const first = await discover(box.git, repo);
    assert.deepEqual(paths(first), [repo, box.path('linked'), box.path('repo/nested')]);
    assert.deepEqual(
      repository(first).worktrees.map((worktree) => worktree.head.kind),
      ['branch', 'branch', 'detached'],
    );
    for (const place of [
      'linked/deep/er',
      'repo/nested',
      'repo/.git',
      'repo/.git/worktrees/linked',
    ])
      assert.deepEqual(await discover(box.git, box.path(place)), first, place);
  });

  it('tells locked worktrees with the reason, sparse ones, and those whose folder is gone', async () => {
    box.repository('repo');
    for (const name of ['locked', 'gone', 'sparse'])
      box.run('repo', 'worktree', 'add', '-q', `../${name}`);
    box.run('repo', 'worktree', 'lock', '--reason', 'on a\nusb stick', '../locked');
    box.run('sparse', 'sparse-checkout', 'set', 'src');
    rmSync(box.path('gone'), { recursive: true });
    const found = await discover(box.git, box.path('repo'));
    assert.deepEqual(worktree(found, box.path('locked')).locked, { reason: 'on a\nusb stick' });
    assert.equal(worktree(found, box.path('sparse')).sparse, true);
    assert.equal(worktree(found, box.path('locked')).sparse, false);
    const gone = worktree(found, box.path('gone'));
    assert.equal(gone.exists, false);
    assert.notEqual(gone.prunable, null);
    assert.equal(gone.gitDir, box.path('repo/.git/worktrees/gone'));
    assert.equal(gone.head.kind, 'branch');
  });

  it('tells an unborn branch', async () => {
    box.run('.', 'init', '-q', '-b', 'trunk', 'new');
    const found = worktree(await discover(box.git, box.path('new')), box.path('new'));
    assert.deepEqual(found.head, { kind: 'branch', ref: 'refs/heads/trunk', commit: null });
  });

  it('knows a bare repository and its worktrees', async () => {
    box.repository('repo');
    box.run('.', 'clone', '-q', '--bare', 'repo', 'bare.git');
    box.run('bare.git', 'worktree', 'add', '-q', '../from-bare');
    for (const place of ['bare.git', 'from-bare']) {
      const found = repository(await discover(box.git, box.path(place)));
      assert.equal(found.bare, true);
      assert.equal(found.commonDir, box.path('bare.git'));
      assert.deepEqual(
        found.worktrees.map(({ path, role }) => ({ path, role })),
        [{ path: box.path('from-bare'), role: 'linked' }],
      );
    }
  });

  it('knows a submodule and a nested repository as repositories of their own', async () => {
    box.repository('library');
    box.repository('repo');
    box.run('repo', 'submodule', '--quiet', 'add', box.path('library'), 'sub');
    box.repository('repo/nested');
    const sub = repository(await discover(box.git, box.path('repo/sub')));
    assert.equal(sub.commonDir, box.path('repo/.git/modules/sub'));
    assert.deepEqual(paths(sub), [box.path('repo/sub')]);
    assert.equal(sub.worktrees[0]?.fault, null);
    assert.deepEqual(paths(await discover(box.git, box.path('repo/nested'))), [
      box.path('repo/nested'),
    ]);
    assert.deepEqual(await dotGit(box.path('repo/nested')), { kind: 'directory' });
    assert.deepEqual(await dotGit(box.path('repo/sub')), {
      kind: 'file',
      target: box.path('repo/.git/modules/sub'),
    });
    assert.equal(await dotGit(box.root), null);
  });

  it('knows a worktree whose git directory is kept elsewhere', async () => {
    box.run('.', 'init', '-q', '--separate-git-dir=store', 'files');
    assert.deepEqual(paths(await discover(box.git, box.path('files'))), [box.path('files')]);
  });

  it('takes a folder without git as it is', async () => {
    mkdirSync(box.path('plain/.git'), { recursive: true });
    assert.deepEqual(await discover(box.git, box.path('plain')), {
      kind: 'folder',
      root: box.path('plain'),
    });
  });

  for (const [what, name] of oddNames())
    it(`finds worktrees whose names hold ${what}`, async () => {
      box.repository('repo');
      mkdirSync(encodeName(box.path(name)));
      box.shell(`cd repo && git worktree add -q -b x "${shellBytes(box.path(name, 'wt'))}"`);
      const fromMain = await discover(box.git, box.path('repo'));
      const found = worktree(fromMain, box.path(name, 'wt'));
      assert.equal(found.exists, true);
      assert.equal(found.fault, null);
      assert.equal(found.prunable, null);
      assert.deepEqual(await discover(box.git, box.path(name, 'wt')), fromMain);
    });

  it('says why a path cannot be used', async () => {
    box.write('file', '');
    await rejects(discover(box.git, box.path('nowhere')), 'path-missing');
    await rejects(discover(box.git, box.path('file')), 'not-a-directory');
    await rejects(discover(box.git, box.path('file/below')), 'not-a-directory');
  });

  it('says what to do when git is missing, too old, slow, or distrusts the owner', async () => {
    const repo = box.repository('repo');
    const using = (gitPath: string): Git =>
      new Git({ clock: systemClock, log: silentLog, gitPath });
    await rejects(discover(using(box.path('no-git')), repo), 'git-missing');
    const old = box.fakeGit('echo git version 2.30.2');
    const error = await rejects(discover(using(old), repo), 'git-too-old');
    assert.match(error.hint ?? '', /git-scm\.com/);
    const strict = box.fakeGit('GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec git "$@"');
    const distrust = await rejects(discover(using(strict), repo), 'git-dubious-ownership');
    assert.ok(distrust.hint?.endsWith(`git config --global --add safe.directory ${repo}`));
    const slow = using(
      box.fakeGit('case "$*" in *version) git version;; *) exec sleep 600;; esac'),
    );
    await rejects(slow.run({ cwd: repo, args: ['status'], timeoutMs: 20 }), 'git-timeout');
  });

  describe('when git’s own files are damaged', () => {
    beforeEach(() => {
      box.repository('repo');
      box.run('repo', 'worktree', 'add', '-q', 'nested');
    });

    it('says that a nested worktree lost its .git, and does not take it for the outer one', async () => {
      rmSync(box.path('repo/nested/.git'));
      const found = worktree(await discover(box.git, box.path('repo')), box.path('repo/nested'));
      assert.equal(found.exists, true);
      assert.deepEqual(found.fault, { kind: 'git-file-missing' });
      assert.equal(found.gitDir, box.path('repo/.git/worktrees/nested'));
    });

    it('finds a worktree whose admin folder was pruned', async () => {
      rmSync(box.path('repo/.git/worktrees/nested'), { recursive: true });
      const found = worktree(
        await discover(box.git, box.path('repo/nested')),
        box.path('repo/nested'),
      );
      assert.deepEqual(found.fault, { kind: 'git-dir-missing' });
      assert.deepEqual(found.head, { kind: 'unreadable' });
      assert.equal(found.commonDir, box.path('repo/.git'));
    });

    it('finds a worktree that was moved by hand', async () => {
      renameSync(box.path('repo/nested'), box.path('moved'));
      const found = worktree(await discover(box.git, box.path('moved')), box.path('moved'));
      assert.equal(found.gitDir, box.path('repo/.git/worktrees/nested'));
      assert.equal(found.fault, null);
    });

    it('finds all worktrees when one HEAD is empty', async () => {
      truncateSync(box.path('repo/.git/worktrees/nested/HEAD'));
      for (const place of ['repo', 'repo/nested']) {
        const found = await discover(box.git, box.path(place));
        assert.deepEqual(paths(found), [box.path('repo'), box.path('repo/nested')]);
        assert.deepEqual(worktree(found, box.path('repo/nested')).head, { kind: 'unreadable' });
      }
    });

    it('finds all worktrees when the repository itself is unreadable for git', async () => {
      for (const damage of ['HEAD', 'config']) {
        writeFileSync(box.path('repo/.git', damage), '\0garbage [');
        for (const place of ['repo', 'repo/nested']) {
          const found = await discover(box.git, box.path(place));
          assert.deepEqual(paths(found), [box.path('repo'), box.path('repo/nested')], damage);
        }
      }
    });

    it('tells an emptied branch from an unborn one', async () => {
      truncateSync(box.path('repo/.git/refs/heads/nested'));
      const found = worktree(await discover(box.git, box.path('repo')), box.path('repo/nested'));
      assert.deepEqual(found.head, { kind: 'unreadable' });
    });

    it('still sees the main worktree when the repository was marked bare', async () => {
      box.run('repo', 'config', 'core.bare', 'true');
      const found = await discover(box.git, box.path('repo'));
      assert.equal(repository(found).bare, false);
      assert.deepEqual(worktree(found, box.path('repo')).fault, { kind: 'marked-bare' });
    });

    it('takes a worktree for a folder when its repository is lost entirely', async () => {
      rmSync(box.path('repo/.git'), { recursive: true });
      for (const place of ['repo', 'repo/nested'])
        assert.deepEqual(await discover(box.git, box.path(place)), {
          kind: 'folder',
          root: box.path(place),
        });
    });
  });
});

/** Names that this system's file systems allow. */
function oddNames(): readonly (readonly [string, string])[] {
  const everywhere = [
    ['spaces', 'with two  spaces'],
    ['emoji', 'wörk 🌳 tree'],
  ] as const;
  if (process.platform === 'win32') return everywhere;
  const unix = [
    ...everywhere,
    ['a newline', 'line\nbreak\n'],
    ['quotes and signs', `it's "$HOME" [x] *`],
  ] as const;
  return process.platform === 'darwin'
    ? unix
    : [...unix, ['bytes that are no UTF-8', 'raw\udcff\udcfename'] as const];
}

function repository(found: Discovery): Extract<Discovery, { kind: 'repository' }> {
  if (found.kind !== 'repository') assert.fail('no repository was found');
  return found;
}

function paths(found: Discovery): string[] {
  return repository(found).worktrees.map(({ path }) => path);
}

function worktree(found: Discovery, path: string): Worktree {
  const one = repository(found).worktrees.find((each) => each.path === path);
  if (one === undefined) assert.fail(`${path} is not among ${paths(found).join(', ')}`);
  return one;
}

/** A path as a double-quoted word of the shell, its raw bytes by printf. */
function shellBytes(path: string): string {
  const octal = [...encodeName(path)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return `$(printf '${octal.join('')}')`;
}

async function rejects(promise: Promise<unknown>, reason: string): Promise<BulwarkError> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof BulwarkError)) throw error;
    assert.equal(error.reason, reason);
    return error;
  }
  assert.fail(`nothing failed with ${reason}`);
}
