import assert from 'node:assert/strict';
import { AlertIntake } from '../../../agent/healing/alert-intake';
import { silentLog } from '../../../agent/support/log';
import { tree, World } from '../monitor/alert-world';
import { ManualClock } from '../server/manual-clock';

const SETTLE_MS = 5_000;
const APP = tree('/work/app');

describe('between a finding and what is done about it', () => {
  let world: World;
  let clock: ManualClock;
  let begun: string[];
  let left: Set<string>;
  let intake: AlertIntake;

  beforeEach(() => {
    world = new World();
    clock = new ManualClock();
    begun = [];
    left = new Set();
    intake = new AlertIntake({
      health: { alerts: { list: () => world.book.list() }, components: { list: () => [] } },
      clock,
      log: silentLog,
      settleMs: SETTLE_MS,
      isLeft: (fingerprint) => left.has(fingerprint),
      over: (fingerprint) => left.delete(fingerprint),
      begin: ({ fault }) => {
        begun.push(fault);
        // As recoveries do: one that is under way is not begun again.
        left.add(`begun ${fault}`);
      },
    });
    world.book.onChange.on((alert) => {
      intake.consider(alert);
    });
  });
  afterEach(() => {
    intake.close();
  });

  /** Lets time pass on both clocks. */
  function pass(ms: number): void {
    for (let at = 0; at < ms; at += 1_000) {
      world.pass(1_000);
      world.book.tick(world.now);
      clock.advance(1_000);
    }
  }

  it('five seconds pass, and then it begins, once', () => {
    world.look('git.index-damaged', 'bad', APP);
    pass(4_000);
    assert.deepEqual(begun, []);
    pass(1_000);
    assert.deepEqual(begun, ['git.index-damaged']);
    pass(60_000);
    assert.deepEqual(begun, ['git.index-damaged']);
  });

  it('it may have gone by itself: then nothing is done', () => {
    world.look('git.index-damaged', 'bad', APP);
    pass(3_000);
    world.look('git.index-damaged', 'good', APP);
    pass(60_000);
    assert.deepEqual(begun, []);
  });

  it('what it follows from is found: only that is dealt with, whichever was seen first', () => {
    world.look('git.index-damaged', 'bad', APP);
    pass(3_000);
    world.look('git.link-missing', 'bad', APP);
    pass(5_000);
    assert.deepEqual(begun, ['git.link-missing']);
    pass(30_000);
    assert.deepEqual(begun, ['git.link-missing']);
    world.look('git.link-missing', 'good', APP);
    world.look('git.index-damaged', 'good', APP);
    pass(60_000);
    assert.deepEqual(begun, ['git.link-missing']);
  });

  it('what is left when its cause is over is dealt with then', () => {
    world.look('git.index-damaged', 'bad', APP);
    world.look('git.link-missing', 'bad', APP);
    pass(10_000);
    world.look('git.link-missing', 'good', APP);
    pass(10_000);
    assert.deepEqual(begun, ['git.link-missing', 'git.index-damaged']);
  });

  it('it does not wait for a cause that nothing can be done about', () => {
    world.look('git.index-damaged', 'bad', APP);
    world.look('git.link-missing', 'bad', APP);
    pass(6_000);
    const cause = world.book.list().find(({ fault }) => fault === 'git.link-missing');
    left.add(cause?.fingerprint ?? '');
    pass(6_000);
    assert.deepEqual(begun, ['git.link-missing', 'git.index-damaged']);
  });

  it('what has nothing to do with it has its own five seconds', () => {
    world.look('git.index-damaged', 'bad', APP);
    pass(4_000);
    world.look('git.index-damaged', 'bad', tree('/work/other'));
    pass(1_000);
    assert.equal(begun.length, 1);
    pass(4_000);
    assert.equal(begun.length, 2);
  });

  it('nothing begins any more when the agent leaves', () => {
    world.look('git.index-damaged', 'bad', APP);
    intake.close();
    pass(10_000);
    assert.deepEqual(begun, []);
  });
});
