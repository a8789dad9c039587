import { DoctorWorld } from './doctor-world';

/*
 * Mends a repository in a process of its own, which ends itself without a word at a step.
 * Arguments: the folder of the world, the repository, the step (from 1), and what offers are taken up.
 */
async function main([root = '', path = '', at = '', ...offers]: string[]): Promise<void> {
  let step = 0;
  const world = await DoctorWorld.open(root, () => {
    step += 1;
    if (step === Number(at)) process.kill(process.pid, 'SIGKILL');
    return Promise.resolve();
  });
  await world.examine(path, true, offers);
  await world.leave();
  process.stdout.write(`steps ${String(step)}\n`);
}

void main(process.argv.slice(2));
