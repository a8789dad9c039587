import assert from 'node:assert/strict';
import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShortLived } from '../../../agent/protection/loss/short-lived';
import type { SnapshotRecord } from '../../../agent/repository/record';
import { IntegrityWorld } from '../../support/integrity-world';

const FILE = 'tmp/of-a-test.txt';

describe('A file that came and went', () => {
  let world: IntegrityWorld;
  /** Where the file was: nothing has changed in it since then. */
  let folder: string;
  let goneAt: number;

  beforeEach(async () => {
    world = await IntegrityWorld.make();
    folder = join(world.root, 'without-it');
    mkdirSync(folder);
    goneAt = statSync(folder).ctimeMs;
  });
  afterEach(() => world.remove());

  /** Its state with the file, as written at a time (ms since 1970), and the state after it. */
  async function states(writtenAt: number): Promise<[SnapshotRecord, SnapshotRecord]> {
    const file = join(world.repo, FILE);
    mkdirSync(join(world.repo, 'tmp'));
    writeFileSync(file, 'x');
    utimesSync(file, writtenAt / 1000, writtenAt / 1000);
    const before = await world.snapshot();
    rmSync(join(world.repo, 'tmp'), { recursive: true });
    return [before, await world.snapshot()];
  }

  async function shortLived(
    [before, after]: readonly [SnapshotRecord, SnapshotRecord],
    capturedAt: number,
  ): Promise<string[]> {
    const next = { ...after, createdAt: capturedAt, durationMs: 0 };
    return [...(await new ShortLived(world.open.repository, folder).of(before, next))];
  }

  it('lived shortly when it was gone within a second', async () => {
    const writtenAt = goneAt - 60_000;
    assert.deepEqual(await shortLived(await states(writtenAt), writtenAt + 900), [FILE]);
  });

  it('lived shortly when its folder changed last within a second, however late that was captured', async () => {
    const writtenAt = goneAt - 500;
    assert.deepEqual(await shortLived(await states(writtenAt), writtenAt + 5_000), [FILE]);
  });

  it('was work when it was there for longer', async () => {
    const writtenAt = goneAt - 1_500;
    assert.deepEqual(await shortLived(await states(writtenAt), writtenAt + 5_000), []);
  });

  it('was work when its time says nothing: it is of after it was gone', async () => {
    const writtenAt = goneAt + 60_000;
    assert.deepEqual(await shortLived(await states(writtenAt), goneAt), []);
  });

  it('lived shortly in all the states that have it, but not one that was there before it', async () => {
    const writtenAt = goneAt - 60_000;
    const [before, after] = await states(writtenAt);
    const longBefore = (await states(writtenAt - 60_000))[0];
    const seen = new ShortLived(world.open.repository, folder);
    const next = { ...after, createdAt: writtenAt + 900, durationMs: 0 };
    assert.deepEqual([...(await seen.of(before, next))], [FILE]);
    assert.deepEqual([...(await seen.of(before, before))], [FILE]);
    assert.deepEqual([...(await seen.of(longBefore, after))], []);
  });
});
