import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  DataRecord,
  RecordsChange,
  RecordsSource,
} from '../../../agent/embedding/data-source';
import { EmbeddedWorld, until } from './embedded-world';

const LARGE = Buffer.alloc(1_300_000, 'large ');

/** A store in memory. */
class Memory implements RecordsSource {
  readonly kind = 'records';
  records = new Map<string, DataRecord>();
  ended = 0;
  imported: RecordsChange['mode'] | null = null;
  importWorks = true;

  *export(): Generator<DataRecord> {
    try {
      yield* [...this.records.values()];
    } finally {
      this.ended += 1;
    }
  }

  async import({ mode, records, remove }: RecordsChange): Promise<void> {
    if (!this.importWorks) throw new Error('the disk is gone');
    this.imported = mode;
    if (mode === 'replace') this.records.clear();
    for (const key of remove) this.records.delete(key);
    for (const record of records) this.records.set(record.key, record);
  }
}

function memoryOf(many: number): Memory {
  const memory = new Memory();
  for (let n = 0; n < many; n += 1) {
    const key = `fact ${String(n)}`;
    memory.records.set(key, { kind: 'json', key, json: { n }, modifiedAt: 1_700_000_000_000 + n });
  }
  memory.records.set('large', { kind: 'bytes', key: 'large', bytes: LARGE });
  memory.records.set('empty', { kind: 'bytes', key: 'empty', bytes: new Uint8Array() });
  return memory;
}

describe('Data of a program that has Bulwark in its own process', () => {
  let world: EmbeddedWorld;
  beforeEach(() => {
    world = new EmbeddedWorld();
  });
  afterEach(() => world.close());

  it('that lies in no file is given back whole, also what needs more than one page', async () => {
    const memory = memoryOf(2_500);
    const before = new Map(memory.records);
    const system = await world.open({ memory: { data: memory } });
    const snapshot = await system.dataProtection.snapshot('memory', 'before');
    assert.equal(snapshot.of, 'memory');
    assert.equal(snapshot.files, 2_502);
    memory.records = new Map([['other', { kind: 'json', key: 'other', json: null }]]);
    const result = await system.dataProtection.restore(snapshot.id);
    assert.deepEqual(
      { target: result.target, verified: result.verified, mode: memory.imported },
      { target: 'memory', verified: true, mode: 'replace' },
    );
    assert.deepEqual([...memory.records.keys()].sort(), [...before.keys()].sort());
    assert.deepEqual(memory.records.get('fact 7'), before.get('fact 7'));
    const large = memory.records.get('large');
    assert.ok(large?.kind === 'bytes' && LARGE.equals(large.bytes));
    assert.ok(memory.ended >= 3, 'each export was ended');
    await system.dataProtection.undo(result.operation);
    assert.deepEqual([...memory.records.keys()], ['other']);
  });

  it('stays as it is when it cannot be taken over, and the program is told why', async () => {
    const memory = memoryOf(3);
    const system = await world.open({ memory: { data: memory } });
    const snapshot = await system.dataProtection.snapshot('memory');
    memory.records.delete('fact 1');
    memory.importWorks = false;
    await assert.rejects(system.dataProtection.restore(snapshot.id), /the disk is gone/);
    assert.ok(!memory.records.has('fact 1'));
    assert.ok(memory.records.has('fact 2'));
  });

  it('of which an export fails is no backup, and is told as failing', async () => {
    const system = await world.open();
    await system.dataProtection.registerDataSource('broken', {
      kind: 'records',
      async *export() {
        yield { kind: 'json', key: 'first', json: 1 };
        await Promise.reject(new Error('the cursor is lost'));
      },
    });
    await until('the failure', () => system.getStatus().dataSources[0]?.state === 'failing');
    const [source] = system.getStatus().dataSources;
    assert.match(source?.why ?? '', /the cursor is lost/);
    assert.equal(source?.lastSnapshot, null);
    assert.deepEqual(await system.dataProtection.snapshots('broken'), []);
    await assert.rejects(system.dataProtection.snapshot('nowhere'), { reason: 'source-unknown' });
  });

  it('in files is held still while it is read and replaced, and outlives the program', async () => {
    const path = join(world.folder, 'ledger');
    mkdirSync(path);
    writeFileSync(join(path, 'a'), '1');
    const asked: string[] = [];
    const ledger = {
      kind: 'files',
      path,
      freeze: ({ why }: { why: string }) => {
        asked.push(`freeze for a ${why}`);
      },
      thaw: () => {
        asked.push('thaw');
        return true;
      },
    } as const;
    const first = await world.open();
    await first.dataProtection.registerDataSource('ledger', ledger);
    const snapshot = await first.dataProtection.snapshot('ledger');
    await first.shutdown();
    assert.equal(first.getStatus().state, 'closed');
    await assert.rejects(first.dataProtection.snapshot('ledger'), { reason: 'store-closed' });
    rmSync(path, { recursive: true });

    const second = await world.open();
    asked.splice(0);
    assert.equal(second.getStatus().dataSources[0]?.state, 'waiting');
    const known = await second.dataProtection.snapshots('ledger');
    assert.ok(known.some(({ id }) => id === snapshot.id));
    mkdirSync(path);
    await second.dataProtection.registerDataSource('ledger', ledger);
    await second.dataProtection.restore(snapshot.id);
    assert.equal(readFileSync(join(path, 'a'), 'utf8'), '1');
    assert.ok(asked.includes('freeze for a restore'));
    assert.equal(asked.filter((one) => one !== 'thaw').length, asked.length / 2, asked.join());
  });
});
