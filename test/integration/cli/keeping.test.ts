import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { cli } from '../../support/cli-run';

const snapshotShape = z.object({
  id: z.string(),
  kind: z.string(),
  backup: z.string(),
  pinned: z.string().nullable(),
});
const listShape = z.object({ snapshots: z.array(snapshotShape) });
const backupsShape = z.object({
  backups: z.array(
    z.object({
      snapshot: z.object({ id: z.string(), backup: z.string(), kind: z.string() }),
      provenBlobs: z.int(),
      mended: z.boolean(),
    }),
  ),
});
const errorShape = z.object({ error: z.object({ reason: z.string(), hint: z.string() }) });

describe('bulwark, asked about what is kept', () => {
  let folder: string;
  let work: string;

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-keeping-')));
    work = join(folder, 'notes');
    await mkdir(work);
    await writeFile(join(work, 'a.txt'), 'first\n');
    await bulwark(z.object({}), 'start', work);
  });

  after(async () => {
    await bulwark(z.object({}), 'stop');
    await rm(folder, { recursive: true, force: true });
  });

  async function answer(...argv: string[]): Promise<{ code: number; value: unknown }> {
    const { code, stdout } = await cli([...argv, '--json'], {
      home: join(folder, 'home'),
      cwd: work,
      agentScript: resolve(__dirname, '../../../agent/main.js'),
    });
    return { code, value: JSON.parse(stdout) };
  }

  async function bulwark<T>(shape: z.ZodType<T>, ...argv: string[]): Promise<T> {
    const { code, value } = await answer(...argv);
    assert.equal(code, 0, JSON.stringify(value));
    return shape.parse(value);
  }

  it('takes each kind of backup, and proves what it promises', async () => {
    const proven: number[] = [];
    for (const kind of ['full', 'differential', 'incremental', 'snapshot']) {
      const { backups } = await bulwark(backupsShape, 'backup', 'run', kind);
      const [backup] = backups;
      assert.ok(backup);
      assert.deepEqual([backup.snapshot.backup, backup.snapshot.kind], [kind, 'manual']);
      assert.equal(backup.mended, false);
      proven.push(backup.provenBlobs);
    }
    // The file, its folder and its times; then nothing that is new.
    assert.deepEqual(proven, [3, 0, 0, 0]);
    const { snapshots } = await bulwark(listShape, 'snapshots');
    assert.deepEqual(
      snapshots.slice(0, 4).map(({ backup }) => backup),
      ['snapshot', 'incremental', 'differential', 'full'],
    );
  });

  it('tells when backups run', async () => {
    const { kinds } = await bulwark(
      z.object({
        kinds: z.array(
          z.object({ kind: z.string(), pattern: z.string().nullable(), keepMs: z.number() }),
        ),
      }),
      'backup',
      'schedule',
    );
    assert.deepEqual(
      kinds.map(({ kind, pattern, keepMs }) => [kind, pattern, keepMs / 86_400_000]),
      [
        ['full', '0 2 * * 0', 30],
        ['differential', '0 14 * * *', 14],
        ['incremental', '0 2 * * 1-6', 7],
        ['snapshot', null, 3],
        ['journal', null, 1],
      ],
    );
  });

  it('pins a snapshot, which then cannot be deleted until it is unpinned', async () => {
    const taken = await bulwark(z.object({ id: z.string() }), 'snapshot', '--label', 'mine');
    await bulwark(z.object({}), 'snapshot');
    const pinned = await bulwark(snapshotShape, 'pin', taken.id, '--reason', 'before the move');
    assert.equal(pinned.pinned, 'before the move');
    const refused = await answer('forget', taken.id, '--yes');
    assert.equal(refused.code, 1);
    assert.equal(errorShape.parse(refused.value).error.reason, 'snapshot-pinned');
    const { snapshots } = await bulwark(listShape, 'snapshots');
    assert.equal(snapshots.find(({ id }) => id === taken.id)?.pinned, 'before the move');
    assert.equal((await bulwark(snapshotShape, 'unpin', taken.id)).pinned, null);

    const plan = await bulwark(
      z.object({ deleted: z.literal(0), snapshots: z.array(z.object({ id: z.string() })) }),
      ...['forget', taken.id, '--dry-run'],
    );
    assert.deepEqual(
      plan.snapshots.map(({ id }) => id),
      [taken.id],
    );
    const gone = await bulwark(z.object({ deleted: z.int() }), 'forget', taken.id, '--yes');
    assert.equal(gone.deleted, 1);
    assert.equal((await answer('show', taken.id)).code, 1);
  });

  it('asks nobody who is not there before it deletes', async () => {
    const { code, value } = await answer('forget', 'latest');
    assert.equal(code, 2);
    assert.equal(errorShape.parse(value).error.reason, 'usage');
  });

  it('gives back the space of what was deleted, and everything else is still sound', async () => {
    await writeFile(
      join(work, 'large.bin'),
      Buffer.alloc(3_000_000, 'x').fill(Math.random() * 256),
    );
    const taken = await bulwark(z.object({ id: z.string() }), 'snapshot');
    await rm(join(work, 'large.bin'));
    await bulwark(z.object({}), 'snapshot');
    await bulwark(z.object({}), 'forget', taken.id, '--yes');
    const shape = z.object({
      dryRun: z.boolean(),
      expired: z.array(z.unknown()),
      snapshots: z.int(),
      freedBytes: z.int(),
      packs: z.array(z.object({ fate: z.string(), cause: z.string() })),
    });
    const dry = await bulwark(shape, 'gc', '--dry-run');
    assert.deepEqual([dry.dryRun, dry.freedBytes], [true, 0]);
    const done = await bulwark(shape, 'gc', '--now');
    assert.equal(done.dryRun, false);
    const report = await bulwark(
      z.object({ ok: z.boolean(), errors: z.array(z.unknown()) }),
      'verify',
    );
    assert.deepEqual(report.errors, []);
    assert.ok((await bulwark(listShape, 'snapshots')).snapshots.length > 0);
  });
});
