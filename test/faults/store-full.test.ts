import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobIdOf } from '../../agent/repository/blob-id';
import { BulwarkError } from '../../agent/support/errors';
import { deliver, StoreFixture } from '../integration/repository/store-fixture';

const MIB = 1024 * 1024;

/** A small file system of its own can be made by root on Linux alone. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

if (canMount)
  describe('a store on a disk that is full', () => {
    let store: StoreFixture;
    let disk: string;
    beforeEach(async () => {
      store = await StoreFixture.make();
      disk = mkdtempSync(join(tmpdir(), 'bulwark-disk-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]);
    });
    afterEach(async () => {
      await store.remove();
      execFileSync('umount', [disk]);
      rmdirSync(disk);
    });

    for (const before of ['nothing', 'a snapshot'])
      it(`with ${before} in it gives back the space of a capture that did not fit`, async () => {
        const repository = await store.open('none', join(disk, 'store'));
        const early = randomBytes(2 * MIB);
        if (before === 'a snapshot') await store.snapshot(repository, { early });
        const tooMuch = async (): Promise<void> => {
          for (let i = 0; i < 20; i++) await deliver(repository, [randomBytes(MIB)]);
          await repository.commit([]);
        };
        await assert.rejects(
          tooMuch(),
          (error) => error instanceof BulwarkError && error.reason === 'disk-full',
        );
        const small = randomBytes(8 * MIB);
        await store.snapshot(repository, { small });
        assert.deepEqual(await repository.read(blobIdOf(small)), small);
        if (before === 'a snapshot')
          assert.deepEqual(await repository.read(blobIdOf(early)), early);
        assert.deepEqual((await store.verify(repository)).errors, []);
      });
  });
