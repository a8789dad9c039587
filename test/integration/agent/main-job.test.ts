import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const AGENT = resolve(__dirname, '../../../agent/main.js');
const run = promisify(execFile);

const snapshotList = z.object({
  snapshots: z.array(z.object({ id: z.string(), kind: z.string() })),
});
const snapshotShape = z.object({ id: z.string(), files: z.number(), newBytes: z.number() });
const restoreShape = z.object({ restored: z.number(), deleted: z.number(), verified: z.boolean() });
const statusShape = z.object({
  worktrees: z.array(z.object({ path: z.string(), state: z.string() })),
});
const verifyShape = z.object({
  ok: z.boolean(),
  snapshots: z.number(),
  errors: z.array(z.unknown()),
});

describe('a developer who loses work gets it back', () => {
  let folder: string;
  let repo: string;
  let linked: string;

  const git = (cwd: string, ...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
      cwd,
      encoding: 'utf8',
    });
  const bulwark = async (cwd: string, ...args: string[]): Promise<unknown> => {
    const { stdout } = await run(process.execPath, [AGENT, ...args, '--json'], {
      cwd,
      env: { ...process.env, BULWARK_HOME: join(folder, 'home') },
    });
    return JSON.parse(stdout);
  };
  const snapshot = async (cwd: string): Promise<string> =>
    snapshotShape.parse(await bulwark(cwd, 'snapshot')).id;

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-job-')));
    repo = join(folder, 'the repo 🎉');
    linked = join(folder, 'linked');
    await mkdir(join(repo, 'src'), { recursive: true });
    git(repo, 'init', '-q', '-b', 'main');
    await writeFile(join(repo, 'src/app.txt'), 'one\n');
    await writeFile(join(repo, '.gitignore'), '.env\n');
    git(repo, 'add', '-A');
    git(repo, 'commit', '-qm', 'one');
    git(repo, 'worktree', 'add', '-q', '-b', 'feature', linked);
    await bulwark(repo, 'start', repo);
  });
  after(async () => {
    await bulwark(folder, 'stop');
    await rm(folder, { recursive: true, force: true });
  });

  it('after reset --hard and clean -fdx: files, staged work and ignored secrets', async () => {
    await writeFile(join(repo, '.env'), 'SECRET=1\n');
    await writeFile(join(repo, 'new file\nwith newline.txt'), 'untracked\n');
    await appendFile(join(repo, 'src/app.txt'), 'two\n');
    await writeFile(join(repo, 'src/staged.txt'), 'staged\n');
    git(repo, 'add', 'src/staged.txt');
    const status = git(repo, 'status', '--porcelain');
    const id = await snapshot(repo);

    git(repo, 'reset', '-q', '--hard');
    git(repo, 'clean', '-fdxq');
    const result = await bulwark(repo, 'restore', id, '--with-git-state', '--yes');

    assert.equal(restoreShape.parse(result).verified, true);
    assert.equal(git(repo, 'status', '--porcelain'), status);
    assert.equal(await readFile(join(repo, '.env'), 'utf8'), 'SECRET=1\n');
    assert.equal(git(repo, 'fsck', '--connectivity-only').includes('missing'), false);
  });

  it('takes a restore back with undo', async () => {
    await snapshot(repo);
    const before = await readFile(join(repo, 'src/app.txt'), 'utf8');
    const id = await snapshot(repo);
    await writeFile(join(repo, 'src/app.txt'), 'later work\n');
    await bulwark(repo, 'restore', id, '--yes');
    assert.equal(await readFile(join(repo, 'src/app.txt'), 'utf8'), before);
    await bulwark(repo, 'undo');
    assert.equal(await readFile(join(repo, 'src/app.txt'), 'utf8'), 'later work\n');
  });

  it('brings a deleted worktree back with its branch, index and uncommitted work', async () => {
    await writeFile(join(linked, 'draft.txt'), 'draft\n');
    await appendFile(join(linked, 'src/app.txt'), 'edit\n');
    git(linked, 'add', 'src/app.txt');
    const id = await snapshot(linked);
    git(repo, 'worktree', 'remove', '--force', linked);
    git(repo, 'branch', '-qD', 'feature');

    await bulwark(folder, 'restore', id, '--yes');

    assert.equal(git(linked, 'branch', '--show-current').trim(), 'feature');
    assert.equal(git(linked, 'status', '--porcelain'), 'M  src/app.txt\n?? draft.txt\n');
    assert.match(git(repo, 'worktree', 'list'), /linked .*\[feature\]/);
    const { worktrees } = statusShape.parse(await bulwark(repo, 'status'));
    assert.ok(worktrees.some(({ path, state }) => path === linked && state === 'dirty'));
  });

  it('brings a lost .git back with its commits', async () => {
    git(repo, 'add', '-A');
    git(repo, 'commit', '-qm', 'two');
    const log = git(repo, 'log', '--format=%H %s');
    await snapshot(repo);
    await rm(join(repo, '.git'), { recursive: true });
    assert.equal(existsSync(join(repo, '.git')), false);

    await bulwark(repo, 'restore', 'latest', '--yes');

    assert.equal(git(repo, 'log', '--format=%H %s'), log);
    assert.equal(git(repo, 'fsck', '--connectivity-only').includes('missing'), false);
    assert.equal(git(linked, 'branch', '--show-current').trim(), 'feature');
  });

  it('restores one file to another folder and nothing else', async () => {
    const id = await snapshot(repo);
    const to = join(folder, 'elsewhere');
    await bulwark(repo, 'restore', id, '--path', 'src/staged.txt', '--to', to, '--yes');
    assert.equal(await readFile(join(to, 'src/staged.txt'), 'utf8'), 'staged\n');
    assert.equal(existsSync(join(to, 'src/app.txt')), false);
  });

  it('snapshots by itself when changes settle', async () => {
    await writeFile(join(repo, 'src/saved by itself.txt'), 'unasked\n');
    const newest = async (): Promise<string | null> => {
      const list = snapshotList.parse(await bulwark(repo, 'snapshots'));
      return list.snapshots.find(({ kind }) => kind === 'automatic')?.id ?? null;
    };
    for (;;) {
      const id = await newest();
      if (id === null) continue;
      const to = join(folder, `look-${id}`);
      await bulwark(repo, 'restore', id, '--to', to, '--yes');
      if (existsSync(join(to, 'src/saved by itself.txt'))) break;
    }
  });

  it('proves that everything can be read, also after the catalog was thrown away', async () => {
    const before = verifyShape.parse(await bulwark(repo, 'verify'));
    assert.deepEqual({ ok: before.ok, errors: before.errors }, { ok: true, errors: [] });
    await bulwark(repo, 'store', 'rebuild-catalog');
    const after = verifyShape.parse(await bulwark(repo, 'verify'));
    assert.equal(after.ok, true);
    assert.ok(after.snapshots >= before.snapshots);
  });
});
