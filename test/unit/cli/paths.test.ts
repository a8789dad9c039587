import assert from 'node:assert/strict';
import { mkdtemp, mkdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { absolutePath, diffSide, snapshotPath, snapshotRef } from '../../../agent/cli/paths';
import { namedSnapshot } from '../../../agent/cli/latest';
import { BulwarkError } from '../../../agent/support/errors';

const root = resolve('/work/app');

function isUsageError(error: unknown): boolean {
  return error instanceof BulwarkError && error.reason === 'usage';
}

describe('paths that a person types', () => {
  it('takes source:NAME for the newest snapshot of a data source, wherever one is', () => {
    assert.deepEqual(namedSnapshot('source:orders', root), {
      snapshot: 'latest',
      path: 'source:orders',
    });
    assert.deepEqual(namedSnapshot('latest', root), { snapshot: 'latest', path: root });
    assert.throws(() => namedSnapshot('orders', root), isUsageError);
  });

  it('takes --path relative to the current folder when that is in the worktree', () => {
    assert.equal(snapshotPath(root, join(root, 'src'), 'app.ts'), 'src/app.ts');
    assert.equal(snapshotPath(root, join(root, 'src'), '../README.md'), 'README.md');
    assert.equal(snapshotPath(root, join(root, 'src'), '.'), 'src');
    assert.equal(snapshotPath(root, root, 'src/'), 'src');
  });

  it('takes --path relative to the root of the snapshot from anywhere else', () => {
    assert.equal(snapshotPath(root, resolve('/elsewhere'), 'src/app.ts'), 'src/app.ts');
    assert.equal(snapshotPath(root, resolve('/elsewhere'), './src//app.ts'), 'src/app.ts');
  });

  it('takes an absolute --path in the worktree', () => {
    assert.equal(snapshotPath(root, resolve('/elsewhere'), join(root, 'a', 'b')), 'a/b');
    assert.equal(snapshotPath(root, resolve('/elsewhere'), root), '');
  });

  it('takes names that begin with two dots for names', () => {
    assert.equal(snapshotPath(root, root, '..hidden/x'), '..hidden/x');
  });

  it('refuses a --path outside of the worktree, and an empty one', () => {
    for (const path of ['../other/file', resolve('/etc/passwd'), '..', ''])
      assert.throws(() => snapshotPath(root, root, path), isUsageError, path);
  });

  it('keeps the bytes of names that are not UTF-8', () => {
    assert.equal(snapshotPath(root, root, 'caf\udce9.txt'), 'caf\udce9.txt');
  });

  it('finds the worktree through a link, also for a file that was deleted', async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-paths-')));
    try {
      await mkdir(join(folder, 'app', 'src'), { recursive: true });
      await symlink(join(folder, 'app'), join(folder, 'link'), 'junction');
      const path = join(folder, 'link', 'src', 'deleted.ts');
      assert.equal(snapshotPath(join(folder, 'app'), folder, path), 'src/deleted.ts');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('refuses an empty path, as from an unset variable, instead of taking it for "here"', () => {
    assert.throws(() => absolutePath(root, ''), isUsageError);
    assert.equal(absolutePath(root, '.'), root);
  });

  it('takes hexadecimal digits and "latest" for snapshots and all else for folders', () => {
    assert.deepEqual(diffSide(root, 'LATEST'), { kind: 'snapshot', snapshot: 'latest' });
    assert.deepEqual(diffSide(root, '3F2a'), { kind: 'snapshot', snapshot: '3f2a' });
    assert.deepEqual(diffSide(root, './3f2a'), { kind: 'path', path: join(root, '3f2a') });
    assert.deepEqual(diffSide(root, 'src'), { kind: 'path', path: join(root, 'src') });
  });

  it('refuses what cannot be a snapshot before it asks the agent', () => {
    assert.equal(snapshotRef('3F2A'), '3f2a');
    for (const text of ['', 'HEAD', 'main', '3f2a'.repeat(9), '../x'])
      assert.throws(() => snapshotRef(text), isUsageError, text);
  });
});
