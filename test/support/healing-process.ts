import { join } from 'node:path';
import { Attempts, type Care } from '../../agent/healing/attempt';
import type { Remedy } from '../../agent/healing/remedy';
import type { Finding } from '../../agent/monitor/finding';
import { systemClock } from '../../agent/support/clock';
import { silentLog } from '../../agent/support/log';
import { Git } from '../../agent/worktrees/git';

/*
 * Runs one attempt in a process of its own, which ends itself without a word at a step.
 * Arguments: the agent's folder, the folder of files, the step (from 1), and whether it helps.
 */

/** A fault, for tests of what happens around an attempt. */
export const FINDING: Finding = {
  fault: 'git.lock-stale',
  subject: { kind: 'worktree', id: 'one', name: 'one', group: 'one' },
  part: 'part',
  message: 'something is wrong',
  details: {},
};

/** Changes files in all the ways there are. @param files folder with `repo`, `bad`, `config` and `tree/` */
export function everyChange(files: string, tier: Remedy['tier'] = 'automatic'): Remedy {
  return {
    id: 'test.every-change',
    action: 'repair_corruption',
    tier,
    explain: 'changes something',
    touches: [files],
    timeoutMs: 30_000,
    apply: async (bench) => {
      await bench.setAside(join(files, 'bad'));
      await bench.put(join(files, 'bad'), Buffer.from('good\n'));
      await bench.put(join(files, 'config'), Buffer.from('new\n'), 0o600);
      await bench.put(join(files, 'new', 'folder', 'file'), Buffer.from('made\n'));
      await bench.setAside(join(files, 'tree'));
      const gitDir = join(files, 'repo', '.git');
      await bench.git({ gitDir, args: ['config', 'core.bare', 'false'] }, [join(gitDir, 'config')]);
    },
  };
}

/** Finds that it helped, or not. */
export function careThatFinds(verdict: string | null): Care {
  return {
    key: 'one',
    busy: () => Promise.resolve(null),
    save: () => Promise.resolve(null),
    before: () => Promise.resolve(),
    verify: () => Promise.resolve(verdict),
  };
}

async function main([home = '', files = '', at = '', helps = '']: string[]): Promise<void> {
  let step = 0;
  const attempts = new Attempts({
    home,
    clock: systemClock,
    log: silentLog,
    git: new Git({ clock: systemClock, log: silentLog }),
    onStep: () => {
      step += 1;
      if (step === Number(at)) process.kill(process.pid, 'SIGKILL');
      return Promise.resolve();
    },
  });
  await attempts.run({
    finding: FINDING,
    remedy: everyChange(files),
    care: careThatFinds(helps === 'yes' ? null : 'still there'),
    signal: new AbortController().signal,
    approved: false,
  });
  process.stdout.write(`steps ${String(step)}\n`);
}

if (require.main === module) void main(process.argv.slice(2));
