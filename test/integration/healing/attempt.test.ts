import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Attempts, type AttemptOutcome, type Care } from '../../../agent/healing/attempt';
import type { Remedy } from '../../../agent/healing/remedy';
import { printOf } from '../../../agent/healing/workbench/durable-files';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { Git } from '../../../agent/worktrees/git';
import { careThatFinds, everyChange, FINDING } from '../../support/healing-process';

describe('an attempt to mend something', () => {
  let root: string;
  let files: string;
  let attempts: Attempts;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-attempt-test-')));
    files = join(root, 'files');
    mkdirSync(join(files, 'tree'), { recursive: true });
    for (const name of ['bad', 'config', 'tree/leaf']) writeFileSync(join(files, name), name);
    execFileSync('git', ['init', '-q', join(files, 'repo')]);
    execFileSync('git', ['-C', join(files, 'repo'), 'config', 'core.bare', 'true']);
    attempts = new Attempts({
      home: root,
      clock: systemClock,
      log: silentLog,
      git: new Git({ clock: systemClock, log: silentLog }),
    });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const run = (remedy: Remedy, care: Care, approved = false): Promise<AttemptOutcome> => {
    const { signal } = new AbortController();
    return attempts.run({ finding: FINDING, remedy, care, signal, approved });
  };

  it('is rolled back when the fault is still there afterwards', async () => {
    const before = await printOf(files);
    const outcome = await run(everyChange(files), careThatFinds('it is still there'));
    assert.equal(outcome.kind, 'rolled-back');
    assert.equal(await printOf(files), before);
  });

  it('stays when it did not help, and somebody has gone on from it', async () => {
    const care = {
      ...careThatFinds(null),
      verify: () => {
        writeFileSync(join(files, 'bad'), 'newer work');
        return Promise.resolve('it is still there');
      },
    };
    const outcome = await run(everyChange(files), care);
    assert.equal(outcome.kind, 'superseded');
    assert.equal(readFileSync(join(files, 'bad'), 'utf8'), 'newer work');
    assert.equal((await attempts.list()).at(-1)?.state, 'superseded');
  });

  it('is rolled back when it fails half way', async () => {
    const before = await printOf(files);
    const remedy: Remedy = {
      ...everyChange(files),
      apply: async (bench, signal) => {
        await everyChange(files).apply(bench, signal);
        throw new Error('a part is missing');
      },
    };
    const outcome = await run(remedy, careThatFinds(null));
    assert.equal(outcome.kind === 'rolled-back' && outcome.why, 'a part is missing');
    assert.equal(await printOf(files), before);
  });

  it('changes nothing without a yes where a person has to approve', async () => {
    const before = await printOf(files);
    const remedy = everyChange(files, 'approval');
    assert.equal((await run(remedy, careThatFinds(null))).kind, 'needs-approval');
    assert.equal(await printOf(files), before);
    assert.equal((await run(remedy, careThatFinds(null), true)).kind, 'healed');
  });

  it('changes nothing when the present state cannot be saved', async () => {
    const before = await printOf(files);
    const care = { ...careThatFinds(null), save: () => Promise.reject(new Error('disk full')) };
    const outcome = await run(everyChange(files, 'after-snapshot'), care);
    assert.equal(outcome.kind === 'not-saved' && outcome.why, 'disk full');
    assert.equal(await printOf(files), before);
  });

  it('can be undone by a person, but not over what was done since', async () => {
    const before = await printOf(files);
    const outcome = await run(everyChange(files), careThatFinds(null));
    assert.ok(outcome.kind === 'healed');
    const { id } = outcome.attempt;
    writeFileSync(join(files, 'bad'), 'newer work');
    await assert.rejects(attempts.undo(id), { reason: 'restore-refused' });
    writeFileSync(join(files, 'bad'), 'good\n');
    await attempts.undo(id);
    assert.equal(await printOf(files), before);
    await assert.rejects(attempts.undo(id), { reason: 'nothing-to-undo' });
  });
});
