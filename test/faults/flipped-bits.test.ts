import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../../agent/manager/settings';
import { ProtectedPlaces } from '../../agent/protection/protected-places';
import { readDiscovery } from '../../agent/protocol/discovery';
import { blobIdOf } from '../../agent/repository/blob-id';
import { Repository } from '../../agent/repository/repository';
import { systemClock } from '../../agent/support/clock';
import { BulwarkError } from '../../agent/support/errors';
import { silentLog } from '../../agent/support/log';
import { StoreFixture } from '../integration/repository/store-fixture';

/** How many bits of each file are flipped, one at a time; more for a long run: `BULWARK_FLIPS=5000`. */
const FLIPS = Number(process.env['BULWARK_FLIPS'] ?? 40);

const OPENER = join(__dirname, 'open-stores-process.js');

/** Bits spread over a file, each in another place of its byte. */
function* bitsOf(path: string): Generator<{ offset: number; bit: number }> {
  const { size } = statSync(path);
  const count = Math.min(FLIPS, size * 8);
  for (let i = 0; i < count; i++) {
    const position = Math.floor(((i + 0.5) * size * 8) / count);
    yield { offset: Math.floor(position / 8), bit: (position + i) % 8 };
  }
}

/** Runs `fn` with one bit flipped, for each of some bits; then the file is as it was. */
async function withEachBit(path: string, fn: (where: string) => Promise<void>): Promise<void> {
  const whole = readFileSync(path);
  for (const { offset, bit } of bitsOf(path)) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << bit), offset);
    writeFileSync(path, bytes);
    try {
      await fn(`bit ${String(bit)} of byte ${String(offset)}`);
    } finally {
      writeFileSync(path, whole);
    }
  }
}

/** What went wrong is told with a reason and what to do about it. */
function assertTold(error: unknown, reasons: readonly string[], where: string): void {
  assert.ok(error instanceof BulwarkError, `${where}: ${String(error)}`);
  assert.ok(reasons.includes(error.reason), `${where}: ${error.reason}: ${error.message}`);
  assert.ok(error.hint !== undefined && error.hint.length > 20, `${where} says what to do`);
}

describe('a bit that flips', () => {
  let store: StoreFixture;
  const one = Buffer.from('the first file\n'.repeat(30));
  const two = Buffer.from('the second file\n'.repeat(30));
  before(async () => {
    store = await StoreFixture.make();
    const repository = await store.open();
    await store.snapshot(repository, { one, folder: { two } });
    await store.close(repository);
    const again = await store.open();
    await store.snapshot(again, { one, two });
    await store.close(again);
  });
  after(async () => {
    await store.remove();
  });

  function open(path = store.path): Promise<Repository> {
    const { keyFolder } = store;
    return Repository.open({ path, keyFolder, codec: 'zstd', clock: systemClock, log: silentLog });
  }

  async function assertWhole(path = store.path): Promise<void> {
    const repository = await open(path);
    try {
      assert.deepEqual((await store.verify(repository)).errors, []);
      assert.equal((await repository.catalog.snapshotIds('', 9)).length, 2);
    } finally {
      await repository.close();
    }
  }

  it('in the identity of the store is told, and nothing is touched', async () => {
    await withEachBit(join(store.path, 'config.json'), async (where) => {
      const packs = readdirSync(join(store.path, 'packs')).join();
      let repository: Repository;
      try {
        repository = await open();
      } catch (error) {
        assertTold(error, ['store-damaged', 'wrong-key', 'key-missing'], where);
        assert.equal(readdirSync(join(store.path, 'packs')).join(), packs);
        return;
      }
      await repository.close();
    });
    await assertWhole();
  });

  it('in the key file is told, and nothing is touched', async () => {
    const [name = ''] = readdirSync(store.keyFolder);
    await withEachBit(join(store.keyFolder, name), async (where) => {
      let repository: Repository;
      try {
        repository = await open();
      } catch (error) {
        assertTold(error, ['wrong-key', 'store-damaged'], where);
        return;
      }
      await repository.close();
    });
    await assertWhole();
  });

  it('in any file of the catalog is put right from the packs, at the start or by a verification', async () => {
    const copies = join(store.folder, 'copies');
    mkdirSync(copies);
    const waiting: string[] = [];
    for (const name of readdirSync(join(store.path, 'catalog'))) {
      if (statSync(join(store.path, 'catalog', name)).size === 0 || name.startsWith('LOG'))
        continue;
      await withEachBit(join(store.path, 'catalog', name), (where) => {
        const copy = join(copies, `${name}, ${where}`);
        cpSync(store.path, copy, { recursive: true });
        waiting.push(copy);
        return Promise.resolve();
      });
    }
    // LevelDB ends the process over some damage. The next start must get over it.
    let ended = '';
    while (waiting.length > 0) {
      const child = spawnSync(process.execPath, [OPENER, store.keyFolder, ...waiting], {
        encoding: 'utf8',
      });
      const done = child.stdout.split('\n').filter((line) => line !== '');
      for (const line of done) assert.match(line, /^whole$/, `${waiting.shift() ?? ''}: ${line}`);
      if (child.status === 0) break;
      const [next = ''] = waiting;
      assert.notEqual(next, ended, `${next} ends each process: ${child.stderr}`);
      ended = next;
    }
    rmSync(copies, { recursive: true });
  });

  it('in any pack is found, and hides nothing that does not lie there', async () => {
    for (const name of readdirSync(join(store.path, 'packs')))
      await withEachBit(join(store.path, 'packs', name), async (where) => {
        const repository = await open();
        try {
          const { errors } = await store.verify(repository);
          assert.ok(errors.length > 0 || /byte (?:1[0-5])$/.test(where), `${name}, ${where}`);
          const whole: Buffer[] = [];
          for (const content of [one, two])
            await repository.read(blobIdOf(content)).then(
              (bytes) => whole.push(bytes),
              (error: unknown) => {
                assert.ok(
                  error instanceof BulwarkError && error.reason === 'pack-damaged',
                  `${name}, ${where}: ${String(error)}`,
                );
              },
            );
          assert.ok(whole.length >= 1, `${name}, ${where}: one frame hides only itself`);
        } finally {
          await repository.close();
        }
      });
    await assertWhole();
  });

  it('in what the user asked for is told or changes nothing', async () => {
    const home = join(store.folder, 'home');
    mkdirSync(home);
    const settings = join(home, 'settings.json');
    writeFileSync(settings, JSON.stringify({ exclude: ['*.iso'], settleMs: 700, codec: 'lz4' }));
    await withEachBit(settings, async (where) => {
      await loadSettings(settings).catch((error: unknown) => {
        assertTold(error, ['settings-invalid'], where);
      });
    });
    const places = join(home, 'protected.json');
    await (await ProtectedPlaces.load(places)).add('/home/me/work/app');
    await withEachBit(places, async (where) => {
      await ProtectedPlaces.load(places).catch((error: unknown) => {
        assertTold(error, ['settings-invalid'], where);
      });
    });
    const discovery = join(home, 'agent.json');
    writeFileSync(
      discovery,
      JSON.stringify({ version: 1, pid: 1, socket: '/x', token: 'a'.repeat(64) }),
    );
    await withEachBit(discovery, async (where) => {
      // It is written anew at each start: one that cannot be read is none.
      await readDiscovery(home).catch((error: unknown) => {
        assert.ok(error instanceof BulwarkError, `${where}: ${String(error)}`);
      });
    });
  });
});
