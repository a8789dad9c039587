import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isoTime, systemClock } from '../../../agent/support/clock';
import { JournalWorld, write } from '../../support/journal-world';

const restored = z.object({ operation: z.string(), restored: z.number(), verified: z.boolean() });
const listed = z.object({
  entries: z.array(z.object({ id: z.string(), changes: z.array(z.object({ path: z.string() })) })),
});

describe('any moment', function () {
  this.timeout(60_000);
  // No automatic snapshot comes between: what is found is the journal's.
  const world = new JournalWorld({ settleMs: 10_000 });
  let repo: string;

  before(async () => {
    await world.start();
    repo = world.repository('repo', { 'a.txt': 'one\n', 'sub/b.txt': 'one\n' });
    await world.protect(repo);
  });
  after(() => world.remove());

  it('gives back a file that lived between two automatic snapshots', async () => {
    const path = join(repo, 'short lived.txt');
    write(repo, { 'short lived.txt': 'here for a moment\n' });
    const entry = await world.entry(repo, ({ changes }) => changes[0]?.path === 'short lived.txt');
    rmSync(path);
    await world.entry(repo, ({ deleted }) => deleted === 1);
    const { snapshots } = await world.client.call('snapshot/list', { path: repo });
    assert.equal(snapshots.length, 1);

    const result = await world.bulwark(
      repo,
      'restore',
      '--at',
      isoTime(entry.at),
      'short lived.txt',
      '--yes',
    );

    assert.deepEqual([restored.parse(result).restored, restored.parse(result).verified], [1, true]);
    assert.equal(readFileSync(path, 'utf8'), 'here for a moment\n');
  });

  it('is the state of then, in everything', async () => {
    writeFileSync(join(repo, 'sub/b.txt'), 'two\n');
    const { at } = await world.entry(repo, ({ changes }) => changes[0]?.path === 'sub/b.txt');
    writeFileSync(join(repo, 'a.txt'), 'two\n');
    await world.entry(repo, ({ changes }) => changes[0]?.path === 'a.txt');
    writeFileSync(join(repo, 'sub/b.txt'), 'three\n');
    await world.entry(
      repo,
      ({ at: later, changes }) => later > at && changes[0]?.path === 'sub/b.txt',
    );

    await world.restoreAt(repo, at);

    assert.equal(readFileSync(join(repo, 'a.txt'), 'utf8'), 'one\n');
    assert.equal(readFileSync(join(repo, 'sub/b.txt'), 'utf8'), 'two\n');
  });

  it('before an operation is what that operation replaced', async () => {
    const { operations } = await world.client.call('restore/history', { limit: 1 });
    const id = operations[0]?.id ?? '';
    const result = await world.bulwark(repo, 'restore', '--at', id.slice(0, 12), '--yes');
    assert.equal(restored.parse(result).verified, true);
    assert.equal(readFileSync(join(repo, 'sub/b.txt'), 'utf8'), 'three\n');
  });

  it('is told when it is too long ago, or still to come', async () => {
    const moment = { kind: 'time', path: repo, at: 1_000 } as const;
    await assert.rejects(world.client.call('journal/moment', { moment }), {
      reason: 'snapshot-unknown',
    });
    const later = isoTime(systemClock.now() + 3_600_000);
    await assert.rejects(world.bulwark(repo, 'restore', '--at', later, '--yes'), { code: 2 });
  });

  it('is listed for one file alone', async () => {
    const found = listed.parse(await world.bulwark(repo, 'journal', 'sub'));
    assert.ok(found.entries.length >= 3);
    for (const { changes } of found.entries)
      assert.ok(changes.some(({ path }) => path.startsWith('sub')));
  });

  it('is kept while a file is written to all the time', async () => {
    const path = join(repo, 'log.txt');
    const writing = setInterval(() => appendFileSync(path, 'line\n'), 5);
    try {
      const of = ({ changes }: { changes: { path: string }[] }): boolean =>
        changes.some((change) => change.path === 'log.txt');
      const first = await world.entry(repo, of);
      await world.entry(repo, (entry) => of(entry) && entry.at > first.at + 500);
      const { journal } = await world.info(repo);
      assert.ok((journal?.behindMs ?? Infinity) < 1_000);
    } finally {
      clearInterval(writing);
    }
  });
});
