import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataProtectionLayer } from '../../../agent/protection/data-protection-layer';
import { Moments } from '../../../agent/protection/journal/moments';
import { ProtectedPlaces } from '../../../agent/protection/protected-places';
import { Snapshots } from '../../../agent/protection/snapshots';
import { Repository } from '../../../agent/repository/repository';
import { systemClock, type Clock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { Git } from '../../../agent/worktrees/git';
import { startWorkers } from '../capture/store-for-test';

const HOUR = 3_600_000;

describe('a clock that is set back', function () {
  this.timeout(30_000);
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-clock-')));
  const folder = join(root, 'notes');
  let jump = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + jump };
  const pool = startWorkers();
  let repository: Repository;
  let protection: DataProtectionLayer;

  before(async () => {
    mkdirSync(folder);
    repository = await Repository.open({
      path: join(root, 'store'),
      keyFolder: join(root, 'keys'),
      codec: 'zstd',
      clock,
      log: silentLog,
    });
    protection = new DataProtectionLayer({
      repository,
      pool,
      git: new Git({ clock, log: silentLog }),
      places: await ProtectedPlaces.load(join(root, 'protected.json')),
      limits: { patterns: [], maxFileBytes: 1e9 },
      settleMs: 10_000,
      home: join(root, 'home'),
      clock,
      log: silentLog,
    });
  });
  after(async () => {
    await protection.close();
    await pool.close();
    await repository.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** Writes a version and waits until it is in the journal. @returns when it was seen, by the clock */
  function write(version: string): Promise<number> {
    return new Promise((resolve) => {
      const subscription = protection.onEvent.on((event) => {
        if (event.kind !== 'journal-written') return;
        subscription.dispose();
        resolve(event.record.at);
      });
      writeFileSync(join(folder, 'note.txt'), version);
    });
  }

  it('hides no moment, and changes no order', async () => {
    writeFileSync(join(folder, 'note.txt'), 'first');
    await protection.protect(folder, {});
    const moments = new Moments(repository, protection);
    const snapshots = new Snapshots(repository, protection);
    const contentAt = async (at: number): Promise<string> => {
      const { record } = await moments.at(folder, at);
      return (await snapshots.readFile(record, 'note.txt', 0, 100)).data.toString();
    };
    const second = await write('second');
    jump = -HOUR;
    const third = await write('third');
    const fourth = await write('fourth');

    assert.ok(third < second);
    assert.equal(await contentAt(third), 'third');
    assert.equal(await contentAt(fourth), 'fourth');
    assert.equal(await contentAt(clock.now()), 'fourth');
    const { records } = await moments.list({ path: folder, limit: 10 });
    assert.deepEqual(
      records.map(({ at }) => at),
      [fourth, third, second],
    );
    // What was before the jump has lost its time, not its place: it is listed, and can be named.
    const [, , before] = records;
    const record = await snapshots.resolve(before?.id ?? '');
    assert.equal((await snapshots.readFile(record, 'note.txt', 0, 100)).data.toString(), 'second');
  });
});
