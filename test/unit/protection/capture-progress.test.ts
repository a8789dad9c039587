import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watched } from '../../../agent/protection/capture/capture-progress';
import { PartsRead } from '../../../agent/protection/capture/parts-read';
import { bytesToRead } from '../../../agent/protection/capture/estimate';
import { ManualClock } from '../server/manual-clock';

const FILTER = { kind: 'files', patterns: ['*.iso'], maxFileBytes: 5000 } as const;

describe('how far a capture is', () => {
  it('adds up what is read of several sources', () => {
    const told: number[] = [];
    const parts = new PartsRead((bytes) => told.push(bytes));
    const first = parts.next();
    first(10);
    first(30);
    parts.next()(5);
    parts.next()(7);
    assert.deepEqual(told, [10, 30, 35, 42]);
  });

  it('tells no total at first, then the estimate, and never less than what was read', async () => {
    const clock = new ManualClock();
    const told: (readonly [number, number | null])[] = [];
    await watched({
      clock,
      listener: (done, total) => told.push([done, total]),
      estimate: () => Promise.resolve(100),
      work: async (tell) => {
        tell(10);
        clock.advance(1000);
        await Promise.resolve();
        await Promise.resolve();
        tell(20);
        tell(120);
      },
    });
    assert.deepEqual(told, [
      [10, null],
      [20, 100],
      [120, 120],
    ]);
  });

  it('looks up nothing when the work is done in a moment', async () => {
    const clock = new ManualClock();
    let asked = false;
    await watched({
      clock,
      listener: () => undefined,
      estimate: () => {
        asked = true;
        return Promise.resolve(1);
      },
      work: () => Promise.resolve(),
    });
    clock.advance(10_000);
    assert.equal(asked, false);
  });
});

describe('the estimate of what a capture reads', () => {
  let root: string;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'bw-estimate-'));
    await mkdir(join(root, 'src', 'deep'), { recursive: true });
    await writeFile(join(root, 'a.txt'), 'x'.repeat(100));
    await writeFile(join(root, 'src', 'deep', 'b.txt'), 'x'.repeat(1000));
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is the size of all files of a first snapshot', async () => {
    assert.equal(await bytesToRead({ root, filter: FILTER, since: null, signal }), 1100);
  });

  it('leaves out what a snapshot leaves out, and follows no link', async () => {
    for (const folder of ['node_modules', '.git', 'nested', join('nested', '.git')])
      await mkdir(join(root, folder));
    for (const file of [
      join('node_modules', 'x.js'),
      join('.git', 'x'),
      join('nested', 'x'),
      'x.iso',
    ])
      await writeFile(join(root, file), 'xxxx');
    await writeFile(join(root, 'large'), 'x'.repeat(5001));
    if (process.platform !== 'win32') await symlink('src', join(root, 'link'));
    assert.equal(await bytesToRead({ root, filter: FILTER, since: null, signal }), 1100);
  });

  it('is what changed when there is a snapshot already', async () => {
    const later = Date.now() + 60_000;
    assert.equal(await bytesToRead({ root, filter: FILTER, since: later, signal }), 0);
    const earlier = Date.now() - 60_000;
    assert.equal(await bytesToRead({ root, filter: FILTER, since: earlier, signal }), 1100);
  });

  it('is nothing where nothing can be read', async () => {
    const gone = join(root, 'gone');
    assert.equal(await bytesToRead({ root: gone, filter: FILTER, since: null, signal }), 0);
  });
});
