import assert from 'node:assert/strict';
import type { AgentClient } from '../../../agent/protocol/client';
import type { ParamsOf } from '../../../agent/protocol/methods';
import type { DataRecord } from '../../../agent/protocol/source-entities';
import { Ledger } from '../../support/ledger';
import { SourceWorld } from '../../support/source-world';

const RECORDS = { kind: 'records', restores: true } as const;

describe('A data source whose program misbehaves', () => {
  let world: SourceWorld;
  let program: AgentClient;
  let ledger: Ledger;

  beforeEach(async () => {
    world = new SourceWorld();
    await world.start();
    program = await world.program();
    ledger = new Ledger();
    for (let i = 0; i < 40; i++) ledger.put(`k${String(i)}`, i);
    program.serve(ledger);
    await program.call('data-source/register', { name: 'ledger', source: RECORDS });
    await world.backedUp('ledger');
  });
  afterEach(() => world.remove());

  /** Nothing was recorded, the failure is told, and the store is whole. */
  async function refused(reason: string, snapshots = 1): Promise<void> {
    await assert.rejects(world.snapshot('ledger'), { reason });
    assert.equal((await world.snapshots('ledger')).length, snapshots);
    assert.equal((await world.client.call('store/verify', {})).ok, true);
  }

  it('vanishes in the middle: no snapshot, and it is waited for', async () => {
    ledger.onPage = (page) => {
      if (page === 2) program.close();
    };
    await refused('program-gone');
    assert.equal((await world.source('ledger')).state.kind, 'waiting');
  });

  it('fails at a page: no snapshot, the moment is let go of, and the next one works', async () => {
    ledger.onPage = (page) => {
      if (page === 2) throw new Error('the disk is on fire');
    };
    await refused('program-failed');
    const { state } = await world.source('ledger');
    assert.equal(state.kind, 'failing');
    assert.match(JSON.stringify(state), /the disk is on fire/);
    assert.deepEqual(ledger.ended, [true, false]);
    assert.equal(ledger.moments.size, 0);
    ledger.onPage = () => undefined;
    await world.snapshot('ledger');
    assert.equal((await world.source('ledger')).state.kind, 'ready');
  });

  const hostile: [string, string, () => { records: DataRecord[]; next: string | null }][] = [
    [
      'sends a key twice',
      'program-invalid',
      () => ({ records: [json('a'), json('b'), json('a')], next: null }),
    ],
    ['sends cursors that lead nowhere', 'program-invalid', () => ({ records: [], next: 'on' })],
    [
      'never ends, with the same records',
      'program-invalid',
      () => ({ records: [json('a')], next: String(Math.random()) }),
    ],
    [
      'sends more than a page may hold',
      'too-large',
      () => ({
        records: [1, 2].map((n) => ({
          kind: 'bytes',
          key: String(n),
          bytes: Buffer.alloc(300_000).toString('base64'),
        })),
        next: null,
      }),
    ],
    [
      'sends a page that no message can hold',
      'program-failed',
      () => ({
        records: [1, 2, 3].map((n) => ({
          kind: 'bytes',
          key: String(n),
          bytes: Buffer.alloc(500_000).toString('base64'),
        })),
        next: null,
      }),
    ],
    [
      'sends what is no record',
      'program-invalid',
      () => ({ records: [{ kind: 'bytes', key: '', bytes: 'not base64!' }], next: null }),
    ],
    [
      'breaks off in a large record',
      'program-invalid',
      () => ({ records: [{ kind: 'bytes', key: 'a', bytes: '', more: true }], next: null }),
    ],
  ];
  for (const [what, reason, page] of hostile)
    it(`${what}: no snapshot`, async () => {
      program.serve({ 'data-source/pull': page });
      await refused(reason);
    });

  it('is cancelled by whoever asked: no snapshot, and the moment is let go of', async () => {
    const stop = new AbortController();
    ledger.onPage = (page) => {
      if (page === 2) stop.abort();
    };
    await assert.rejects(
      world.client.call('snapshot/create', { path: 'source:ledger' }, { signal: stop.signal }),
      { reason: 'cancelled' },
    );
    await world.until('the end of the pull', () =>
      Promise.resolve(ledger.ended.length === 2 || null),
    );
    assert.equal((await world.snapshots('ledger')).length, 1);
  });

  it('cannot take back what it is sent: everything is as it was before', async () => {
    const [snapshot] = await world.snapshots('ledger');
    ledger.put('k0', 'later');
    program.serve({
      'data-source/restore': () => {
        throw new Error('no room');
      },
    });
    await assert.rejects(world.restore(snapshot?.id ?? ''), { reason: 'program-failed' });
    assert.deepEqual(ledger.calls, ['begin replace', 'abort']);
    assert.equal(ledger.isRestoring, false);
    assert.equal(ledger.value('k0'), 'later');
    const { operations } = await world.client.call('restore/history', {});
    assert.deepEqual(operations, []);
  });

  it('has its name taken by another program only when it is gone', async () => {
    const other = await world.program();
    const register = (): Promise<unknown> =>
      other.call('data-source/register', { name: 'ledger', source: RECORDS });
    await assert.rejects(register(), { reason: 'source-taken' });
    await assert.rejects(other.call('data-source/unregister', { name: 'ledger' }), {
      reason: 'source-taken',
    });
    program.close();
    other.serve(ledger);
    await world.until('its end', () =>
      register().then(
        () => true,
        () => null,
      ),
    );
  });

  it('registers without end: a limit, and the others go on', async () => {
    const flood = await world.program();
    let refusal: unknown = null;
    for (let i = 0; i < 200 && refusal === null; i++)
      await flood
        .call('data-source/register', { name: `n${String(i)}`, source: RECORDS })
        .catch((error: unknown) => (refusal = error));
    assert.match(String(refusal), /data sources/);
    await world.snapshot('ledger');
  });

  it('registers places and names that lead elsewhere: refused', async () => {
    const attempts: [ParamsOf<'data-source/register'>, string][] = [
      [{ name: '../x', source: RECORDS }, 'invalid-params'],
      [{ name: 'x', source: { kind: 'folder', path: '/' } }, 'path-refused'],
      [{ name: 'x', source: { kind: 'folder', path: `${world.root}/home` } }, 'path-refused'],
      [{ name: 'x', source: { kind: 'folder', path: `${world.root}/none` } }, 'path-missing'],
      [{ name: 'x', source: { kind: 'files', path: world.root, files: ['../y'] } }, 'path-refused'],
      [{ name: 'ledger', source: { kind: 'folder', path: world.root } }, 'path-refused'],
    ];
    for (const [params, reason] of attempts)
      await assert.rejects(program.call('data-source/register', params), { reason });
  });

  it('answers what it was not asked, or does not know: nonsense like any other', async () => {
    program.serve({});
    const silent = await world.program();
    await silent.call('data-source/register', { name: 'deaf', source: RECORDS });
    await assert.rejects(world.snapshot('deaf'), { reason: 'program-invalid' });
  });
});

function json(key: string): DataRecord {
  return { kind: 'json', key, json: key };
}
