import * as assert from 'node:assert/strict';
import type { WorktreeInfo } from '../../../agent/protocol/entities';
import {
  confirmationDetail,
  isEmptyPlan,
  planSummary,
  resultSummary,
} from '../../../extension/plan-words';
import { describeProblem } from '../../../extension/problem';
import { progressWords } from '../../../extension/progress-words';
import { groupByDay, snapshotDescription } from '../../../extension/snapshot-words';
import { statusWords, type StatusFacts } from '../../../extension/status-words';
import { describeWorktree, needsPerson, worktreeDetails } from '../../../extension/worktree-words';
import { RemoteError } from '../../../agent/protocol/errors';
import { plan, snapshot, worktree } from './samples';

const NOW = new Date(2026, 10, 24, 12).getTime();

const row = (known: Partial<WorktreeInfo>): string => {
  const words = describeWorktree(worktree(known), NOW);
  return [words.branch, words.protection, words.state].filter(Boolean).join(' · ');
};

describe('what a row says about a worktree', () => {
  const last = { id: snapshot(1).id, createdAt: NOW - 120_000 };

  it('is its branch, when it was saved and its state', () => {
    assert.equal(row({ lastSnapshot: last }), 'main · 2 min ago · clean');
  });

  it('counts what is not committed', () => {
    const changes = { staged: 1, unstaged: 2, untracked: 3, conflicted: 0 };
    assert.equal(
      row({ state: 'dirty', changes, lastSnapshot: last }),
      'main · 2 min ago · 6 uncommitted',
    );
    const merging = { staged: 0, unstaged: 0, untracked: 0, conflicted: 2 };
    assert.match(row({ state: 'merging', changes: merging }), /merging, 2 uncommitted/);
  });

  it('tells a detached head and a plain folder', () => {
    assert.match(row({ branch: null, head: 'abcdef1234567890' }), /^detached at abcdef1/);
    assert.match(row({ branch: null, head: null, repository: null, state: 'plain' }), /^folder · /);
  });

  it('says in words when it cannot be saved, and with another icon', () => {
    const failing = worktree({ protection: { kind: 'failing', message: 'the disk is full' } });
    assert.match(describeWorktree(failing, NOW).protection, /^not saving/);
    assert.equal(describeWorktree(failing, NOW).icon.id, 'warning');
    assert.match(worktreeDetails(failing, NOW).join('\n'), /the disk is full/);
    assert.equal(describeWorktree(worktree({ state: 'missing' }), NOW).icon.id, 'trash');
  });

  it('does not call it unsafe while only git says nothing', () => {
    const silent = worktree({ state: 'unreadable', lastSnapshot: last });
    assert.equal(row({ state: 'unreadable' }), 'main · not saved yet · git state unknown');
    assert.equal(needsPerson(silent), false);
  });

  it('needs nobody when it was deleted: a notice said so, and it can come back', () => {
    const failing = { kind: 'failing', message: 'gone' } as const;
    assert.equal(needsPerson(worktree({ state: 'missing', protection: failing })), false);
    assert.equal(needsPerson(worktree({ protection: failing })), true);
  });
});

describe('what the status bar says', () => {
  const say = (known: Partial<StatusFacts>): string =>
    statusWords({
      agent: {
        kind: 'connected',
        link: {
          agent: { version: '1', pid: 1 },
          epoch: '',
          sequence: 0,
          call: () => Promise.reject(new Error('not asked')),
          onEvent: () => ({ dispose: () => undefined }),
          onClose: () => ({ dispose: () => undefined }),
          close: () => undefined,
        },
      },
      loaded: true,
      worktree: worktree(),
      hasFolder: true,
      troubledElsewhere: 0,
      integrity: null,
      now: NOW,
      ...known,
    }).text;

  it('is whether the open folder is protected', () => {
    assert.match(say({}), /Protected/);
    assert.match(say({ worktree: null }), /Not Protected/);
    assert.match(say({ worktree: worktree({ protection: { kind: 'pending' } }) }), /Pending/);
    assert.match(
      say({ worktree: worktree({ protection: { kind: 'failing', message: '' } }) }),
      /Not Saving/,
    );
  });

  it('is that the store is damaged, unless nothing is saved at all', () => {
    const damage = { foundAt: NOW, message: '2 files are lost.', files: 2, snapshots: 1 };
    const integrity = {
      score: 0.9,
      provenBytes: 1,
      totalBytes: 1,
      oldestProof: NOW,
      structure: null,
      meaning: null,
      damage,
    };
    assert.match(say({ integrity }), /Store Damaged/);
    const failing = worktree({ protection: { kind: 'failing', message: '' } });
    assert.match(say({ integrity, worktree: failing }), /Not Saving/);
  });

  it('is whether there is an agent', () => {
    assert.match(say({ agent: { kind: 'stopped', why: '' } }), /off/);
    assert.match(say({ agent: { kind: 'failed', why: '' } }), /failed/);
  });

  it('always has an icon and words', () => {
    for (const kind of ['current', 'pending', 'capturing', 'never'] as const) {
      assert.match(say({ worktree: worktree({ protection: { kind } }) }), /^\$\([a-z~-]+\) \w+/);
    }
  });
});

describe('snapshots in lists', () => {
  it('are grouped by local day, newest first', () => {
    const at = (day: number, hour: number): number => new Date(2026, 10, day, hour).getTime();
    const days = groupByDay(
      [
        snapshot(4, { createdAt: at(24, 9) }),
        snapshot(3, { createdAt: at(24, 0) }),
        snapshot(2, { createdAt: at(23, 23) }),
      ],
      NOW,
    );
    assert.deepEqual(
      days.map(({ label, snapshots }) => [label, snapshots.length]),
      [
        ['Today', 2],
        ['Yesterday', 1],
      ],
    );
  });

  it('are named by their label, or by why they were taken', () => {
    assert.equal(snapshotDescription(snapshot(1, { label: 'before' })), 'before · 3 files');
    assert.equal(
      snapshotDescription(snapshot(1, { kind: 'safety' })),
      'before a restore · 3 files',
    );
  });
});

describe('what is said about a restore', () => {
  const step = (path: string, action: 'create' | 'overwrite' | 'delete') =>
    ({ path, action, kind: 'file', bytes: 1 }) as const;

  it('before it: what is overwritten and deleted, by name', () => {
    const detail = confirmationDetail(
      plan({
        steps: [step('a', 'overwrite'), step('b', 'delete'), step('c', 'create')],
        overwrites: 1,
        deletes: 1,
        creates: 1,
      }),
      [],
    );
    assert.match(detail, /Overwrites 1 item: a\./);
    assert.match(detail, /Deletes 1 item: b\./);
    assert.match(detail, /Creates 1 item\./);
    assert.match(detail, /saved first/);
  });

  it('before it: how many more there are when not all can be named', () => {
    const steps = Array.from({ length: 20 }, (_, i) => step(`f${i.toString()}`, 'delete'));
    const detail = confirmationDetail(plan({ steps, deletes: 6000 }), []);
    assert.match(detail, /Deletes 6,000 items: f0, .* and 5,992 more\./);
  });

  it('before it: what moves in git', () => {
    const gitState = [{ what: 'HEAD', from: 'refs/heads/main', to: 'a'.repeat(40) }];
    assert.match(
      confirmationDetail(plan({ gitState }), []),
      /Git: HEAD goes from refs\/heads\/main to aaaaaaaaaa\./,
    );
    assert.equal(isEmptyPlan(plan({ gitState })), false);
    assert.equal(isEmptyPlan(plan()), true);
  });

  it('in one line', () => {
    assert.equal(
      planSummary(plan({ creates: 2, deletes: 1, bytes: 2048 })),
      '2 to create, 1 to delete · 2.0 KB',
    );
  });

  it('after it: what was done, and whether it was checked', () => {
    const result = {
      operation: 'x',
      target: '/code/shop',
      restored: 2,
      deleted: 1,
      unchanged: 0,
      undo: null,
      verified: true,
      notes: [],
      durationMs: 1,
    };
    assert.equal(
      resultSummary(result, 'shop'),
      'Restored 2 items in shop, deleted 1. Everything was read back and compared.',
    );
    assert.match(resultSummary({ ...result, verified: false }, 'shop'), /could not be verified/);
  });
});

describe('progress and problems', () => {
  it('tell how far it is, where that is known', () => {
    assert.equal(
      progressWords({ phase: 'reading', done: 1204, total: 78579, unit: 'files' }),
      'Reading files: 1,204 of 78,579 files',
    );
    assert.equal(
      progressWords({ phase: 'staging', done: 1024, total: null, unit: 'bytes' }),
      'Preparing files: 1.0 KB',
    );
    assert.equal(
      progressWords({ phase: 'planning', done: 0, total: null, unit: 'files' }),
      'Making the plan',
    );
  });

  it('have words and something that can be done', () => {
    const problem = describeProblem(
      new RemoteError('the disk is full', { reason: 'disk-full', hint: 'Free some space' }),
    );
    assert.equal(problem?.message, 'Bulwark: the disk is full. Free some space.');
    assert.equal(problem.remedy.command, 'bulwark.showLog');
  });

  it('offer to start the agent where it is gone', () => {
    const problem = describeProblem(new RemoteError('gone', { reason: 'agent-unreachable' }));
    assert.equal(problem?.remedy.title, 'Start Agent');
  });

  it('are silent about what the person cancelled', () => {
    assert.equal(describeProblem(new RemoteError('cancelled', { reason: 'cancelled' })), null);
  });
});
