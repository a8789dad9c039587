import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { becomes, EmergencyWorld, fill, outcomeOf } from '../support/emergency-world';
import { KillableAgent } from '../support/killable-agent';
import { CAN_MOUNT, SmallDisk } from '../support/small-disk';

const MIB = 1024 * 1024;

if (CAN_MOUNT)
  describe('An emergency of a disk that is really full', function () {
    this.timeout(180_000);
    let world: EmergencyWorld;
    let disk: SmallDisk | null;

    beforeEach(async () => {
      disk = null;
      world = await EmergencyWorld.make();
    });

    afterEach(async () => {
      await world.remove();
      disk?.remove();
    });

    it('ends itself at the last level when the settings say so, and only itself', async () => {
      const place = join(world.folder, 'app');
      await fill(place);
      disk = new SmallDisk(64 * MIB);
      const shutdown = { actions: { systemShutdown: true }, escalateMinutes: 0.1 };
      const asked = await world.start({}, shutdown);
      await asked.call('worktree/protect', { path: place });
      const onDisk = join(disk.path, 'here');
      await fill(onDisk);
      await asked.call('worktree/protect', { path: onDisk });
      await filled(disk, 3 * MIB);
      const emergency = await world.until(({ steps }) =>
        steps.some(({ action, outcome }) => action === 'systemShutdown' && outcome === 'done'),
      );
      assert.equal(emergency.level, 3);
      // Only what lies on that disk was at risk.
      const [backup] = emergency.steps;
      assert.deepEqual(
        backup?.details.map((line) => line.split(':')[0]),
        [onDisk],
      );
      await world.agent.left();
      assert.match(await world.report(emergency.id), /shutdown: done/);
      // It is started again by hand, and does not end a second time for the same.
      const again = await world.connect();
      await world.until(
        ({ steps }) => steps.filter(({ action }) => action === 'administratorAlert').length === 3,
      );
      const { entries } = await again.call('audit/list', { action: 'agent/left', limit: 5 });
      assert.match(entries[0]?.why ?? '', /emergency .*is 9\d % full|emergency .*100 % full/);
    });

    it('the full disk of the store: room is made, work is saved, and it is over when there is room', async () => {
      disk = new SmallDisk(256 * MIB);
      world.agent = new KillableAgent(join(disk.path, 'home'));
      const quiet = join(world.folder, 'quiet');
      const loud = join(world.folder, 'loud');
      await fill(quiet);
      await fill(loud);
      const asked = await world.start({ settleMs: 100 });
      for (const path of [quiet, loud]) await asked.call('worktree/protect', { path });
      // One worktree floods the store.
      for (let n = 0; n < 3; n++) {
        await writeFile(join(loud, 'data.bin'), randomBytes(12 * MIB));
        await asked.call('snapshot/create', { path: loud });
      }
      await filled(disk, 8 * MIB);
      const open = await world.until((one) => outcomeOf(one, 'administratorAlert') === 'done');
      assert.equal(open.trigger, 'disk-nearly-full');
      assert.equal(open.level, 2);
      assert.equal(outcomeOf(open, 'emergencyBackup'), 'done');
      assert.deepEqual(
        open.isolated.map(({ kind, name, until }) => [kind, name, until]),
        [['source', loud, null]],
      );
      const stateOf = async (path: string): Promise<string | undefined> => {
        const { worktrees } = await asked.call('worktree/list', {});
        const protection = worktrees.find((one) => one.path === path)?.protection;
        return protection?.kind === 'failing' ? protection.message : protection?.kind;
      };
      assert.match((await stateOf(loud)) ?? '', /cut off in emergency/);
      await becomes(() => world.messages(), /The disk of .* full; .*level 2/);
      // What happens there meanwhile is found afterwards.
      await writeFile(join(loud, 'later.txt'), 'meanwhile');
      await rm(join(disk.path, 'ballast'));
      const over = await world.untilOver();
      assert.notEqual(over.isolated[0]?.until, null);
      const newest = async (): Promise<string> => {
        const { snapshots } = await asked.call('snapshot/list', { path: loud });
        const snapshot = snapshots[0]?.id ?? '';
        const { entries } = await asked.call('snapshot/readFolder', { snapshot, path: '' });
        return entries.map(({ name }) => name).join(' ');
      };
      await becomes(newest, /later\.txt/);
      assert.doesNotMatch((await stateOf(loud)) ?? '', /cut off/);
      await becomes(() => world.report(over.id), /loud: not watched from .* to /);
    });

    /** Fills a disk until so many bytes are left on it. */
    async function filled({ path, freeBytes }: SmallDisk, left: number): Promise<void> {
      const file = await open(join(path, 'ballast'), 'w');
      try {
        await file.writeFile(Buffer.alloc(Math.max(0, freeBytes - left)));
      } finally {
        await file.close();
      }
    }
  });
