import * as assert from 'node:assert/strict';
import type { RecoveryPlan } from '../../../agent/protocol/recovery-entities';
import { noticeWords } from '../../../extension/notice-words';
import { decide, type Decision } from '../../../extension/recoveries/decide';
import { RecoveryModel } from '../../../extension/recoveries/recovery-model';
import { recoveryGroups } from '../../../extension/recoveries/recovery-groups';
import { belowRecovery } from '../../../extension/recoveries/recovery-rows';
import { dryRunText, recoveryText } from '../../../extension/recoveries/recovery-text';
import {
  healedWords,
  recoveryDescription,
  recoveryName,
  wayBackWords,
} from '../../../extension/recoveries/recovery-words';
import { TreeNode } from '../../../extension/tree-node';
import { answering } from './answering';
import { notice, recovery, recoveryPlan } from './samples';
import { ScriptedUi } from './scripted-ui';

const NOW = 1_700_000_300_000;
const TITLES = { title: (strategy: string) => `doing ${strategy}` };

/** Takes a worktree back: nothing that is done without a yes. */
const ROLLBACK = recoveryPlan({
  strategy: 'rollback_changes',
  rows: [
    [
      {
        action: 'rollback_changes',
        tier: 'approval',
        explain: 'Take /code/shop back to snapshot 1f',
        touches: ['/code/shop'],
      },
    ],
  ],
});

describe('recoveries in words', () => {
  it('are grouped by what they need of a person, what waits for them first', () => {
    const groups = recoveryGroups([
      recovery('a', { state: 'undone' }),
      recovery('b', { state: 'healed' }),
      recovery('c', { state: 'queued' }),
      recovery('d', { state: 'approval' }),
      recovery('e', { state: 'person' }),
    ]);
    assert.deepEqual(
      groups.map(({ label, recoveries }) => [label, recoveries.map(({ id }) => id).join()]),
      [
        ['Waiting for Approval', 'd'],
        ['Running', 'c'],
        ['Not Fixed', 'e'],
        ['Done', 'b'],
        ['Rolled Back', 'a'],
      ],
    );
  });

  it('say of what they are, how they are, and what it is about', () => {
    const done = recovery('a', { state: 'healed', endedAt: NOW - 120_000 });
    assert.equal(
      recoveryDescription(done, NOW),
      'fixed · 2 min ago · shop/web is down: it ended with 1',
    );
    const subject = { kind: 'repository', id: 'r', name: '/code/web shop/.git' };
    assert.equal(recoveryName({ subject }), 'web shop');
  });

  it('have their steps with before and after, what is proposed, and their log below them', () => {
    const one = recovery('a', {
      state: 'approval',
      proposal: ROLLBACK,
      steps: [
        {
          plan: recoveryPlan(),
          state: 'rolled-back',
          startedAt: 1,
          endedAt: 2,
          before: 'down',
          after: 'still down',
          note: null,
        },
      ],
      log: [{ at: 1, text: 'restart_component: Start shop/web anew' }],
    });
    const row = new TreeNode({ kind: 'recovery', recovery: one }, null);
    const parts = belowRecovery(row, []);
    assert.deepEqual(
      parts.map(({ kind }) => kind),
      ['recovery-plan', 'recovery-plan', 'recovery-log'],
    );
    const [step] = parts;
    assert.ok(step !== undefined);
    const lines = belowRecovery(new TreeNode(step, row), []);
    const texts = lines.map((line) =>
      line.kind === 'recovery-line' ? `${line.line.label}: ${line.line.text}` : '',
    );
    assert.ok(texts.includes('Before: down'));
    assert.ok(texts.includes('After: still down'));
    assert.equal(new Set(lines.map((line) => new TreeNode(line, row).id)).size, lines.length);
    const page = recoveryText(one, { ...TITLES, now: NOW });
    assert.match(page, /Step 1: doing restart_component \(did not help, taken back\)/);
    assert.match(page, /Before: down/);
    assert.match(page, /Proposed, and waiting for your approval: doing rollback_changes/);
  });

  it('that nobody asked for are told in one line when they helped, and only then', async () => {
    const model = new RecoveryModel(
      answering({
        'recovery/list': () => ({ recoveries: [], mode: 'autonomous' }),
        'recovery/strategies': () => ({ strategies: [], learned: [] }),
      }),
    );
    const told: string[] = [];
    model.onHealed.on((one) => told.push(healedWords(one, (strategy) => `Doing ${strategy}`)));
    await model.reload();
    const steps = [
      {
        plan: recoveryPlan(),
        state: 'helped' as const,
        ...{ startedAt: 1, endedAt: 2, before: 'down', after: 'up', note: null },
      },
    ];
    model.take(recovery('a', { state: 'running' }));
    model.take(recovery('a', { state: 'healed', steps }));
    model.take(recovery('a', { state: 'healed', steps }));
    model.take(recovery('b', { state: 'healed', by: 'eve', steps }));
    model.take(recovery('c', { state: 'cleared' }));
    assert.deepEqual(told, ['Bulwark healed shop/web: doing restart_component']);
  });

  it('promise a way back only where there is one', () => {
    assert.match(wayBackWords(recoveryPlan()), /no way back/);
    assert.match(wayBackWords(ROLLBACK), /saved first: Undo brings it back/);
  });

  it('of a dry run say that nothing was done', () => {
    const page = dryRunText(
      { message: 'web is down', plans: [recoveryPlan(), ROLLBACK] },
      'web',
      TITLES,
    );
    assert.match(page, /Nothing of this was done/);
    assert.match(page, /1\. doing restart_component[^]*2\. doing rollback_changes/);
  });

  it('that wait are told by one notification, with the plan behind it', () => {
    const told = noticeWords([
      notice('alert', { action: { kind: 'recovery', recovery: 'r1' }, alerts: ['a'] }),
    ]);
    assert.equal(told?.title, 'Review Plan…');
    assert.deepEqual(told.action, { kind: 'recovery', recovery: 'r1' });
  });
});

describe('deciding about a recovery', () => {
  const run = (
    ui: ScriptedUi,
    plans: readonly [RecoveryPlan, ...RecoveryPlan[]],
    known: { canRefuse?: boolean; details?: () => Promise<void> } = {},
  ): Promise<Decision> =>
    decide(
      { ui, recoveries: TITLES },
      {
        title: 'Fix shop',
        name: 'shop',
        message: 'shop is broken',
        plans,
        action: 'Fix',
        canRefuse: known.canRefuse ?? false,
        details: known.details ?? (() => Promise.resolve()),
      },
    );

  it('shows what is done, what is saved and how it is undone, before anything is done', async () => {
    const ui = new ScriptedUi([{ choose: 'Fix' }]);
    const plan = recoveryPlan();
    assert.deepEqual(await run(ui, [plan]), { kind: 'do', plan });
    const shown = ui.lists[0]?.labels.join('\n') ?? '';
    assert.match(shown, /Start shop\/web anew/);
    assert.match(shown, /written down first/);
    assert.match(shown, /no way back/);
    assert.deepEqual(ui.questions, []);
  });

  it('asks once more for what overwrites, and does nothing without a yes', async () => {
    const yes = new ScriptedUi([{ choose: 'Fix…' }]);
    assert.equal((await run(yes, [ROLLBACK])).kind, 'do');
    assert.match(yes.questions[0]?.detail ?? '', /Take \/code\/shop back.*saved first/s);
    const no = new ScriptedUi([{ choose: 'Fix…' }]);
    no.agrees = false;
    assert.deepEqual(await run(no, [ROLLBACK]), { kind: 'nothing' });
  });

  it('offers the other ways, and shows each before it is chosen', async () => {
    const ui = new ScriptedUi([{ choose: 'doing rollback_changes' }, { choose: 'Fix…' }]);
    assert.deepEqual(await run(ui, [recoveryPlan(), ROLLBACK]), { kind: 'do', plan: ROLLBACK });
    assert.ok(ui.lists[1]?.labels.includes('Take /code/shop back to snapshot 1f'));
  });

  it('stays open while details are looked at, and can be declined', async () => {
    let looked = 0;
    const ui = new ScriptedUi([
      { choose: 'Show Details' },
      { choose: 'Start shop/web anew' },
      { choose: 'Decline' },
    ]);
    const details = async (): Promise<void> => {
      looked += 1;
    };
    assert.deepEqual(await run(ui, [recoveryPlan()], { canRefuse: true, details }), {
      kind: 'refuse',
    });
    assert.equal(looked, 1);
    assert.equal(ui.lists.length, 1);
  });
});
