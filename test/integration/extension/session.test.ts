import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { AgentClient } from '../../../agent/protocol/client';
import { readDiscovery, type Discovery } from '../../../agent/protocol/discovery';
import { RemoteError } from '../../../agent/protocol/errors';
import type { AgentAccess } from '../../../extension/agent-link';
import { systemClock } from '../../../extension/clock';
import { Connection } from '../../../extension/connection';
import { HealthModel } from '../../../extension/health/health-model';
import { RecoveryModel } from '../../../extension/recoveries/recovery-model';
import { Session } from '../../../extension/session';
import type { Signal } from '../../../extension/signal';
import { SnapshotLists } from '../../../extension/snapshot-lists';
import { WorktreeModel } from '../../../extension/worktree-model';
import { FakeAgent } from '../../support/fake-agent';
import { alert, component, recovery, settingsFile } from '../../unit/extension/samples';

/** Waits until something holds, which may change whenever `signal` is fired. */
function until(signal: Signal<undefined>, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!holds()) return;
      subscription.dispose();
      resolve();
    };
    const subscription = signal.on(check);
    check();
  });
}

describe('what a window knows', () => {
  let folder: string;
  let home: string;
  let shop: string;
  let agent: FakeAgent;
  let connection: Connection<Discovery>;
  let model: WorktreeModel;
  let lists: SnapshotLists;
  let health: HealthModel;
  let recoveries: RecoveryModel;
  let session: Session;
  let following: { dispose(): void };

  const changed = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      if (holds()) {
        resolve();
        return;
      }
      const check = (): void => {
        if (!holds()) return;
        for (const subscription of subscriptions) subscription.dispose();
        resolve();
      };
      const subscriptions = [
        model.onDidChange.on(check),
        lists.onDidChange.on(check),
        connection.onDidChangeState.on(check),
      ];
    });

  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'bulwark-window-'));
    home = path.join(folder, 'home');
    shop = path.join(folder, 'shop');
    await fs.mkdir(shop);
    await fs.writeFile(path.join(shop, 'a'), 'a');
    agent = await FakeAgent.start({ home });
    agent.world.add(shop);
    await agent.world.capture(shop, 'manual', { createdAt: Date.now() - 1000 });
    const access: AgentAccess<Discovery> = {
      find: () => readDiscovery(home),
      connect: (address) =>
        AgentClient.connect(address, { name: 'window', version: '0.1.0', interactive: true }),
      launch: () => Promise.reject(new RemoteError('none', { reason: 'agent-unreachable' })),
      watch: () => ({ dispose: () => undefined }),
    };
    connection = new Connection({
      access,
      version: '0.1.0',
      clock: systemClock,
      random: () => 0,
      autoStart: () => true,
      log: () => undefined,
    });
    model = new WorktreeModel(connection.call);
    lists = new SnapshotLists(connection.call);
    health = new HealthModel(connection.call);
    recoveries = new RecoveryModel(connection.call);
    session = new Session({
      connection,
      model,
      lists,
      others: [health, recoveries],
      onError: (what, error) => {
        throw new Error(what, { cause: error });
      },
    });
    following = session.follow();
    connection.open();
    await changed(() => model.loaded);
  });

  afterEach(async () => {
    following.dispose();
    connection.close();
    await agent.close();
    await fs.rm(folder, { recursive: true, force: true });
  });

  const only = (): NonNullable<ReturnType<WorktreeModel['get']>> => {
    const [worktree] = model.list;
    assert.ok(worktree !== undefined);
    return worktree;
  };

  it('is there as soon as the agent is', () => {
    assert.deepEqual(
      model.list.map(({ path: at }) => at),
      [shop],
    );
  });

  it('follows what happens, without asking again', async () => {
    assert.equal((await lists.get(only())).snapshots.length, 1);
    await agent.capture(shop, 'by itself');
    await changed(() => only().snapshots === 2);
    const { snapshots } = await lists.get(only());
    assert.deepEqual(
      snapshots.map(({ label }) => label),
      ['by itself', null],
    );
  });

  it('follows pins and deletions, without asking again', async () => {
    const before = await lists.get(only());
    const [taken] = before.snapshots;
    assert.ok(taken !== undefined);
    const listChanges = (): Promise<unknown> =>
      new Promise((resolve) => {
        const once = lists.onDidChange.on((source) => {
          once.dispose();
          resolve(source);
        });
      });
    const pinned = listChanges();
    await connection.call('snapshot/pin', { snapshot: taken.id, reason: 'the good one' });
    assert.equal(await pinned, taken.source);
    assert.equal((await lists.get(only())).snapshots[0]?.pinned, 'the good one');
    const deleted = listChanges();
    await connection.call('snapshot/delete', { snapshots: [taken.id] });
    assert.equal(await deleted, taken.source);
    assert.deepEqual((await lists.get(only())).snapshots, []);
  });

  it('follows alerts and components, and asks again only for what no event tells', async () => {
    const healthChanged = (holds: () => boolean): Promise<void> => until(health.onDidChange, holds);
    await healthChanged(() => health.loaded);
    const { reads } = agent.health;
    agent.health.tell(alert('disk', { subject: { kind: 'machine', id: 'm', name: 'machine' } }));
    await healthChanged(() => health.alert('disk') !== undefined);
    await connection.call('alert/acknowledge', { alert: 'disk', by: 'Ada' });
    await healthChanged(() => health.alert('disk')?.acknowledged?.by === 'Ada');
    assert.equal(agent.health.reads, reads);
    agent.health.files = [settingsFile()];
    agent.health.change(component('shop/web'));
    await healthChanged(() => health.settings.length === 1);
    assert.equal(health.component('shop/web')?.state.kind, 'up');
    await agent.close();
    await healthChanged(() => !health.loaded);
    assert.deepEqual(health.alerts, []);
  });

  it('follows recoveries until nothing more happens by itself', async () => {
    await until(recoveries.onDidChange, () => recoveries.loaded);
    agent.health.recover(recovery('r1'));
    await until(recoveries.onDidChange, () => recoveries.get('r1') !== undefined);
    const ended = recoveries.settled('r1');
    agent.health.recover(recovery('r1', { state: 'healed', endedAt: 1_700_000_009_000 }));
    assert.equal((await ended).state, 'healed');
    assert.equal(recoveries.title('restart_component'), 'Start it anew');
    agent.health.recover(recovery('r2'));
    await until(recoveries.onDidChange, () => recoveries.get('r2') !== undefined);
    const lost = assert.rejects(recoveries.settled('r2'), /the agent ended before/);
    await agent.close();
    await lost;
    assert.deepEqual(recoveries.list, []);
  });

  it('reads snapshots page by page', async () => {
    for (let i = 0; i < 60; i++) {
      await agent.world.capture(shop, 'automatic', { createdAt: 1_700_000_000_000 + i });
    }
    lists.clear();
    assert.equal((await lists.get(only())).snapshots.length, 50);
    const all = await lists.loadMore(only());
    assert.equal(all.snapshots.length, 61);
    assert.equal(all.more, false);
    assert.equal(new Set(all.snapshots.map(({ id }) => id)).size, 61);
  });

  it('knows which restore can be undone', async () => {
    const [snapshot] = (await lists.get(only())).snapshots;
    assert.ok(snapshot !== undefined);
    assert.deepEqual(model.undoable, []);
    await fs.writeFile(path.join(shop, 'a'), 'b');
    const plan = await connection.call('restore/plan', { snapshot: snapshot.id });
    const result = await connection.call('restore/apply', { plan: plan.id });
    await changed(() => model.undoable[0]?.id === result.operation);
    const undo = await connection.call('restore/undo', { operation: result.operation });
    await changed(() => model.undoable[0]?.id === undo.operation);
    assert.equal(model.undoable.length, 1);
    assert.equal(await fs.readFile(path.join(shop, 'a'), 'utf8'), 'b');
  });

  it('comes back when the agent does, and is empty when it was stopped', async () => {
    await agent.close();
    await changed(() => connection.state.kind === 'waiting');
    agent = await FakeAgent.start({ home });
    agent.world.add(path.join(folder, 'other'));
    await changed(() => model.list.some(({ name }) => name === 'other'));
    await connection.call('agent/drain', { reason: 'bulwark stop' });
    await changed(() => connection.state.kind === 'stopped');
    assert.deepEqual(model.list, []);
    assert.equal(model.loaded, false);
  });
});
