import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { printOf } from '../../../agent/healing/workbench/durable-files';
import { DoctorWorld } from '../../support/doctor-world';
import { fits, MADE_FAULTS, type MadeFault } from '../../support/git-faults';
import { OFFERED_FAULTS, PACK_FAULTS } from '../../support/git-faults-offered';
import { makeLab, type Where } from '../../support/git-lab';

const SCRIPT = resolve(__dirname, '..', '..', 'support', 'doctor-process.js');
/** At every step of every repair when asked for, as `npm run campaign:git` does; else at one step of each. */
const FULL = process.env['BULWARK_CAMPAIGN'] === 'full';
/** More than any repair has. */
const MOST_STEPS = 200;

describe('an agent that is killed in the middle of mending git', function () {
  this.timeout(FULL ? 900_000 : 120_000);

  for (const [index, fault] of [...MADE_FAULTS, ...PACK_FAULTS, ...OFFERED_FAULTS].entries())
    it(`has mended it or puts all back at its next start: ${fault.name}`, async () => {
      const broken = await breakOne(fault);
      try {
        const first = FULL ? 1 : 3 + (index % 8);
        for (let step = first; step < (FULL ? MOST_STEPS : first + 1); step++) {
          const ended = await broken.killedAt(step);
          await broken.isWhole(step);
          if (ended) break;
        }
      } finally {
        await broken.close();
      }
    });
});

interface Broken {
  /** @returns whether it came to its end before */
  killedAt(step: number): Promise<boolean>;
  isWhole(step: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes a fault once, with its backups, to be mended many times from the beginning. */
async function breakOne(fault: MadeFault): Promise<Broken> {
  const made = await DoctorWorld.open();
  const { root } = made;
  const places: readonly Where[] = ['linked', 'detached', 'main'];
  const where = places.find((one) => fits(fault, one, 'staged')) ?? 'linked';
  const lab = makeLab(join(root, 'lab'), where, 'staged');
  fault.prepare?.(lab);
  await made.protect(lab.repo);
  const target = fault.make(lab) ?? lab.target;
  await made.leave();
  const before = await printOf(join(root, 'lab'));
  const pristine = `${root}-pristine`;
  renameSync(root, pristine);
  const offers = fault.offered === true ? fault.found : [];
  return {
    killedAt: async (step) => {
      await rm(root, { recursive: true, force: true });
      execFileSync('cp', ['-a', pristine, root]);
      const asked = fault.removes === true ? lab.repo : target;
      const args = [SCRIPT, root, asked, String(step), ...offers];
      return await new Promise((done) => {
        execFile(process.execPath, args, (error) => done(error === null));
      });
    },
    isWhole: async (step) => {
      const world = await DoctorWorld.open(root);
      try {
        const attempts = await world.attempts.list();
        assert.deepEqual(
          attempts.filter(({ state }) => state === 'open').map(({ id }) => id),
          [],
          `nothing is left open after step ${String(step)}`,
        );
        // Taken back, also what was mended before the one in which it ended.
        for (const { id, state } of attempts.toReversed())
          if (state === 'verified') await world.doctor.undo(id);
        assert.equal(await printOf(join(root, 'lab')), before, `step ${String(step)}`);
      } finally {
        await world.leave();
      }
    },
    close: async () => {
      await rm(root, { recursive: true, force: true });
      await rm(pristine, { recursive: true, force: true });
    },
  };
}
