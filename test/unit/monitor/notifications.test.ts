import assert from 'node:assert/strict';
import { disk, HOUR, MIN, part, S, tree, web, World } from './alert-world';

describe('people are told', () => {
  it('after 30 s, again after 4 h, and when it is over; never in between', () => {
    const world = new World();
    world.run(30 * S, 'component.down', 'bad', web);
    assert.deepEqual(world.kinds(), []);
    world.run(20 * S, 'component.down', 'bad', web);
    assert.deepEqual(world.kinds(), ['firing']);
    world.run(4 * HOUR - 2 * MIN, 'component.down', 'bad', web);
    assert.deepEqual(world.kinds(), ['firing']);
    world.run(4 * MIN, 'component.down', 'bad', web);
    assert.deepEqual(world.kinds(), ['firing', 'reminder']);
    world.run(3 * MIN, 'component.down', 'good', web);
    assert.deepEqual(world.kinds(), ['firing', 'reminder', 'resolved']);
  });

  it('nothing of what was over before anyone was told', () => {
    const world = new World();
    world.run(20 * S, 'component.down', 'bad', web);
    world.book.retain(() => false, world.now);
    world.idle(10 * MIN);
    assert.deepEqual(world.told, []);
  });

  it('nothing of what came back by itself', () => {
    const world = new World();
    world.run(10 * S, 'component.down', 'bad', web);
    world.run(10 * MIN, 'component.down', 'good', web);
    assert.deepEqual(world.told, []);
  });

  it('of many of a group at once, and of further ones 5 min later', () => {
    const world = new World();
    for (const id of ['a', 'b', 'c']) world.look('component.down', 'bad', part(id));
    world.idle(40 * S);
    assert.deepEqual(
      world.told.map(({ alerts }) => alerts.length),
      [3],
    );
    world.look('component.down', 'bad', part('d'));
    world.idle(4 * MIN);
    assert.equal(world.told.length, 1);
    world.idle(MIN);
    assert.deepEqual(
      world.told.map(({ alerts }) => alerts.length),
      [3, 4],
    );
  });

  it('of the cause, not of its consequences', () => {
    const world = new World();
    world.book.disks = new Map([['/w', '/']]);
    world.look('machine.disk-critical', 'bad', disk('/'));
    world.look('git.lock-stale', 'bad', tree('/w'));
    world.look('worktree.missing', 'bad', tree('/v'));
    world.look('git.unreadable', 'bad', tree('/v'));
    world.look('component.down', 'bad', web);
    world.look(
      'component.down',
      'bad',
      { ...web, id: 'app', name: 'app' },
      { dependsOn: 'db web' },
    );
    world.pass(20 * S);
    for (const fault of ['worktree.missing', 'git.unreadable'] as const)
      world.look(fault, 'bad', tree('/v'));
    world.idle(MIN);
    assert.deepEqual(world.causes(), [
      'component.down web',
      'machine.disk-critical disk /',
      'worktree.missing /v',
    ]);
    const inside = new Map(
      world.told.map(({ fault, consequences }) => [fault, consequences.map((one) => one.fault)]),
    );
    assert.deepEqual(inside.get('component.down'), ['component.down']);
    assert.deepEqual(inside.get('machine.disk-critical'), ['git.lock-stale']);
    assert.deepEqual(inside.get('worktree.missing'), ['git.unreadable']);
    const inhibited = world.book.list().filter((one) => one.inhibitedBy !== null);
    assert.deepEqual(
      inhibited.map(({ fault }) => fault).sort(),
      ['component.down', 'git.lock-stale', 'git.unreadable'],
      'they are still shown',
    );
  });

  it('once of what is over for a moment while others of its group are told', () => {
    const world = new World();
    for (const id of ['a', 'b']) world.look('component.down', 'bad', part(id));
    world.idle(40 * S);
    world.pass(5 * MIN);
    world.look('component.down', 'good', part('a'));
    world.look('component.down', 'bad', part('c'));
    world.idle(20 * S);
    world.look('component.down', 'bad', part('a'));
    world.idle(10 * MIN);
    assert.deepEqual(
      world.told.map(({ alerts }) => alerts.map(({ subject }) => subject.id).join('')),
      ['ab', 'bc'],
    );
  });

  it('not of what is only for information', () => {
    const world = new World();
    world.look('git.commits-nowhere-else', 'bad', tree('/w'));
    world.idle(HOUR);
    assert.equal(world.phase(), 'firing');
    assert.deepEqual(world.told, []);
  });

  it('at most five times and then once a minute, but of all that is critical', () => {
    const world = new World();
    for (let i = 0; i < 12; i++) {
      world.look('component.down', 'bad', { ...web, id: String(i), group: `w${String(i)}` });
      world.look('component.failed', 'bad', { ...web, id: String(i), group: `c${String(i)}` });
    }
    world.idle(40 * S);
    const count = (severity: string): number =>
      world.told.filter((one) => one.severity === severity).length;
    assert.deepEqual(
      { warning: count('warning'), critical: count('critical') },
      { warning: 5, critical: 12 },
    );
    world.idle(3 * MIN + 20 * S);
    assert.equal(count('warning'), 8, 'the others come later');
  });
});
