import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { incidentOfTarget } from '../../../agent/healing/targets';
import { HealingWorld } from '../../support/healing-world';

describe('an agent that is killed in the middle of a recovery', function () {
  this.timeout(60_000);

  for (const step of ['chosen', 'kept', 'row', 'acted'])
    it(`takes it back at its next start (killed when it is "${step}")`, async () => {
      const world = new HealingWorld();
      try {
        const kept = join(world.folder, 'cache', 'kept');
        mkdirSync(join(world.folder, 'cache'));
        writeFileSync(kept, 'precious');
        const script = join(__dirname, 'killed-process.js');
        const agent = spawn(process.execPath, [script, world.folder, step], { stdio: 'inherit' });
        const ended = await new Promise<NodeJS.Signals | null>((resolve) => {
          agent.once('exit', (_code, signal) => resolve(signal));
        });
        assert.equal(ended, 'SIGKILL');
        const file = join(world.folder, 'bulwark.json');
        const { components } = componentsIn(readFileSync(file, 'utf8'));
        await world.start(components);
        // As it was, and told so.
        assert.equal(readFileSync(kept, 'utf8'), 'precious');
        assert.equal(world.recoveryOf('web')?.phase, 'rolled-back');
        await world.until('it runs', () => world.view('web').state.kind === 'up');
        // And it can be done whole.
        const incident = incidentOfTarget(world.health, 'web');
        await world.healing.recover(incident, { by: 'somebody', only: 'clear_cache' });
        await world.until('it is healed', () => world.recoveryOf('web')?.phase === 'healed');
        assert.equal(existsSync(kept), false);
      } finally {
        await world.close();
      }
    });
});

function componentsIn(text: string): { components: Record<string, unknown> } {
  const read: unknown = JSON.parse(text);
  assert.ok(typeof read === 'object' && read !== null && 'components' in read);
  assert.ok(typeof read.components === 'object' && read.components !== null);
  return { components: { ...read.components } };
}
