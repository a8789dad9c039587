import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { verify } from '../../agent/repository/verify/verify';
import { systemClock } from '../../agent/support/clock';
import { BulwarkError, messageOf } from '../../agent/support/errors';
import { IntegrityWorld } from '../support/integrity-world';
import { CAN_MOUNT, SmallDisk } from '../support/small-disk';

const MIB = 1024 * 1024;
/** In some of them the pack still fits and the catalog does not. */
const ROUNDS = 10;

if (CAN_MOUNT)
  describe('a disk on which the pack still fits and the catalog does not', function () {
    this.timeout(120_000);
    let disk: SmallDisk;
    let world: IntegrityWorld;
    beforeEach(async () => {
      disk = new SmallDisk(512 * MIB);
      const root = join(disk.path, 'all');
      mkdirSync(root);
      world = await IntegrityWorld.make(root);
    });
    afterEach(async () => {
      disk.free();
      await world.remove();
      disk.remove();
    });

    it('is not taken for damage: what the catalog did not take is read in with the next write', async () => {
      const { id } = await world.snapshot();
      const pin = async (): Promise<void> => {
        const { repository } = world.open;
        await repository.commit([
          {
            type: 'pin',
            id: randomBytes(16).toString('hex'),
            sequence: repository.catalog.nextSequence(),
            at: systemClock.now(),
            target: id,
            pinned: true,
            reason: 'a test',
          },
        ]);
      };
      let stuck = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const { repository, pool } = world.open;
        disk.leave(0);
        try {
          for (;;) await pin();
        } catch (error) {
          assert.ok(
            error instanceof BulwarkError && error.reason === 'disk-full',
            messageOf(error),
          );
        }
        disk.free();
        if (repository.catalog.isStuck) stuck += 1;
        assert.deepEqual((await verify(repository, pool, { clock: systemClock })).errors, []);
        await pin();
        assert.deepEqual((await verify(repository, pool, { clock: systemClock })).errors, []);
      }
      assert.ok(stuck > 0, 'the catalog always had room');
    });
  });
