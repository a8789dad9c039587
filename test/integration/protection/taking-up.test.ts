import assert from 'node:assert/strict';
import { join } from 'node:path';
import { BulwarkError } from '../../../agent/support/errors';
import { IntegrityWorld } from '../../support/integrity-world';

describe('an agent that was just started', () => {
  let world: IntegrityWorld;
  beforeEach(async () => {
    world = await IntegrityWorld.make();
    await world.stop();
    await world.start(false);
  });
  afterEach(() => world.remove());

  it('finds a worktree for whoever asks while it still takes up what is protected', async () => {
    const { protection } = world.open;
    const resumed = protection.resume();
    const guard = await protection.guardOf(join(world.repo, 'kept.txt'));
    assert.equal(guard.source.path, world.repo);
    await resumed;
  });

  it('says then, too, what is not protected', async () => {
    const { protection } = world.open;
    const resumed = protection.resume();
    await assert.rejects(
      protection.guardOf(world.root),
      (error) => error instanceof BulwarkError && error.reason === 'not-protected',
    );
    await resumed;
  });
});
