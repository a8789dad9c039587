import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { AgentClient } from '../../../agent/protocol/client';
import { readDiscovery } from '../../../agent/protocol/discovery';
import { EmbeddedWorld } from './embedded-world';

describe('A program that has Bulwark in its own process', () => {
  let world: EmbeddedWorld;
  beforeEach(() => {
    world = new EmbeddedWorld();
  });
  afterEach(() => world.close());

  it('listens to nobody unless it asks for it; then clients of its home see its parts', async () => {
    const part = { health: () => undefined };
    const quiet = await world.open({ part });
    assert.equal(existsSync(join(world.home, 'agent.json')), false);
    await quiet.shutdown();

    const open = await world.open({ part }, { server: true, name: 'the shop' });
    await open.healthMonitor.check('part');
    const discovery = await readDiscovery(world.home);
    assert.ok(discovery !== null);
    const client = await AgentClient.connect(discovery, {
      name: 'test',
      version: '1',
      interactive: false,
    });
    try {
      const { components } = await client.call('component/list', {});
      assert.deepEqual(
        components.map(({ id, origin, state }) => ({ id: String(id), origin, state: state.kind })),
        [{ id: 'part', origin: { kind: 'program', name: 'the shop' }, state: 'up' }],
      );
      await assert.rejects(
        client.call('component/register', {
          name: 'part',
          spec: { kind: 'heartbeat', everyMs: 1_000 },
          program: 'another',
        }),
        { reason: 'component-exists' },
      );
      const { entries } = await client.call('audit/list', {});
      assert.deepEqual(
        entries
          .filter(({ action }) => action === 'component/register')
          .map(({ by, phase }) => `${by.name}: ${phase}`),
        ['test: failed', 'the shop: done', 'this program: done'],
      );
    } finally {
      client.close();
    }
    await open.shutdown();
    assert.equal(existsSync(join(world.home, 'agent.json')), false);
  });

  it('has its home for itself, and gives it back when it shuts down', async () => {
    const first = await world.open();
    await assert.rejects(world.open(), { reason: 'store-locked' });
    await Promise.all([first.shutdown(), first.shutdown()]);
    const second = await world.open();
    assert.equal(second.getStatus().state, 'running');
  });

  it('that cannot listen where its settings say is told so, and nothing of it is left open', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    assert.ok(typeof address === 'object' && address !== null);
    mkdirSync(world.home);
    const settings = join(world.home, 'settings.json');
    writeFileSync(settings, JSON.stringify({ tcpPort: address.port }));
    await assert.rejects(world.open({}, { server: true }), { reason: 'settings-invalid' });
    assert.equal((await world.open()).getStatus().state, 'running');
    other.close();
  });

  it('is refused a home that is no absolute path', async () => {
    await assert.rejects(world.open({}, { home: 'here' }), { reason: 'path-refused' });
  });

  it('can switch it off with one word: nothing is opened, and every part answers so', async () => {
    const system = await world.open({ part: { health: () => undefined } }, { enabled: false });
    assert.deepEqual(
      { enabled: system.getStatus().enabled, state: system.getStatus().state },
      { enabled: false, state: 'disabled' },
    );
    assert.equal(existsSync(world.home), false);
    await system.healthMonitor.registerComponent('other', {});
    await assert.rejects(system.dataProtection.snapshot('other'), { reason: 'not-protected' });
  });
});
