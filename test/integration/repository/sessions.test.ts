import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hashBytes, toBlobId, type BlobId } from '../../../agent/repository/blob-id';
import { buildBlock, tableOf } from '../../../agent/repository/packs/block';
import { Codecs } from '../../../agent/repository/packs/codec';
import type { SnapshotRecord } from '../../../agent/repository/record';
import type { Repository } from '../../../agent/repository/repository';
import type { StoreSession } from '../../../agent/repository/store-session';
import { encodeTimes, encodeTree, totalsOf, type TreeEntry } from '../../../agent/repository/tree';
import { StoreFixture } from './store-fixture';

describe('captures that hand in at the same time', () => {
  let store: StoreFixture;
  let repository: Repository;
  beforeEach(async () => {
    store = await StoreFixture.make();
    repository = await store.open();
  });
  afterEach(() => store.remove());

  async function add(session: StoreSession, bytes: Buffer): Promise<BlobId> {
    const id = hashBytes(bytes);
    if (session.claim(id)[0] === 1) await deliver(session, bytes);
    return toBlobId(id);
  }

  async function deliver(session: StoreSession, bytes: Buffer): Promise<void> {
    const plain = buildBlock([{ id: hashBytes(bytes), bytes }]);
    const encoded = new Codecs().encode('none', plain);
    const table = Buffer.from(tableOf(plain));
    await session.addBlock({ ...encoded, plainLength: plain.length, table });
  }

  async function commit(session: StoreSession, bytes: Buffer, name = 'a.txt'): Promise<void> {
    const id = toBlobId(hashBytes(bytes));
    const entries: TreeEntry[] = [
      { kind: 'file', name, mode: 0o644, size: bytes.length, id, chunked: false },
    ];
    const tree = await session.put(encodeTree(entries));
    const times = await session.put(encodeTimes([{ mtime: 0n, times: null }]));
    const record: SnapshotRecord = {
      type: 'snapshot',
      id: randomBytes(16).toString('hex'),
      sequence: repository.catalog.nextSequence(),
      source: { id: '00112233445566aa', kind: 'folder', path: '/somewhere/work' },
      kind: 'automatic',
      backup: 'snapshot',
      label: null,
      createdAt: 1_700_000_000_000,
      durationMs: 1,
      roots: [{ name: 'files', tree, times, totals: totalsOf(entries) }],
      git: null,
      newBytes: 0,
      storedBytes: 0,
    };
    await session.commit([record]);
  }

  /** The store as a kill at this moment leaves it, opened again and checked. */
  async function afterKill(): Promise<void> {
    const copy = join(store.folder, 'copy');
    await cp(store.path, copy, { recursive: true });
    const opened = await store.open('zstd', copy);
    assert.deepEqual((await store.verify(opened)).errors, []);
    await store.close(opened);
    await rm(copy, { recursive: true });
  }

  it('each keep what the other has only claimed', async () => {
    const shared = randomBytes(10_000);
    const slow = repository.begin();
    assert.equal(slow.claim(hashBytes(shared))[0], 1);
    const quick = repository.begin();
    await add(quick, shared);
    await commit(quick, shared);
    await afterKill();

    await deliver(slow, shared);
    await commit(slow, shared, 'b.txt');
    assert.deepEqual((await store.verify(repository)).errors, []);
  });

  it('are complete after a kill, whatever another one is in the middle of', async () => {
    const slow = repository.begin();
    const quick = repository.begin();
    for (let i = 0; i < 5; i++) {
      const half = randomBytes(300_000);
      const whole = randomBytes(1_000);
      await Promise.all([
        add(slow, half),
        add(quick, whole).then(() => commit(quick, whole)),
        add(slow, randomBytes(5_000)),
      ]);
      await afterKill();
    }
  });

  it('share one flush when their commits come together', async () => {
    const parts = Array.from({ length: 20 }, () => randomBytes(500));
    await Promise.all(
      parts.map(async (bytes) => {
        const session = repository.begin();
        await add(session, bytes);
        await commit(session, bytes);
      }),
    );
    await afterKill();
    assert.equal(
      (await repository.catalog.snapshots('00112233445566aa', { limit: 99 })).length,
      20,
    );
  });

  it('do not count on what another one lost in a failed write', async () => {
    const shared = randomBytes(10_000);
    const first = repository.begin();
    await add(first, shared);
    const second = repository.begin();
    assert.equal(second.claim(hashBytes(shared))[0], 0);
    // A block that cannot be written takes along everything that was not committed.
    const broken = { codec: 999, plainLength: 4, payload: Buffer.alloc(4), table: Buffer.alloc(0) };
    await assert.rejects(first.addBlock(broken), RangeError);

    await assert.rejects(commit(second, shared), RangeError);
    await add(second, shared);
    await commit(second, shared);
    assert.deepEqual((await store.verify(repository)).errors, []);
  });
});
