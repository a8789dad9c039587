import assert from 'node:assert/strict';
import { changeRate, isFlapping } from '../../../agent/monitor/alerts/flapping';
import { SleepWatch } from '../../../agent/monitor/alerts/sleep-watch';
import { HOUR, MIN, S, web, World } from './alert-world';

const MEMORY = 'machine.memory-low';

describe('an alert', () => {
  it('fires when it was bad for as long as its fault needs, and not before', () => {
    const world = new World();
    world.run(60 * S, MEMORY, 'bad');
    assert.equal(world.phase(), 'pending');
    world.look(MEMORY, 'bad');
    assert.equal(world.phase(), 'firing');
  });

  it('that was good once in between begins again', () => {
    const world = new World();
    world.run(50 * S, MEMORY, 'bad');
    world.look(MEMORY, 'between');
    assert.equal(world.phase(), 'inactive');
    world.run(60 * S, MEMORY, 'bad');
    assert.equal(world.phase(), 'pending');
  });

  it('stays between bad and good, and clears only after a minute of good', () => {
    const world = new World();
    world.run(80 * S, MEMORY, 'bad');
    world.run(10 * MIN, MEMORY, 'between');
    assert.equal(world.phase(), 'firing');
    world.run(60 * S, MEMORY, 'good');
    assert.equal(world.phase(), 'resolving');
    world.look(MEMORY, 'bad');
    assert.equal(world.phase(), 'firing', 'it came back');
    world.run(80 * S, MEMORY, 'good');
    assert.equal(world.phase(), 'inactive');
    const [over] = world.book.list(true);
    assert.ok(over?.phase.kind === 'resolved' && over.endsAt !== null);
  });

  it('is not resolved by missing data, however long', () => {
    const world = new World();
    world.run(80 * S, MEMORY, 'bad');
    world.look(MEMORY, 'good');
    world.run(HOUR, MEMORY, 'unknown');
    assert.equal(world.phase(), 'firing');
    assert.equal(world.one().unknown, true);
    world.run(60 * S, MEMORY, 'good');
    assert.equal(world.phase(), 'resolving', 'a minute of looks, not of silence');
  });

  it('is over after a minute of good also when nobody looks again, as at what is told by events', () => {
    const world = new World();
    world.run(80 * S, MEMORY, 'bad');
    world.look(MEMORY, 'good');
    world.pass(50 * S);
    world.book.tick(world.now);
    assert.equal(world.phase(), 'resolving');
    world.pass(20 * S);
    world.book.tick(world.now);
    assert.equal(world.phase(), 'inactive');
  });

  it('of something that is gone is over', () => {
    const world = new World();
    world.run(20 * S, 'component.down', 'bad', web);
    world.book.retain(({ kind }) => kind !== 'component', world.now);
    assert.deepEqual(world.book.list(), []);
  });

  it('has the same id for the same thing, whatever the value', () => {
    const world = new World();
    world.look('component.down', 'bad', web, { ms: 1 });
    const { fingerprint } = world.one();
    world.look('component.down', 'bad', web, { ms: 2 });
    assert.deepEqual(
      world.book.list().map((one) => one.fingerprint),
      [fingerprint],
    );
    world.look('component.down', 'bad', { ...web, id: 'api' });
    assert.equal(world.book.list().length, 2);
  });
});

describe('a flapping alert', () => {
  it('is what changes to and fro, by the weights of Nagios', () => {
    assert.equal(changeRate(Array.from({ length: 21 }, (_, i) => i % 2 === 0)), 100);
    assert.equal(changeRate(Array.from({ length: 21 }, () => true)), 0);
    assert.equal(isFlapping([true, false, true, false, true], false), true);
    assert.equal(isFlapping([false, true, false], false), false);
  });

  it('is muted until it is steady again', () => {
    const world = new World();
    for (let i = 0; i < 30; i++) {
      world.look('component.down', i % 2 === 0 ? 'bad' : 'good', web);
      world.pass(10 * S);
    }
    assert.equal(world.one().flapping, true);
    world.idle(10 * MIN);
    assert.deepEqual(world.told, []);
    world.run(5 * MIN, 'component.down', 'bad', web);
    assert.equal(world.one().flapping, false);
    assert.deepEqual(world.kinds(), ['firing']);
  });
});

describe('an acknowledgement', () => {
  const acknowledged = (): World => {
    const world = new World();
    world.run(40 * S, 'component.down', 'bad', web);
    world.book.acknowledge(world.one().fingerprint.slice(0, 6), { by: 'ann', note: '' }, world.now);
    return world;
  };
  it('ends after four hours, and then the reminder comes', () => {
    const world = acknowledged();
    world.run(4 * HOUR - MIN, 'component.down', 'bad', web);
    assert.notEqual(world.one().acknowledged, null);
    assert.deepEqual(world.kinds(), ['firing']);
    world.run(2 * MIN, 'component.down', 'bad', web);
    assert.equal(world.one().acknowledged, null);
    assert.deepEqual(world.kinds(), ['firing', 'reminder']);
  });
  it('ends when it is over, and outlives the agent', () => {
    const world = acknowledged();
    world.restart();
    assert.equal(world.one().acknowledged?.by, 'ann');
    assert.equal(world.phase(), 'firing');
    world.run(80 * S, 'component.down', 'good', web);
    world.look('component.down', 'bad', web);
    assert.equal(world.one().acknowledged, null);
  });
  it('of an alert that is not there is an error', () => {
    const world = acknowledged();
    const who = { by: 'ann', note: '' };
    for (const id of ['', 'zzz'])
      assert.throws(() => world.book.acknowledge(id, who, world.now), { reason: 'alert-unknown' });
  });
});

describe('a silence', () => {
  const order = { author: 'ann', reason: 'upgrade', forMs: HOUR };
  it('mutes what it matches while it lasts, and the state stays', () => {
    const world = new World();
    world.book.silence(
      { ...order, matchers: [{ label: 'fault', value: 'component.*' }] },
      world.now,
    );
    world.run(50 * MIN, 'component.down', 'bad', web);
    assert.equal(world.phase(), 'firing');
    assert.notEqual(world.one().silencedBy, null);
    assert.deepEqual(world.told, []);
    world.restart();
    world.run(8 * MIN, 'component.down', 'bad', web);
    assert.deepEqual(world.told, []);
    world.run(5 * MIN, 'component.down', 'bad', web);
    assert.deepEqual(world.kinds(), ['firing']);
  });
  it('lasts no longer than a day, also when the clock is set back', () => {
    const world = new World();
    const silence = world.book.silence(
      { ...order, matchers: [], forMs: 10 * 24 * HOUR },
      world.now,
    );
    assert.equal(silence.endsAt - silence.createdAt, 24 * HOUR);
    world.wall -= 365 * 24 * HOUR;
    world.book.tick(world.now);
    assert.deepEqual(world.book.silences, []);
  });
  it('without matchers matches nothing; with two, both count', () => {
    const world = new World();
    world.book.silence({ ...order, matchers: [] }, world.now);
    const both = [
      { label: 'fault', value: 'component.down' },
      { label: 'subject', value: 'a*i' },
    ] as const;
    world.book.silence({ ...order, matchers: both }, world.now);
    world.look('component.down', 'bad', web);
    world.look('component.down', 'bad', { ...web, id: 'api', name: 'api' });
    const silenced = world.book.list().filter((one) => one.silencedBy !== null);
    assert.deepEqual(
      silenced.map(({ subject }) => subject.id),
      ['api'],
    );
  });
});

describe('after a restart of the agent', () => {
  it('what fires still fires, and nobody is told again', () => {
    const world = new World();
    world.run(40 * S, 'component.down', 'bad', web);
    world.restart();
    assert.equal(world.phase(), 'firing');
    assert.equal(world.one().unknown, true);
    world.run(HOUR, 'component.down', 'bad', web);
    assert.deepEqual(world.kinds(), ['firing']);
    world.run(2 * MIN, 'component.down', 'good', web);
    assert.deepEqual(world.kinds(), ['firing', 'resolved']);
  });
});

describe('when the machine slept', () => {
  it('nothing that seems bad is believed for 30 s, and what takes time begins anew', () => {
    const world = new World();
    world.run(50 * S, MEMORY, 'bad');
    world.wall += 8 * HOUR;
    world.book.slept(world.now);
    world.look('component.down', 'bad', web);
    assert.deepEqual(
      world.book.list().map(({ fault }) => fault),
      [MEMORY],
    );
    world.run(30 * S, MEMORY, 'bad');
    assert.equal(world.phase(), 'pending');
    world.look('component.down', 'bad', web);
    assert.equal(world.book.list().length, 2);
  });

  it('it is noticed by either clock, and a busy second is no sleep', () => {
    const watch = new SleepWatch(5 * S);
    let [mono, wall] = [0, 0];
    const turn = (dMono: number, dWall: number): boolean => {
      mono += dMono;
      wall += dWall;
      return watch.turn({ mono, wall });
    };
    assert.deepEqual(
      [
        turn(0, 0),
        turn(5 * S, 5 * S),
        turn(9 * S, 9 * S),
        turn(HOUR, HOUR),
        turn(5 * S, HOUR),
        turn(5 * S, -HOUR),
        turn(5 * S, 5 * S),
      ],
      [false, false, false, true, true, true, false],
    );
  });
});
