import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { parseGitVersion } from '../../../agent/worktrees/git';
import { parseStatus } from '../../../agent/worktrees/status';
import { parseWorktreeList } from '../../../agent/worktrees/worktree-list';

const COMMIT = 'a'.repeat(40);

describe('reading what git prints', () => {
  it('knows the version in all its spellings', () => {
    assert.deepEqual(parseGitVersion('git version 2.39.5'), [2, 39]);
    assert.deepEqual(parseGitVersion('git version 2.39.5 (Apple Git-154)'), [2, 39]);
    assert.deepEqual(parseGitVersion('git version 2.47.1.windows.1'), [2, 47]);
    assert.equal(parseGitVersion('hub version 2.14'), null);
  });

  it('reads a list of worktrees with raw bytes, reasons of several lines and unknown attributes', () => {
    const list = Buffer.concat([
      Buffer.from(`worktree /r\0HEAD ${COMMIT}\0branch refs/heads/main\0\0worktree /w`),
      Buffer.from([0xff]),
      Buffer.from(`\nx\0HEAD ${'0'.repeat(40)}\0detached\0future thing\0locked a\nb\0prunable\0\0`),
    ]);
    assert.deepEqual(parseWorktreeList(list), [
      {
        path: resolve('/r'),
        commit: COMMIT,
        branch: 'refs/heads/main',
        bare: false,
        locked: null,
        prunable: null,
      },
      {
        path: resolve('/w\udcff\nx'),
        commit: null,
        branch: null,
        bare: false,
        locked: { reason: 'a\nb' },
        prunable: { reason: '' },
      },
    ]);
    assert.deepEqual(parseWorktreeList(Buffer.from('')), []);
  });

  it('counts renames, conflicts and file names that look like something else', () => {
    const status = [
      `# branch.oid ${COMMIT}`,
      '# branch.head feature/a b',
      '# branch.upstream origin/x',
      '# branch.ab +3 -12',
      `1 .M N... 100644 100644 100644 ${COMMIT} ${COMMIT} a file`,
      `2 R. N... 100644 100644 100644 ${COMMIT} ${COMMIT} R100 new`,
      '? old name of the rename, not an untracked file',
      `u UU N... 100644 100644 100644 100644 ${COMMIT} ${COMMIT} ${COMMIT} both`,
      '? # branch.oid of a file',
      '! ignored',
      '',
    ];
    assert.deepEqual(parseStatus(Buffer.from(status.join('\0'))), {
      branch: 'feature/a b',
      head: COMMIT,
      staged: 1,
      unstaged: 1,
      untracked: 1,
      conflicted: 1,
      upstream: { ahead: 3, behind: 12 },
    });
  });
});
