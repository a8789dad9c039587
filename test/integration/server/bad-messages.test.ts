import assert from 'node:assert/strict';
import { MAX_REQUEST_BYTES } from '../../../agent/protocol/transport';
import { Bench, type RawClient } from './harness';

async function stillAnswers(client: RawClient): Promise<void> {
  client.request(99, 'worktree/list');
  assert.deepEqual((await client.answer(99)).result, { worktrees: [] });
}

describe('a message that makes no sense', () => {
  const bench = new Bench();
  afterEach(() => bench.close());

  async function connect(): Promise<RawClient> {
    const { discovery } = await bench.server();
    return bench.raw(discovery);
  }

  it('that is no JSON gets an error, and the connection goes on', async () => {
    const client = await connect();
    client.socket.send('{"jsonrpc": "2.0", ');
    const { error } = await client.answer(null);
    assert.equal(error?.code, -32700);
    assert.equal(error.data?.reason, 'protocol-error');
    await stillAnswers(client);
  });

  it('that is nested very deeply is refused before it is parsed', async () => {
    const client = await connect();
    client.socket.send('['.repeat(500_000));
    assert.equal((await client.answer(null)).error?.code, -32600);
    client.received.length = 0;
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    client.socket.send(`{"jsonrpc":"2.0","id":5,"method":"worktree/list","params":${deep}}`);
    assert.equal((await client.answer(null)).error?.code, -32600);
    await stillAnswers(client);
  });

  it('that is no JSON-RPC request gets an error with its id', async () => {
    const client = await connect();
    client.send({ jsonrpc: '1.0', id: 1, method: 'worktree/list' });
    assert.equal((await client.answer(1)).error?.code, -32600);
    client.send({ jsonrpc: '2.0', id: 2, method: 'worktree/list', params: [1] });
    assert.match((await client.answer(2)).error?.message ?? '', /params/);
    client.send({ jsonrpc: '2.0', id: 3, method: 7 });
    assert.match((await client.answer(3)).error?.message ?? '', /method/);
    client.send([{ jsonrpc: '2.0', id: 4, method: 'worktree/list' }]);
    assert.match((await client.answer(null)).error?.message ?? '', /batches/);
    await stillAnswers(client);
  });

  it('of a kind that could upset the JSON-RPC library does no harm', async () => {
    const client = await connect();
    for (const message of [
      { jsonrpc: '2.0', method: '$/cancelRequest' },
      { jsonrpc: '2.0', method: '$/cancelRequest', params: { id: null } },
      { jsonrpc: '2.0', method: '$/progress', params: null },
      { jsonrpc: '2.0', method: 'nobody/knows' },
    ])
      client.send(message);
    await stillAnswers(client);
    assert.equal(client.received.length, 1);
  });

  it('does not disturb another client', async () => {
    const { discovery } = await bench.server();
    const [bad, good] = [await bench.raw(discovery), await bench.raw(discovery)];
    for (let i = 0; i < 20; i++) bad.socket.send('nonsense');
    await bad.closed;
    await stillAnswers(good);
  });

  it('again and again ends the connection', async () => {
    const client = await connect();
    for (let i = 0; i < 20; i++) client.socket.send('nonsense');
    const { code, reason } = await client.closed;
    assert.equal(code, 1008);
    assert.match(reason, /malformed/);
    assert.equal(client.received.length, 8);
  });

  it('that is too large ends the connection', async () => {
    const client = await connect();
    client.socket.send('x'.repeat(MAX_REQUEST_BYTES + 1));
    assert.equal((await client.closed).code, 1009);
  });

  it('that is as large as allowed is answered', async () => {
    const client = await connect();
    const filler = { jsonrpc: '2.0', id: 1, method: 'worktree/list', params: { filler: '' } };
    filler.params.filler = 'x'.repeat(MAX_REQUEST_BYTES - JSON.stringify(filler).length);
    client.send(filler);
    assert.deepEqual((await client.answer(1)).result, { worktrees: [] });
  });

  it('in a binary frame ends the connection', async () => {
    const client = await connect();
    client.socket.send(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"worktree/list"}'));
    assert.equal((await client.closed).code, 1003);
    assert.deepEqual(client.received, []);
  });

  it('with broken UTF-8 ends the connection', async () => {
    const client = await connect();
    client.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
    assert.equal((await client.closed).code, 1007);
  });
});
