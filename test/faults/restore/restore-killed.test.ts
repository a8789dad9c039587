import * as assert from 'node:assert/strict';
import { assertNothingLeft, makeScene, stateOf, type Scene } from '../../support/restore-scene';
import { RestoreWorld } from '../../support/restore-world';

describe('a restore that is killed', () => {
  let world: RestoreWorld;

  before(async () => {
    world = await RestoreWorld.open();
  });
  after(() => world.close());

  const scene = (name: string): Promise<Scene> => makeScene(world, name);

  /** Runs a restore up to its step `last` and lets it hang there for ever. @returns the steps it made */
  async function killAt({ snapshot }: Scene, last: number): Promise<string[]> {
    const steps: string[] = [];
    let killed: () => void = () => undefined;
    const death = new Promise<void>((resolve) => {
      killed = resolve;
    });
    const engine = world.engine((step) => {
      steps.push(step);
      if (steps.length <= last) return Promise.resolve();
      killed();
      return new Promise<void>(() => undefined);
    });
    const plan = await engine.plan({ snapshot, withGitState: true });
    await Promise.race([engine.apply(plan.id), death]);
    return steps;
  }

  async function recoverAndLook(
    seen: Scene,
    changed: string,
    what: string,
    left = 1,
  ): Promise<void> {
    assert.equal(await world.engine().recover(), left, what);
    const now = stateOf(seen.folder);
    assert.ok(
      now === seen.wanted || now === changed,
      `${what}: neither the state before nor after`,
    );
    assertNothingLeft(seen.folder, what);
    assert.equal(await world.engine().recover(), 0, what);
  }

  it('ends whole after the next start, whatever step it was killed at', async function () {
    this.timeout(240_000);
    const whole = await scene('whole');
    const steps = await killAt(whole, Number.MAX_SAFE_INTEGER);
    assert.equal(stateOf(whole.folder), whole.wanted);
    for (let i = 0; i < steps.length; i++) {
      const seen = await scene(`step-${String(i)}`);
      const changed = stateOf(seen.folder);
      const made = await killAt(seen, i);
      await recoverAndLook(seen, changed, `killed at ${String(i)} (${made.at(-1) ?? ''})`);
      const done = (await world.repository.catalog.operations(1))[0];
      if (i > steps.indexOf('recorded')) {
        assert.equal(stateOf(seen.folder), seen.wanted, `step ${String(i)} is finished`);
        assert.equal(done?.target, seen.folder);
        await world.engine().undo();
        assert.equal(stateOf(seen.folder), changed, 'and can be undone');
      }
    }
  });

  it('ends whole also when the recovery is killed', async function () {
    this.timeout(240_000);
    for (const first of [4, 8, 14]) {
      const seen = await scene(`again-${String(first)}`);
      const changed = stateOf(seen.folder);
      await killAt(seen, first);
      let finished = false;
      for (let second = 0; second < 12; second += 3) {
        let steps = 0;
        let killed: () => void = () => undefined;
        const death = new Promise<void>((resolve) => {
          killed = resolve;
        });
        const dying = world.engine(() => {
          steps += 1;
          if (steps <= second) return Promise.resolve();
          killed();
          return new Promise<void>(() => undefined);
        });
        // Close to its end the recovery has fewer steps left than it would be let live.
        finished = (await Promise.race([dying.recover(), death])) !== undefined;
        if (finished) break;
      }
      await recoverAndLook(
        seen,
        changed,
        `killed at ${String(first)} and in its recovery`,
        finished ? 0 : 1,
      );
    }
  });

  it('is taken back as a whole when a move fails, also after a kill in the middle of that', async function () {
    this.timeout(240_000);
    for (let last = 0; last < 40; last += 3) {
      const seen = await scene(`fails-${String(last)}`);
      const changed = stateOf(seen.folder);
      let moved = 0;
      let taken = 0;
      let killed: () => void = () => undefined;
      const death = new Promise<void>((resolve) => {
        killed = resolve;
      });
      const engine = world.engine((step) => {
        if (step === 'moved' && ++moved === 12) throw new Error('the disk is gone');
        if (step === 'taken back' && ++taken > last) {
          killed();
          return new Promise<void>(() => undefined);
        }
        return Promise.resolve();
      });
      const plan = await engine.plan({ snapshot: seen.snapshot, withGitState: true });
      const end = await Promise.race([
        engine.apply(plan.id).then(
          () => 'applied',
          () => 'failed',
        ),
        death.then(() => 'killed'),
      ]);
      assert.notEqual(end, 'applied');
      if (end === 'killed') await recoverAndLook(seen, changed, `killed after ${String(last)}`);
      assert.equal(stateOf(seen.folder), changed, `taken back, ${end} after ${String(last)}`);
    }
  });
});
