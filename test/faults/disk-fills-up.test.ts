import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyCare } from '../../agent/protection/recovery/key-care';
import { RetentionRun } from '../../agent/protection/backups/retention-run';
import { DEFAULT_RETENTION } from '../../agent/protection/backups/retention';
import { collectGarbage } from '../../agent/repository/gc/gc';
import { verify } from '../../agent/repository/verify/verify';
import { systemClock } from '../../agent/support/clock';
import { BulwarkError, messageOf } from '../../agent/support/errors';
import { IntegrityWorld } from '../support/integrity-world';
import { StoredPictures, difference, pictureOf, type Picture } from '../support/life/pictures';
import { CAN_MOUNT, SmallDisk } from '../support/small-disk';

const MIB = 1024 * 1024;
/** What is still free when an operation begins, bytes: the disk fills up somewhere in the middle of it. */
const LEFT = [0, 4, 12, 40, 100, 250, 500, 1000, 2000, 4000].map((kib) => kib * 1024);
/** So much is to be written, bytes. */
const WORK = 600_000;

/** Something that is done to a store, or with it. */
interface Operation {
  readonly name: string;
  prepare?(world: IntegrityWorld): Promise<void>;
  run(world: IntegrityWorld): Promise<unknown>;
  /** The worktree as it is to be afterwards, if it worked; it is to be as before if it did not. */
  readonly brings?: 'first';
}

function edit({ repo }: IntegrityWorld): void {
  writeFileSync(join(repo, 'big.bin'), randomBytes(WORK));
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'a snapshot',
    prepare: (world) => {
      edit(world);
      return Promise.resolve();
    },
    run: (world) => world.snapshot(),
  },
  {
    name: 'garbage collection',
    prepare: async (world) => {
      edit(world);
      const { id } = await world.snapshot();
      edit(world);
      await world.snapshot();
      await world.open.repository.startNewPack();
      given.push(id);
      await retention(world).forget([id], 'a test');
    },
    run: ({ open: { repository, protection } }) =>
      collectGarbage(repository, {
        clock: systemClock,
        grace: { ms: 0, operations: 0 },
        exclusively: (fn) => protection.exclusively(fn),
        forgetMemories: () => Promise.resolve(),
        urgent: true,
      }),
  },
  {
    name: 'a new key',
    run: ({ open: { repository, protection }, home }) =>
      new KeyCare({
        repository,
        keyFolder: join(home, 'keys'),
        exclusively: (fn) => protection.exclusively(fn),
        onChanged: () => undefined,
      }).rotate(null),
  },
  {
    name: 'a restore',
    prepare: async (world) => {
      edit(world);
      await world.snapshot();
    },
    run: async ({ open: { restore, repository }, root }) => {
      const snapshot = await repository.catalog.snapshot(first(root));
      assert.ok(snapshot);
      const plan = await restore.plan({ snapshot, withGitState: false });
      await restore.apply(plan.id);
    },
    brings: 'first',
  },
];

/** Snapshots that were given up. */
let given: string[];
let acknowledged: Map<string, Picture>;
const firsts = new Map<string, string>();

function first(root: string): string {
  return firsts.get(root) ?? '';
}

function retention({ open: { repository } }: IntegrityWorld): RetentionRun {
  return new RetentionRun({ repository, policy: DEFAULT_RETENTION, clock: systemClock });
}

function isFull(error: unknown): boolean {
  return error instanceof BulwarkError && error.reason === 'disk-full';
}

if (CAN_MOUNT)
  describe('a disk that fills up in the middle of', function () {
    this.timeout(300_000);
    let disk: SmallDisk;
    let world: IntegrityWorld;
    beforeEach(async () => {
      disk = new SmallDisk(1024 * MIB);
      const root = join(disk.path, 'all');
      mkdirSync(root);
      world = await IntegrityWorld.make(root);
      given = [];
      acknowledged = new Map();
      firsts.set(root, (await world.snapshot()).id);
      await remember();
    });
    afterEach(async () => {
      disk.free();
      await world.remove();
      disk.remove();
    });

    async function remember(): Promise<void> {
      const pictures = new StoredPictures();
      const { repository } = world.open;
      for await (const record of repository.catalog.allSnapshots())
        if (record.source.path === world.repo)
          acknowledged.set(record.id, await pictures.of(repository, record.roots));
    }

    /** All that was acknowledged is there, whole, and the store has nothing wrong with it. */
    async function check(what: string): Promise<void> {
      const { repository, pool } = world.open;
      const pictures = new StoredPictures();
      for (const [id, picture] of acknowledged) {
        if (given.includes(id)) continue;
        const record = await repository.catalog.snapshot(id);
        assert.ok(record, `${id} is gone, ${what}`);
        assert.equal(difference(await pictures.of(repository, record.roots), picture), '', what);
      }
      const { errors } = await verify(repository, pool, { clock: systemClock });
      assert.deepEqual(errors, [], what);
    }

    /** LevelDB has a failure of the past in mind until somebody writes: the first try may be told of it. */
    async function tryAgain(operation: Operation): Promise<void> {
      try {
        await operation.run(world);
      } catch (error) {
        assert.ok(isFull(error), messageOf(error));
        await operation.run(world);
      }
    }

    for (const operation of OPERATIONS)
      it(`${operation.name} loses nothing, says so, and is made good for when there is room`, async () => {
        let full = 0;
        for (const left of LEFT) {
          const what = `${operation.name}, ${String(left / 1024)} KiB left`;
          await operation.prepare?.(world);
          await remember();
          const before = pictureOf(world.repo);
          disk.leave(left);
          let failure: unknown = null;
          try {
            await operation.run(world);
          } catch (error) {
            failure = error;
          }
          disk.free();
          if (failure !== null) {
            full += 1;
            assert.ok(isFull(failure), `${what}: ${messageOf(failure)}`);
            if (operation.brings === 'first')
              assert.equal(difference(pictureOf(world.repo), before), '', what);
          }
          await check(what);
          if (failure !== null) await tryAgain(operation);
          await check(`${what}, again`);
          await world.reopen();
          await check(`${what}, opened again`);
        }
        assert.ok(full > 0, 'the disk was never full');
      });
  });
