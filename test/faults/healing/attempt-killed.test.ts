import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Attempts } from '../../../agent/healing/attempt';
import { printOf } from '../../../agent/healing/workbench/durable-files';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { Git } from '../../../agent/worktrees/git';

const SCRIPT = resolve(__dirname, '..', '..', 'support', 'healing-process.js');

describe('an agent that is killed in the middle of a repair', function () {
  this.timeout(240_000);
  let root: string;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-attempt-test-')));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  for (const helps of ['yes', 'no'])
    it(`puts everything back, or has finished, at whichever step it was (${helps === 'yes' ? 'it helped' : 'it did not help'})`, async () => {
      let ended = false;
      for (let step = 1; !ended; step++) {
        const { home, files } = makeFiles(join(root, String(step)));
        const before = await printOf(files);
        ended = await attemptEnds([home, files, String(step), helps]);
        const attempts = attemptsIn(home);
        const half = leaveHalfCopied(home);
        const recovered = await attempts.recover();
        const [record] = await attempts.list();
        const after = await printOf(files);
        if (record?.state === 'verified') {
          assert.equal(helps, 'yes');
          assert.equal(readFileSync(join(files, 'bad'), 'utf8'), 'good\n');
          await attempts.undo(record.id);
          assert.equal(await printOf(files), before, `undone after step ${String(step)}`);
        } else {
          assert.equal(record?.state, 'rolled-back', `step ${String(step)}`);
          assert.equal(after, before, `step ${String(step)}`);
          if (recovered.length > 0)
            assert.deepEqual(half.filter(existsSync), [], 'half copies are removed');
        }
        assert.deepEqual(
          await attemptsIn(home).recover(),
          [],
          'nothing is left for the next start',
        );
      }
    });
});

/** @returns whether it came to its end, at least until the step after the last */
async function attemptEnds(args: readonly string[]): Promise<boolean> {
  return await new Promise((done) => {
    execFile(process.execPath, [SCRIPT, ...args], (error) => done(error === null));
  });
}

function attemptsIn(home: string): Attempts {
  const git = new Git({ clock: systemClock, log: silentLog });
  return new Attempts({ home, clock: systemClock, log: silentLog, git });
}

/** As a kill does that comes while something is copied to the quarantine. @returns the copies */
function leaveHalfCopied(home: string): string[] {
  const left: string[] = [];
  for (const entry of readdirSync(home, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory() && entry.name === 'kept')
      left.push(join(entry.parentPath, 'kept', '7.part'));
  for (const path of left) writeFileSync(path, 'half');
  return left;
}

function makeFiles(folder: string): { home: string; files: string } {
  const [home, files] = [join(folder, 'home'), join(folder, 'files')];
  mkdirSync(join(files, 'tree', 'below'), { recursive: true });
  mkdirSync(home);
  writeFileSync(join(files, 'bad'), '');
  writeFileSync(join(files, 'config'), 'old\n', { mode: 0o640 });
  writeFileSync(join(files, 'tree', 'below', 'leaf'), 'leaf\n');
  execFileSync('git', ['init', '-q', join(files, 'repo')]);
  execFileSync('git', ['-C', join(files, 'repo'), 'config', 'core.bare', 'true']);
  return { home, files };
}
