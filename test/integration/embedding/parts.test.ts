import assert from 'node:assert/strict';
import type { HardenedComponent, Health } from '../../../agent/embedding/component';
import type { HardenedSystem } from '../../../agent/embedding/hardened-system';
import { EmbeddedWorld, statusOf, until } from './embedded-world';

/** A part that fails when it is told to, and is well again after a restart that works. */
class Part implements HardenedComponent {
  readonly checkEveryMs = 1_000;
  restarts = 0;
  answer: Health = { kind: 'up' };
  restartWorks = true;

  health(): Health {
    return this.answer;
  }

  fail(why: string): void {
    this.answer = { kind: 'down', why };
  }

  restart(): void {
    this.restarts += 1;
    if (!this.restartWorks) throw new Error('the port is taken');
    this.answer = { kind: 'up' };
  }
}

describe('A part of a program that has Bulwark in its own process', () => {
  let world: EmbeddedWorld;
  beforeEach(() => {
    world = new EmbeddedWorld();
  });
  afterEach(() => world.close());

  const untilState = (system: HardenedSystem, name: string, state: string): Promise<void> =>
    until(`${name} to be ${state}`, () => statusOf(system, name).state === state);

  it('is restarted by itself when it fails, and the program is told of it from beginning to end', async () => {
    const store = new Part();
    const system = await world.open({ store });
    const told: string[] = [];
    const { hardeningManager: manager } = system;
    manager.on('alert_created', ({ alert }) => {
      told.push(`${alert.fault} of ${alert.subject.id}: ${alert.message}`);
    });
    manager.on('recovery_started', () => {
      told.push('a recovery');
    });
    manager.on('recovery_completed', ({ recovery }) => {
      told.push(`${recovery.state} by ${recovery.steps.map(({ strategy }) => strategy).join()}`);
    });
    manager.on('alert_resolved', ({ alert }) => {
      told.push(`over: ${alert.subject.id}`);
    });
    await untilState(system, 'store', 'up');
    store.fail('it hangs');
    await until('the end of the alert', () => told.length >= 4);
    assert.deepEqual(told, [
      'component.down of store: store is down: it hangs',
      'a recovery',
      'healed by restart_component',
      'over: store',
    ]);
    assert.equal(store.restarts, 1);
    const metrics = system.getMetrics();
    assert.deepEqual(
      { ...metrics.recoveries, meanTimeToRecoverMs: null },
      { ended: 1, healed: 1, cleared: 0, successRate: 1, meanTimeToRecoverMs: null },
    );
    assert.ok((metrics.recoveries.meanTimeToRecoverMs ?? 0) > 0);
    const [figures] = metrics.components;
    assert.ok(figures?.availability != null && figures.availability > 0);
    const report = await manager.report({ from: 0 });
    assert.deepEqual(report.alerts, [{ fault: 'component.down', count: 1 }]);
    assert.deepEqual(
      { count: report.recoveries.count, success: report.recoveries.success },
      { count: 1, success: 1 },
    );
  });

  it('that throws is down with what it threw; one that does not answer is down as well', async () => {
    const system = await world.open({
      throwing: {
        health: () => {
          throw new Error('no quorum\nand a stack');
        },
      },
      silent: { checkLimitMs: 100, health: () => new Promise<void>(() => undefined) },
      speechless: { restart: () => undefined },
    });
    await system.healthMonitor.check('throwing');
    assert.equal(statusOf(system, 'throwing').why, 'no quorum');
    assert.equal((await system.healthMonitor.check('silent')).state, 'down');
    const { state, why } = await system.healthMonitor.check('speechless');
    assert.deepEqual({ state, why }, { state: 'unknown', why: 'it has no health()' });
    assert.equal(system.getStatus().worst, 'warning');
  });

  it('is left to a person when nothing helps, with what was tried', async () => {
    const store = new Part();
    store.restartWorks = false;
    const system = await world.open({ store });
    const ended = new Promise<string>((resolve) => {
      system.hardeningManager.on('recovery_completed', ({ recovery }) => {
        resolve(`${recovery.state}: ${recovery.steps[0]?.note ?? ''}`);
      });
    });
    store.fail('it hangs');
    assert.equal(await ended, 'person: store says: the port is taken');
  });

  it('is given up where its restart never ends, and what else it can do is tried', async () => {
    let isWell = true;
    const system = await world.open({
      store: {
        checkEveryMs: 1_000,
        health: () => (isWell ? undefined : { kind: 'down', why: 'no connection' }),
        restart: () => new Promise<void>(() => undefined),
        resetConnections: () => {
          isWell = true;
        },
      },
    });
    const ended = new Promise<string>((resolve) => {
      system.hardeningManager.on('recovery_completed', ({ recovery }) => {
        const steps = recovery.steps.map(({ strategy, state }) => `${strategy} ${state}`);
        resolve(`${recovery.state}: ${steps.join(', ')}`);
      });
    });
    isWell = false;
    assert.equal(await ended, 'healed: restart_component failed, reset_connections helped');
  });

  it('waits for a yes in the supervised mode; nothing is done before', async () => {
    const store = new Part();
    const system = await world.open({ store }, { coordinationMode: 'supervised' });
    const asked = new Promise<string>((resolve) => {
      system.hardeningManager.on('approval_needed', ({ recovery }) => {
        resolve(recovery.id);
      });
    });
    store.fail('it hangs');
    const id = await asked;
    assert.equal(store.restarts, 0);
    assert.deepEqual(
      system.getStatus().recoveries.map(({ state }) => state),
      ['approval'],
    );
    await system.selfHealing.approve(id, 'a person');
    await untilState(system, 'store', 'up');
    assert.equal(store.restarts, 1);
  });

  it('is only watched in the mode observe, until the mode is another one', async () => {
    const store = new Part();
    const system = await world.open({ store }, { coordinationMode: 'observe' });
    store.fail('it hangs');
    await until('the alert', () => system.getStatus().alerts.length > 0);
    await system.healthMonitor.check('store');
    assert.deepEqual(system.selfHealing.recoveries(), []);
    system.hardeningManager.setCoordinationMode('autonomous');
    await untilState(system, 'store', 'up');
    assert.equal(store.restarts, 1);
  });

  it('can come later, say later what it can do, and go', async () => {
    const system = await world.open();
    const late = new Part();
    await system.healthMonitor.registerComponent('late', { health: () => late.health() });
    assert.throws(() => {
      system.selfHealing.registerComponent('early', late);
    }, /there is no component early/);
    late.fail('it hangs');
    await untilState(system, 'late', 'down');
    system.selfHealing.registerComponent('late', late);
    await system.selfHealing.recover('late', 'a person');
    await untilState(system, 'late', 'up');
    await system.healthMonitor.unregisterComponent('late');
    assert.deepEqual(system.getStatus().components, []);
  });

  it('is refused with a name, a number or a dependency that cannot be, and leaves nothing open', async () => {
    const refused = { reason: 'component-refused' };
    await assert.rejects(world.open({ 'no name': new Part() }), refused);
    await assert.rejects(world.open({ fast: { checkEveryMs: 5 } }), refused);
    await assert.rejects(world.open({ a: { dependsOn: ['b'] }, b: { dependsOn: ['a'] } }), refused);
    const system = await world.open({ a: new Part() });
    assert.deepEqual(
      system.getStatus().components.map(({ name }) => name),
      ['a'],
    );
  });

  it('does not suffer from a listener of the program that throws', async () => {
    const store = new Part();
    const system = await world.open({ store });
    system.hardeningManager.on('component_changed', () => {
      throw new Error('a mistake of the program');
    });
    let changes = 0;
    system.hardeningManager.on('component_changed', async () => {
      changes += 1;
      await Promise.reject(new Error('another one'));
    });
    store.fail('it hangs');
    await untilState(system, 'store', 'down');
    await untilState(system, 'store', 'up');
    assert.ok(changes >= 2);
  });
});
