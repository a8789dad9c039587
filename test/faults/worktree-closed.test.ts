import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SnapshotRecord } from '../../agent/repository/record';
import { BulwarkError } from '../../agent/support/errors';
import { picture, RestoreWorld } from '../support/restore-world';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

if (process.platform !== 'win32')
  describe('a worktree that loses permissions', function () {
    this.timeout(60_000);
    let world: RestoreWorld;
    let folder: string;
    let first: SnapshotRecord;

    beforeEach(async () => {
      world = await RestoreWorld.open();
      folder = join(world.root, 'place', 'work');
      mkdirSync(join(folder, 'closed'), { recursive: true });
      writeFileSync(join(folder, 'open.txt'), 'open\n');
      writeFileSync(join(folder, 'closed', 'secret.txt'), 'secret\n');
      first = await world.snapshot(folder);
      // The threads have loaded their code by now, which nobody may read.
      const engine = world.engine();
      const plan = await engine.plan({ snapshot: first, withGitState: false });
      await engine.apply(plan.id);
      if (!isRoot) return;
      // Root may do everything, so it steps back while this runs.
      execFileSync('chown', ['-R', String(NOBODY), world.root]);
      process.seteuid?.(NOBODY);
    });
    afterEach(async () => {
      if (isRoot) process.seteuid?.(0);
      await world.close();
    });

    async function restore(): Promise<BulwarkError['reason'] | null> {
      const engine = world.engine();
      try {
        const plan = await engine.plan({ snapshot: first, withGitState: false });
        await engine.apply(plan.id);
        return null;
      } catch (error) {
        if (error instanceof BulwarkError) return error.reason;
        throw error;
      }
    }

    it('is kept but for what cannot be read, which is told and not taken for deleted', async () => {
      chmodSync(join(folder, 'closed'), 0);
      writeFileSync(join(folder, 'open.txt'), 'changed\n');
      const second = await world.snapshot(folder);
      const files = second.roots.find(({ name }) => name === 'files');
      assert.equal(files?.totals.excluded, 1);
      await restore();
      chmodSync(join(folder, 'closed'), 0o755);
      assert.equal(readFileSync(join(folder, 'closed', 'secret.txt'), 'utf8'), 'secret\n');
    });

    it('is left as it is by a restore that may not write there, and comes back when it may', async () => {
      writeFileSync(join(folder, 'open.txt'), 'changed\n');
      writeFileSync(join(folder, 'closed', 'new.txt'), 'new\n');
      const before = picture(folder);
      for (const path of [folder, join(folder, 'closed')]) chmodSync(path, 0o500);
      const closed = picture(folder);
      assert.equal(await restore(), 'restore-failed');
      assert.deepEqual(picture(folder), closed);
      assert.deepEqual(readdirSync(join(folder, '..')), ['work']);
      for (const path of [folder, join(folder, 'closed')]) chmodSync(path, 0o755);
      assert.deepEqual(picture(folder), before);
      assert.equal(await restore(), null);
      assert.equal(readFileSync(join(folder, 'open.txt'), 'utf8'), 'open\n');
      assert.deepEqual(readdirSync(join(folder, 'closed')), ['secret.txt']);
    });
  });
