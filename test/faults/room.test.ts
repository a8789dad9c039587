import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Capturer } from '../../agent/protection/capture/capturer';
import { Housekeeping } from '../../agent/protection/backups/housekeeping';
import { DEFAULT_RETENTION } from '../../agent/protection/backups/retention';
import { folderSource } from '../../agent/protection/source';
import type { Space } from '../../agent/protection/backups/space';
import { blobIdOf } from '../../agent/repository/blob-id';
import type { SnapshotRecord } from '../../agent/repository/record';
import { Repository } from '../../agent/repository/repository';
import { verify } from '../../agent/repository/verify/verify';
import { systemClock } from '../../agent/support/clock';
import { silentLog } from '../../agent/support/log';
import { UNORDERED } from '../../agent/support/operations';
import { WorkerPool } from '../../agent/support/worker-pool';

const MIB = 1024 * 1024;

/** A small file system of its own can be made by root on Linux alone. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

if (canMount)
  describe('a store that runs out of room', () => {
    let root: string;
    let disk: string;
    let pool: WorkerPool;
    let repository: Repository;
    let room: Housekeeping;
    let capturer: Capturer;
    let told: [Space['pressure'], number][];

    beforeEach(() => {
      root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-room-')));
      disk = join(root, 'disk');
      mkdirSync(disk);
      mkdirSync(join(root, 'work'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]);
      pool = new WorkerPool({ script: resolve(__dirname, '../../agent/main.js'), size: 2 });
      told = [];
    });

    afterEach(async () => {
      await room.close();
      await pool.close();
      await repository.close();
      execFileSync('umount', [disk]);
      rmSync(root, { recursive: true });
    });

    async function start(limits: { quotaBytes: number | null; floorBytes: number }): Promise<void> {
      repository = await Repository.open({
        path: join(disk, 'store'),
        keyFolder: join(root, 'keys'),
        codec: 'zstd',
        clock: systemClock,
        log: silentLog,
      });
      room = new Housekeeping({
        repository,
        policy: DEFAULT_RETENTION,
        limits,
        grace: { ms: 86_400_000, operations: 10 },
        operations: UNORDERED,
        clock: systemClock,
        log: silentLog,
        exclusively: (fn) => capturer.exclusively(fn),
        onForgotten: () => undefined,
        onSpace: ({ pressure }, forgotten) => told.push([pressure, forgotten]),
      });
      capturer = new Capturer({
        repository,
        pool,
        clock: systemClock,
        limits: { maxFileBytes: 16 * MIB, patterns: [] },
        onNested: () => undefined,
        makeRoom: () => room.makeRoom(),
      });
    }

    async function capture(content: Buffer): Promise<SnapshotRecord> {
      writeFileSync(join(root, 'work', 'data.bin'), content);
      const source = folderSource(join(root, 'work'));
      const request = {
        source,
        kind: 'automatic',
        label: null,
        small: false,
        always: true,
      } as const;
      const { snapshot: record } = await capturer.capture(request);
      assert.ok(record);
      await room.makeRoom();
      return record;
    }

    /** The newest snapshot holds `content`, whole. */
    async function check(newest: SnapshotRecord, content: Buffer): Promise<void> {
      assert.deepEqual(await repository.catalog.snapshot(newest.id), newest);
      const parts: Buffer[] = [];
      for (let at = 0; at < content.length; at += MIB / 2)
        parts.push(await repository.read(blobIdOf(content.subarray(at, at + MIB / 2))));
      assert.deepEqual(Buffer.concat(parts), content);
      const report = await verify(repository, pool, { clock: systemClock });
      assert.deepEqual(report.errors, []);
    }

    /** Smaller than a file that is cut in chunks. */
    function fresh(): Buffer {
      return randomBytes(MIB / 2);
    }

    it('keeps to its quota: the oldest snapshots go, the newest stays, and it is told once', async () => {
      const quotaBytes = 16 * MIB;
      await start({ quotaBytes, floorBytes: 0 });
      let content = fresh();
      let newest = await capture(content);
      for (let i = 0; i < 60; i++) {
        content = fresh();
        newest = await capture(content);
      }
      const { usedBytes, pressure } = await room.space();
      assert.equal(pressure, 'none');
      assert.ok(usedBytes <= quotaBytes, String(usedBytes));
      assert.equal(told.filter(([state]) => state === 'quota').length >= 1, true);
      assert.ok(told.every(([state], i) => state !== told[i - 1]?.[0]));
      await check(newest, content);
    });

    it('keeps only the newest state when others fill the disk, and says so', async () => {
      await start({ quotaBytes: null, floorBytes: 1024 * MIB });
      const oldest = await capture(fresh());
      for (let i = 0; i < 30; i++) await capture(fresh());
      // Less than a twentieth of the disk is left.
      const { freeBytes } = await room.space();
      writeFileSync(join(disk, 'film.mov'), Buffer.alloc(freeBytes - MIB));
      const content = fresh();
      const newest = await capture(content);
      const left: string[] = [];
      for await (const { id } of repository.catalog.allSnapshots()) left.push(id);
      assert.ok(!left.includes(oldest.id));
      assert.ok(told.some(([state, forgotten]) => state === 'floor' && forgotten > 0));
      await check(newest, content);
      assert.ok((await room.space()).freeBytes > freeBytes / 2);
    });

    it('gets out of a disk that is full to the last byte', async () => {
      await start({ quotaBytes: null, floorBytes: 1024 * MIB });
      for (let i = 0; i < 30; i++) await capture(fresh());
      const film = join(disk, 'film.mov');
      try {
        writeFileSync(film, Buffer.alloc(64 * MIB));
      } catch {
        // Full.
      }
      assert.equal((await room.space()).freeBytes, 0);
      const content = fresh();
      const newest = await capture(content);
      await check(newest, content);
      assert.ok(told.some(([state]) => state === 'floor'));
    });
  });
