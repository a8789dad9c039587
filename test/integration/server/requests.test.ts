import assert from 'node:assert/strict';
import type { Progress } from '../../../agent/protocol/entities';
import type { CallContext } from '../../../agent/protocol/handlers';
import { BulwarkError, throwIfAborted } from '../../../agent/support/errors';
import { silentLog, type Log, type LogFields } from '../../../agent/support/log';
import { Bench, gate, REFUSE_ALL, SUMMARY, WORKTREE } from './harness';

function waitForAbort({ signal }: CallContext): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}

describe('a request', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  it('gets its answer', async () => {
    const seen: unknown[] = [];
    const { discovery } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'snapshot/create': (params) => {
          seen.push(params);
          return Promise.resolve(SUMMARY);
        },
      },
    });
    const client = await bench.client(discovery);
    assert.deepEqual(await client.call('snapshot/create', { path: '/work', label: 'x' }), SUMMARY);
    assert.deepEqual(seen, [{ path: '/work', label: 'x' }]);
  });

  it('carries a file name that is not valid UTF-8 there and back', async () => {
    const path = '/work/caf\udce9 \u{1F600}\n';
    const seen: string[] = [];
    const { discovery } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'worktree/protect': (params) => {
          seen.push(params.path);
          return Promise.resolve({ worktrees: [{ ...WORKTREE, path: params.path }] });
        },
      },
    });
    const client = await bench.client(discovery);
    const { worktrees } = await client.call('worktree/protect', { path });
    assert.deepEqual(seen, [path]);
    assert.equal(worktrees[0]?.path, path);
  });

  it('with fields that nobody knows is answered, and the handler does not see them', async () => {
    const seen: unknown[] = [];
    const { discovery } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'snapshot/create': (params) => {
          seen.push(params);
          return Promise.resolve(SUMMARY);
        },
      },
    });
    const client = await bench.raw(discovery);
    client.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'snapshot/create',
      params: { path: '/work', fromTheFuture: true },
      alsoNew: 1,
    });
    assert.deepEqual((await client.answer(1)).result, SUMMARY);
    assert.deepEqual(seen, [{ path: '/work' }]);
  });

  it('with a field of the wrong type gets an error that names the field', async () => {
    const { discovery } = await bench.server();
    const client = await bench.raw(discovery);
    client.request(1, 'snapshot/diff', { snapshot: 'abc', to: { kind: 'path', path: 7 } });
    const { error } = await client.answer(1);
    assert.equal(error?.code, -32602);
    assert.equal(error.data?.reason, 'invalid-params');
    assert.deepEqual(error.data['details'], { fields: ['to.path'] });
    assert.match(error.message, /to\.path/);
    client.send({ jsonrpc: '2.0', id: 2, method: 'snapshot/create' });
    assert.deepEqual((await client.answer(2)).error?.data?.['details'], { fields: ['path'] });
  });

  it('for an unknown method gets an error that says so', async () => {
    const { discovery } = await bench.server();
    const client = await bench.raw(discovery);
    for (const [id, method] of ['snapshot/destroy', '__proto__', 'toString'].entries()) {
      client.request(id, method);
      const { error } = await client.answer(id);
      assert.equal(error?.code, -32601);
      assert.equal(error.data?.reason, 'protocol-error');
    }
  });

  it('that fails tells its reason, what to do, and the facts', async () => {
    const { discovery } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'snapshot/show': () =>
          Promise.reject(
            new BulwarkError('snapshot-ambiguous', 'more than one', {
              hint: 'Type more of it.',
              details: { candidates: ['aa', 'ab'], count: 2 },
            }),
          ),
      },
    });
    const client = await bench.client(discovery);
    await assert.rejects(client.call('snapshot/show', { snapshot: 'a' }), {
      name: 'RemoteError',
      reason: 'snapshot-ambiguous',
      message: 'more than one',
      hint: 'Type more of it.',
      details: { candidates: ['aa', 'ab'], count: 2 },
    });
  });

  it('that fails unexpectedly tells nothing of the inside, and the log has it', async () => {
    const logged: LogFields[] = [];
    const log: Log = {
      ...silentLog,
      error: (_message, fields = {}) => logged.push(fields),
      child: () => log,
    };
    const { discovery } = await bench.server({
      log,
      handlers: {
        ...REFUSE_ALL,
        'store/stats': () => {
          throw new TypeError('secret /home/me/key');
        },
        'store/exportKey': () => Promise.reject(new TypeError('secret /home/me/key')),
      },
    });
    const client = await bench.raw(discovery);
    for (const [id, method] of ['store/stats', 'store/exportKey'].entries()) {
      client.request(id, method);
      const answer = await client.answer(id);
      assert.equal(answer.error?.data?.reason, 'internal');
      assert.doesNotMatch(JSON.stringify(answer), /secret|\.ts|\.js/);
      assert.ok(logged[id]?.['error'] instanceof TypeError);
    }
  });

  it('can be cancelled', async () => {
    const started = gate();
    const { discovery } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'store/verify': async (_params, context) => {
          started.open();
          await waitForAbort(context);
          throwIfAborted(context.signal);
          throw new Error('unreachable');
        },
      },
    });
    const client = await bench.client(discovery);
    const controller = new AbortController();
    const answer = client.call('store/verify', {}, { signal: controller.signal });
    await started.opened;
    controller.abort();
    await assert.rejects(answer, { reason: 'cancelled' });
    await assert.rejects(client.call('store/verify', {}, { signal: AbortSignal.abort() }), {
      reason: 'cancelled',
    });
  });

  it('can be cancelled before the agent has looked at it', async () => {
    const { discovery } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'store/verify': (_params, { signal }) => {
          throwIfAborted(signal);
          throw new Error('it was not cancelled');
        },
      },
    });
    const client = await bench.raw(discovery);
    const id = 7;
    // In one turn, so that both are there before the first is looked at.
    client.send({ jsonrpc: '2.0', id, method: 'store/verify', params: {} });
    client.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } });
    assert.equal((await client.answer(id)).error?.data?.reason, 'cancelled');
  });

  it('is cancelled when its client goes away', async () => {
    const started = gate();
    const aborted = gate();
    const { discovery } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'store/verify': async (_params, context) => {
          started.open();
          await waitForAbort(context);
          aborted.open();
          throw new BulwarkError('cancelled', 'cancelled');
        },
      },
    });
    const client = await bench.client(discovery);
    const answer = client.call('store/verify', {});
    await started.opened;
    client.close();
    await assert.rejects(answer, { reason: 'agent-unreachable' });
    await aborted.opened;
  });

  it('reports its progress to the one who asked for it', async () => {
    const steps: Progress[] = [
      { phase: 'reading', done: 0, total: 2, unit: 'packs' },
      { phase: 'reading', done: 2, total: 2, unit: 'packs' },
      { phase: 'verifying', done: 1, total: null, unit: 'snapshots' },
    ];
    const { discovery } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'worktree/protect': (_params, context) => {
          for (const step of steps) context.progress(step);
          return Promise.resolve({ worktrees: [] });
        },
      },
    });
    const client = await bench.client(discovery);
    const seen: Progress[] = [];
    await client.call('worktree/protect', { path: '/' }, { onProgress: (p) => seen.push(p) });
    assert.deepEqual(seen, steps);
    await client.call('worktree/protect', { path: '/' });
    assert.deepEqual(seen, steps);
  });

  it('that reports progress all the time does not flood its client', async () => {
    const { discovery } = await bench.server({
      limits: { progressIntervalMs: 60_000 },
      handlers: {
        ...REFUSE_ALL,
        'worktree/protect': (_params, context) => {
          for (let done = 0; done <= 10_000; done++)
            context.progress({ phase: 'scanning', done, total: 10_000, unit: 'files' });
          return Promise.resolve({ worktrees: [] });
        },
      },
    });
    const client = await bench.client(discovery);
    const seen: number[] = [];
    await client.call('worktree/protect', { path: '/' }, { onProgress: (p) => seen.push(p.done) });
    assert.deepEqual(seen, [0, 10_000]);
  });

  it('whose answer is not what the protocol says is an error, not a wrong value', async () => {
    const { discovery } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'worktree/unprotect': () => Promise.resolve({}),
        'snapshot/list': () =>
          Promise.resolve({
            snapshots: [{ ...SUMMARY, pinned: null, keptUntil: 0, files: -1 }],
            more: false,
          }),
      },
    });
    const client = await bench.client(discovery);
    await assert.rejects(client.call('snapshot/list', {}), { reason: 'protocol-error' });
    assert.deepEqual(await client.call('worktree/unprotect', { path: '/' }), {});
  });

  it('carries the connection it came from', async () => {
    const clients: string[] = [];
    const { discovery } = await bench.server({
      handlers: {
        ...REFUSE_ALL,
        'worktree/list': (_params, { client }) => {
          clients.push(client.id);
          return Promise.resolve({ worktrees: [] });
        },
      },
    });
    const [one, two] = [await bench.client(discovery), await bench.client(discovery)];
    await one.call('worktree/list', {});
    await two.call('worktree/list', {});
    assert.equal(new Set(clients).size, 2);
  });
});
