import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { cli } from '../../support/cli-run';

const run = promisify(execFile);
const snapshotShape = z.object({
  id: z.string(),
  worktree: z.string(),
  kind: z.string(),
  createdAt: z.iso.datetime(),
  files: z.int(),
  bytes: z.int(),
  newBytes: z.int(),
  storedBytes: z.int(),
  excluded: z.int(),
  durationMs: z.number(),
});
const restoreShape = z.object({
  restored: z.int(),
  deleted: z.int(),
  unchanged: z.int(),
  undo: z.string(),
  verified: z.boolean(),
  durationMs: z.number(),
});

describe('bulwark, with the real agent', () => {
  let folder: string;
  let repository: string;

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-job-')));
    repository = join(folder, 'app');
    await mkdir(join(repository, 'src'), { recursive: true });
    await writeFile(join(repository, 'src', 'app.ts'), 'committed\n');
    await writeFile(join(repository, '.gitignore'), '.env\n');
    const git = (...args: string[]): Promise<unknown> => run('git', args, { cwd: repository });
    await git('init', '-q', '-b', 'main');
    await git('add', '-A');
    await git('-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '-m', 'first');
    await git('worktree', 'add', '-q', '-b', 'fix', join(folder, 'app-fix'));
    await writeFile(join(repository, 'src', 'app.ts'), 'uncommitted\n');
    await writeFile(join(repository, '.env'), 'SECRET=1\n');
  });

  after(async () => {
    await bulwark(z.object({ stopped: z.boolean() }), 'stop');
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a command that must succeed, and checks the object it printed. */
  async function bulwark<T>(shape: z.ZodType<T>, ...argv: string[]): Promise<T> {
    const { code, stdout } = await cli([...argv, '--json'], {
      home: join(folder, 'home'),
      cwd: repository,
      agentScript: resolve(__dirname, '../../../agent/main.js'),
    });
    assert.equal(code, 0, stdout);
    return shape.parse(JSON.parse(stdout));
  }

  it('protects a repository, loses work, gets it back, undoes that, and reads everything back', async () => {
    const { worktrees } = await bulwark(
      z.object({ worktrees: z.array(z.object({ path: z.string(), state: z.string() })) }),
      'start',
    );
    assert.deepEqual(
      new Map(worktrees.map(({ path, state }) => [path, state])),
      new Map([
        [repository, 'dirty'],
        [join(folder, 'app-fix'), 'clean'],
      ]),
    );

    const taken = await bulwark(snapshotShape, 'snapshot', '--label', 'before the loss');
    assert.deepEqual(
      [taken.worktree, taken.kind, taken.files, taken.excluded],
      [repository, 'manual', 3, 0],
    );

    await rm(join(repository, 'src'), { recursive: true });
    await rm(join(repository, '.env'));
    await writeFile(join(repository, 'junk'), 'junk\n');
    const { plan } = await bulwark(
      z.object({ plan: z.object({ creates: z.int(), deletes: z.int() }) }),
      ...['restore', taken.id, '--dry-run'],
    );
    assert.deepEqual(plan, { creates: 3, deletes: 1 });

    const restored = await bulwark(restoreShape, 'restore', taken.id.slice(0, 12), '--yes');
    assert.deepEqual([restored.restored, restored.deleted, restored.verified], [3, 1, true]);
    assert.equal(await readFile(join(repository, 'src', 'app.ts'), 'utf8'), 'uncommitted\n');
    assert.equal(await readFile(join(repository, '.env'), 'utf8'), 'SECRET=1\n');
    await assert.rejects(readFile(join(repository, 'junk')));

    const undone = await bulwark(restoreShape, 'undo');
    assert.deepEqual([undone.restored, undone.deleted, undone.verified], [1, 3, true]);
    assert.equal(await readFile(join(repository, 'junk'), 'utf8'), 'junk\n');

    const report = await bulwark(
      z.object({
        ok: z.boolean(),
        snapshots: z.int().min(3),
        blobs: z.int().min(1),
        bytes: z.int().min(1),
        errors: z.array(z.unknown()),
      }),
      'verify',
    );
    assert.deepEqual([report.ok, report.errors], [true, []]);
  });
});
