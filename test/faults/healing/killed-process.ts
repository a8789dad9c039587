import { incidentOfTarget } from '../../../agent/healing/targets';
import { HealingWorld } from '../../support/healing-world';

/** Recovers `web` by clearing its cache, and kills itself at the step of this name. */
async function main(folder: string, at: string): Promise<void> {
  const world = new HealingWorld(folder);
  const command = [process.execPath, '-e', 'setInterval(() => undefined, 1000)'];
  await world.start(
    { web: { kind: 'process', command, caches: ['cache'], stopTimeoutMs: 10_000 } },
    {
      onStep: async (step) => {
        if (step === at) process.kill(process.pid, 'SIGKILL');
      },
    },
  );
  await world.until('it runs', () => world.view('web').state.kind === 'up');
  const incident = incidentOfTarget(world.health, 'web');
  await world.healing.recover(incident, { by: 'somebody', only: 'clear_cache' });
  await world.until('it is over', () => world.recoveryOf('web')?.endedAt != null);
  await world.leave();
}

void main(process.argv[2] ?? '', process.argv[3] ?? '');
