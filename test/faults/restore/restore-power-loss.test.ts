import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../agent/support/clock';
import { planRepair } from '../../../agent/repository/verify/repair';
import { canMakeDisks, ImageDisk } from '../../support/image-disk';
import { assertNothingLeft, makeScene, stateOf } from '../../support/restore-scene';
import { RestoreWorld } from '../../support/restore-world';

if (canMakeDisks())
  describe('a restore whose power fails', function () {
    this.timeout(300_000);

    for (const mode of ['ordered', 'writeback'] as const)
      it(`ends whole after the next start, at whichever move it was (ext4, data=${mode})`, async () => {
        const disk = new ImageDisk(mode);
        try {
          const root = join(disk.path, 'all');
          mkdirSync(root);
          const { folder, wanted, changed, steps } = await restoreKeeping(disk, root);
          const ends = new Set<string>();
          for (const [i, step] of steps.entries()) {
            const what = `${mode}, at ${String(i)} (${step})`;
            disk.comeBack(String(i));
            const world = await RestoreWorld.open(root);
            try {
              await world.engine().recover();
              const now = stateOf(folder);
              assert.ok(now === wanted || now === changed, `${what}: half restored\n${now}`);
              if (i > steps.indexOf('recorded')) assert.equal(now, wanted, `${what} is finished`);
              assertNothingLeft(folder, what);
              const { report } = await planRepair(world.repository, world.pool, {
                clock: systemClock,
              });
              assert.deepEqual(report.errors, [], what);
              if (now === wanted) {
                await world.engine().undo();
                assert.equal(stateOf(folder), changed, `${what}, taken back`);
              }
              ends.add(now === wanted ? 'finished' : 'dropped');
            } finally {
              await world.leave();
            }
          }
          assert.deepEqual([...ends].sort(), ['dropped', 'finished']);
        } finally {
          disk.remove();
        }
      });
  });

/** Restores a worktree, and keeps what the disk holds before each step. */
async function restoreKeeping(
  disk: ImageDisk,
  root: string,
): Promise<{ folder: string; wanted: string; changed: string; steps: string[] }> {
  const world = await RestoreWorld.open(root);
  try {
    const { folder, snapshot, wanted } = await makeScene(world, 'scene');
    const changed = stateOf(folder);
    // What the user did long ago is on the disk.
    disk.sync();
    const steps: string[] = [];
    const engine = world.engine((step) => {
      disk.keep(String(steps.length));
      steps.push(step);
      return Promise.resolve();
    });
    const plan = await engine.plan({ snapshot, withGitState: true });
    await engine.apply(plan.id);
    assert.equal(stateOf(folder), wanted);
    disk.keep(String(steps.length));
    steps.push('done');
    return { folder, wanted, changed, steps };
  } finally {
    await world.leave();
  }
}
