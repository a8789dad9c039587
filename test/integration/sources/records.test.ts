import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentClient } from '../../../agent/protocol/client';
import { Ledger } from '../../support/ledger';
import { SourceWorld } from '../../support/source-world';

const RECORDS = { kind: 'records', restores: true } as const;

describe('Records of a program', () => {
  let world: SourceWorld;
  let program: AgentClient;
  let ledger: Ledger;

  beforeEach(async () => {
    world = new SourceWorld();
    await world.start();
    program = await world.program('ledger');
    ledger = new Ledger();
    program.serve(ledger);
  });
  afterEach(() => world.remove());

  async function register(): Promise<void> {
    await program.call('data-source/register', { name: 'ledger', source: RECORDS });
    await world.backedUp('ledger');
  }

  it('are kept when they are registered, and shown like everything else', async () => {
    for (let i = 0; i < 25; i++) ledger.put(`account:${String(i)}`, { balance: i });
    await register();
    const source = await world.source('ledger');
    assert.equal(source.state.kind, 'ready');
    assert.equal(source.program, 'ledger');
    const [newest] = await world.snapshots('ledger');
    assert.equal(newest?.files, 25);
    assert.equal(newest.worktree, 'source:ledger');
    assert.deepEqual(ledger.ended, [true]);
    const report = await world.client.call('store/verify', {});
    assert.equal(report.ok, true);
  });

  it('go back into the program, all at once, and undo brings back what was there', async () => {
    for (let i = 0; i < 25; i++) ledger.put(`account:${String(i)}`, { balance: i });
    ledger.records.set('raw', {
      kind: 'bytes',
      key: 'raw',
      bytes: 'AAH/',
      modifiedAt: 1700000000000,
    });
    await register();
    const saved = new Map(ledger.records);
    const snapshot = await world.snapshot('ledger');

    ledger.records.clear();
    ledger.put('account:new', { balance: 7 });
    const result = await world.restore(snapshot.id);
    assert.equal(result.verified, true);
    assert.equal(result.restored, 26);
    assert.deepEqual(sorted(ledger.records), sorted(saved));
    assert.equal(ledger.calls[0], 'begin replace');
    assert.equal(ledger.calls.at(-1), 'commit');

    await world.client.call('restore/undo', { operation: result.operation });
    assert.deepEqual([...ledger.records.keys()], ['account:new']);
  });

  it('go back one by one, and nothing else is touched', async () => {
    ledger.put('a', 1);
    ledger.put('b', 2);
    await register();
    const snapshot = await world.snapshot('ledger');
    ledger.put('a', 10);
    ledger.put('b', 20);
    const { changes } = await world.client.call('snapshot/diff', {
      snapshot: snapshot.id,
      to: { kind: 'worktree' },
    });
    const path = changes.find((change) => change.path.endsWith('/a.json'))?.path;
    assert.ok(path !== undefined);
    await world.restore(snapshot.id, { paths: [path] });
    assert.equal(ledger.value('a'), 1);
    assert.equal(ledger.value('b'), 20);
    assert.equal(ledger.calls[0], 'begin merge');
  });

  it('go into a folder when their program is not there', async () => {
    ledger.put('a', { n: 1 });
    ledger.put('A/../%', 'odd');
    ledger.records.set('b.json', { kind: 'bytes', key: 'b.json', bytes: 'aGk=' });
    await register();
    const snapshot = await world.snapshot('ledger');
    program.close();
    await world.until('its end', async () =>
      (await world.source('ledger')).state.kind === 'waiting' ? true : null,
    );
    await assert.rejects(world.restore(snapshot.id), { reason: 'program-absent' });
    await assert.rejects(world.snapshot('ledger'), { reason: 'program-absent' });
    const to = join(world.root, 'rescued');
    await world.restore(snapshot.id, { to });
    const found = readdirSync(to).flatMap((shard) =>
      readdirSync(join(to, shard)).map((name) => [
        name,
        readFileSync(join(to, shard, name), 'utf8'),
      ]),
    );
    assert.deepEqual(Object.fromEntries(found), {
      'a.json': '{"n":1}',
      'A%2F..%2F%25.json': '"odd"',
      'b%2Ejson': 'hi',
    });
  });

  it('cost only what changed', async () => {
    for (let i = 0; i < 200; i++) ledger.put(`k${String(i)}`, 'x'.repeat(1000) + String(i));
    ledger.pageSize = 50;
    await register();
    ledger.put('k7', 'changed');
    const { newBytes, bytes } = await world.snapshot('ledger');
    assert.ok(bytes > 190_000);
    assert.ok(newBytes < 100, `${String(newBytes)} bytes were new`);
    assert.equal((await world.snapshot('ledger')).newBytes, 0);
  });

  it('larger than a page come in parts, and go back so', async () => {
    const part = Buffer.alloc(400_000, 'a');
    const rest = Buffer.alloc(5, 'b');
    ledger.pageSize = 1;
    ledger.records.set('1', {
      kind: 'bytes',
      key: 'big',
      bytes: part.toString('base64'),
      more: true,
    });
    ledger.records.set('2', { kind: 'bytes', key: 'big', bytes: rest.toString('base64') });
    await register();
    const snapshot = await world.snapshot('ledger');
    assert.equal(snapshot.files, 1);
    assert.equal(snapshot.bytes, 400_005);
    const to = join(world.root, 'rescued');
    await world.restore(snapshot.id, { to });
    const [shard = ''] = readdirSync(to);
    assert.ok(readFileSync(join(to, shard, 'big')).equals(Buffer.concat([part, rest])));
    ledger.records.clear();
    // Its pages hold a part each; a program puts them together, which this one does not.
    await world.client.call('restore/plan', { snapshot: snapshot.id });
  });

  it('are the same however their program cuts them into parts', async () => {
    const large = Buffer.from(Array.from({ length: 1_500_000 }, (_, at) => (at * at) % 251));
    const cut = (bytes: number): void => {
      ledger.records.clear();
      for (let at = 0; at < large.length; at += bytes)
        ledger.records.set(String(at), {
          kind: 'bytes',
          key: 'large',
          bytes: large.subarray(at, at + bytes).toString('base64'),
          more: at + bytes < large.length,
        });
    };
    ledger.pageSize = 1;
    cut(500_000);
    await register();
    const before = await world.snapshot('ledger');
    cut(333_333);
    const after = await world.snapshot('ledger');
    assert.equal(after.newBytes, 0);
    const diff = { snapshot: before.id, to: { kind: 'snapshot', snapshot: after.id } } as const;
    assert.equal((await world.client.call('snapshot/diff', diff)).total, 0);
    const to = join(world.root, 'rescued');
    await world.restore(after.id, { to });
    const [shard = ''] = readdirSync(to);
    assert.ok(readFileSync(join(to, shard, 'large')).equals(large));
  });

  it('are waited for when the agent starts again, and come back with their program', async () => {
    ledger.put('a', 1);
    await register();
    await world.kill();
    await world.start();
    const waiting = await world.until('what was registered', async () => {
      const { sources } = await world.client.call('data-source/list', {});
      return sources[0] ?? null;
    });
    assert.equal(waiting.state.kind, 'waiting');
    assert.equal(waiting.snapshots, 1);
    const again = await world.program();
    again.serve(ledger);
    ledger.put('b', 2);
    await again.call('data-source/register', { name: 'ledger', source: RECORDS });
    await world.until('a new backup', async () =>
      (await world.source('ledger')).snapshots === 2 ? true : null,
    );
  });

  it('are backed up with everything else, proven, and drilled', async () => {
    ledger.put('a', 1);
    await register();
    const { backups } = await world.client.call('backup/run', { kind: 'full' });
    assert.deepEqual(
      backups.map(({ snapshot }) => snapshot.worktree),
      ['source:ledger'],
    );
    assert.ok((backups[0]?.provenBlobs ?? 0) > 0);
    const drill = await world.client.call('drill/run', {});
    assert.equal(drill.ok, true);
    assert.equal(drill.sources[0]?.worktree, 'source:ledger');
  });
});

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
