import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chooser } from '../../../agent/healing/chooser';
import type { Incident } from '../../../agent/healing/incident';
import { Experience } from '../../../agent/healing/learning/experience';
import type { Verdict } from '../../../agent/healing/recheck';
import type { RecoveryRecord, UndoNote } from '../../../agent/healing/recovery';
import { RecoveryBook } from '../../../agent/healing/recovery-book';
import { RecoveryRunner } from '../../../agent/healing/recovery-runner';
import { silentLog } from '../../../agent/support/log';
import { ManualClock } from '../server/manual-clock';

const INCIDENT: Incident = {
  trigger: 'data-corruption',
  fault: 'git.link-missing',
  subject: { kind: 'worktree', id: 'w1', name: '/work/app', group: '/work/app' },
  part: '/work/app/.git',
  message: '.git is gone',
  details: {},
  kind: 'worktree',
  fingerprint: null,
};
const REPAIR = 'repair_link';
/** Longer than anybody may be unable to tell how something is. */
const SLOW_MS = 40_000;

describe('after a repair', () => {
  let folder: string;
  let clock: ManualClock;
  let undone: UndoNote[];
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-runner-')));
    clock = new ManualClock();
    undone = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Runs a recovery whose looks after the repair show `verdicts`, each after `lookMs`. */
  async function recover(verdicts: readonly Verdict[], lookMs: number): Promise<RecoveryRecord> {
    const book = await RecoveryBook.load(join(folder, 'recoveries.json'), {
      clock,
      log: silentLog,
    });
    const experience = new Experience();
    const left = [...verdicts];
    let repaired = false;
    const shop = {
      makers: {},
      particular: () =>
        Promise.resolve([
          {
            action: REPAIR,
            tier: 'automatic' as const,
            explain: 'writes .git again',
            touches: ['/work/app/.git'],
            timeoutMs: 1_000,
            apply: async ({ keep }: { keep: (note: UndoNote) => Promise<void> }) => {
              await keep({ kind: 'repair', attempt: 'a1' });
              repaired = true;
            },
          },
        ]),
    };
    const runner = new RecoveryRunner({
      clock: Object.assign(clock, {
        sleep: (ms: number) => {
          clock.advance(ms);
          return Promise.resolve();
        },
      }),
      book,
      chooser: new Chooser(shop, experience),
      experience,
      keepExperience: () => Promise.resolve(),
      settings: () => ({ mode: 'autonomous', atOnce: 3, limitMs: 600_000 }),
      recheck: () => {
        if (!repaired) return Promise.resolve('bad');
        clock.advance(lookMs);
        return Promise.resolve(left.shift() ?? 'unknown');
      },
      cycleMs: () => 1_000,
      observe: () => '',
      canSave: () => true,
      save: () => Promise.resolve(),
      undo: (note) => {
        undone.push(note);
        return Promise.resolve();
      },
    });
    const record = await book.open(INCIDENT, { by: null, only: REPAIR });
    await runner.run(record, new AbortController().signal, null);
    return record;
  }

  it('it stays when two looks in a row are good, however long a look takes', async () => {
    const { phase } = await recover(['good', 'good'], SLOW_MS);
    assert.equal(phase, 'healed');
    assert.deepEqual(undone, []);
  });

  it('it is taken back when two looks in a row are bad', async () => {
    const { phase } = await recover(['good', 'bad', 'bad'], 100);
    assert.equal(phase, 'person');
    assert.equal(undone.length, 1);
  });

  it('it is taken back when nobody can tell for half a minute', async () => {
    const { phase } = await recover([], 100);
    assert.equal(phase, 'person');
    assert.equal(undone.length, 1);
  });

  it('it is taken back when looks are good and bad in turn', async () => {
    const turns = Array.from({ length: 100 }, (_, i): Verdict => (i % 2 === 0 ? 'good' : 'bad'));
    const { phase } = await recover(turns, 1_000);
    assert.equal(phase, 'person');
    assert.equal(undone.length, 1);
  });
});
