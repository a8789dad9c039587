import assert from 'node:assert/strict';
import type { AlertView } from '../../../agent/monitor/alerts/alert-book';
import { disk, MIN, part, S, tree, World } from './alert-world';

describe('one cause is told, whatever follows from it', () => {
  it('of components that depend on each other the first that went down', () => {
    const world = new World();
    world.look('component.down', 'bad', part('a'), { dependsOn: 'b' });
    world.pass(S);
    world.look('component.down', 'bad', part('b'), { dependsOn: 'a' });
    world.look('component.down', 'bad', part('c'), { dependsOn: 'b' });
    world.idle(MIN);
    assert.deepEqual(world.causes(), ['component.down a']);
    assert.deepEqual(world.told[0]?.consequences.map(({ subject }) => subject.id).sort(), [
      'b',
      'c',
    ]);
  });

  it('of a component that depends on itself, itself', () => {
    const world = new World();
    world.look('component.down', 'bad', part('a'), { dependsOn: 'a' });
    world.idle(MIN);
    assert.deepEqual(world.causes(), ['component.down a']);
  });

  it('and a slow component that has nothing to do with it is no consequence', () => {
    const world = new World();
    world.look('component.down', 'bad', part('a'));
    for (const id of ['a', 'b', 'c'])
      world.run(2 * MIN, 'component.slow', 'bad', part(id), id === 'c' ? { dependsOn: 'a' } : {});
    world.idle(MIN);
    assert.deepEqual(world.causes(), ['component.down a', 'component.slow b']);
  });

  it('a lost worktree, for the components that run or are described in it', () => {
    const world = new World();
    const inside = { folder: '/w/app/server', settingsFolder: '/home' };
    world.run(20 * S, 'worktree.missing', 'bad', tree('/w/app'));
    world.look('component.down', 'bad', part('runs-in-it'), inside);
    world.look('component.down', 'bad', part('described-in-it'), {
      folder: '/x',
      settingsFolder: '/w/app',
    });
    world.look('component.down', 'bad', part('beside-it'), {
      folder: '/w/app2',
      settingsFolder: '/w',
    });
    world.idle(MIN);
    assert.deepEqual(world.causes(), ['component.down beside-it', 'worktree.missing /w/app']);
  });

  it('a full disk, for what is on it and cannot be written; not for what is gone', () => {
    const world = new World();
    world.book.disks = new Map([
      ['/full/w', '/full'],
      ['/other/w', '/other'],
    ]);
    world.look('machine.disk-critical', 'bad', disk('/full'));
    for (const path of ['/full/w', '/other/w', '/unknown/w']) {
      world.look('git.index-damaged', 'bad', tree(path));
      world.run(20 * S, 'worktree.missing', 'bad', tree(`${path}-gone`));
    }
    world.idle(MIN);
    assert.deepEqual(world.causes(), [
      'git.index-damaged /other/w',
      'git.index-damaged /unknown/w',
      'machine.disk-critical disk /full',
      'worktree.missing /full/w-gone',
      'worktree.missing /other/w-gone',
      'worktree.missing /unknown/w-gone',
    ]);
  });

  it('a disk that is only nearly full explains nothing that is broken', () => {
    const world = new World();
    world.book.disks = new Map([['/w', '/']]);
    world.look('machine.disk-full', 'bad', disk('/'));
    world.look('git.index-damaged', 'bad', tree('/w'));
    world.idle(MIN);
    assert.deepEqual(world.causes(), ['git.index-damaged /w', 'machine.disk-full disk /']);
  });
});

describe('a change of an alert is told', () => {
  const heard = (world: World): AlertView[] => {
    const views: AlertView[] = [];
    world.book.onChange.on((view) => views.push(view));
    return views;
  };

  it('with the silence that mutes it and the alert that it follows from', () => {
    const world = new World();
    const views = heard(world);
    const matchers = [{ label: 'subject', value: 'b' } as const];
    const silence = world.book.silence(
      { matchers, author: 'me', reason: '', forMs: MIN },
      world.now,
    );
    world.look('component.down', 'bad', part('a'));
    const cause = world.one().fingerprint;
    world.look('component.down', 'bad', part('b'), { dependsOn: 'a' });
    assert.equal(views.at(-1)?.inhibitedBy, cause);
    assert.equal(views.at(-1)?.silencedBy, silence.id);
    assert.deepEqual(
      views.at(-1),
      world.book.list().find(({ subject }) => subject.id === 'b'),
    );
  });

  it('also when only what it follows from, or what follows from it, is another', () => {
    const world = new World();
    world.look('component.down', 'bad', part('b'), { dependsOn: 'a' });
    world.idle(10 * S);
    world.look('component.down', 'bad', part('a'));
    const views = heard(world);
    world.idle(10 * S);
    const [a, b] = world.book.list().sort((x, y) => (x.subject.id < y.subject.id ? -1 : 1));
    assert.ok(a !== undefined && b !== undefined);
    assert.equal(b.inhibitedBy, a.fingerprint);
    assert.deepEqual(a.consequences, [b.fingerprint]);
    assert.deepEqual(
      views.toSorted((x, y) => (x.subject.id < y.subject.id ? -1 : 1)),
      [a, b],
    );
    world.idle(10 * S);
    assert.equal(views.length, 2, 'once');
    world.book.retain(({ id }) => id !== 'a', world.now);
    world.idle(10 * S);
    assert.equal(views.at(-1)?.inhibitedBy, null);
  });

  it('of ten thousand, each by a look at its own causes: the time grows with their number', () => {
    const spent = (count: number): number => {
      const world = new World();
      heard(world);
      const begin = process.cpuUsage();
      for (let i = 0; i < count; i++)
        world.look('component.down', 'bad', part(`c${String(i)}`), {
          dependsOn: `c${String(i - (i % 10))}`,
          folder: `/w/${String(i)}`,
        });
      world.book.tick(world.now);
      assert.equal(world.book.list().filter((one) => one.inhibitedBy === null).length, count / 10);
      return process.cpuUsage(begin).user;
    };
    spent(1_000);
    const ratio = spent(10_000) / spent(2_500);
    assert.ok(ratio < 10, `four times as many took ${ratio.toFixed(1)} times as long`);
  });
});
