import * as assert from 'node:assert/strict';
import {
  alertDescription,
  alertDetails,
  alertStatus,
  alertText,
  needsSomebody,
  subjectLabel,
} from '../../../extension/health/alert-words';
import {
  componentDescription,
  componentDetails,
  componentIcon,
  stateWords,
  whatItDoes,
} from '../../../extension/health/component-words';
import { alertGroups, consequencesOf, scopesOf } from '../../../extension/health/groups';
import { noticeWords } from '../../../extension/notice-words';
import { describeWorktree } from '../../../extension/worktree-words';
import { alert, component, notice, settingsFile, worktree } from './samples';

const NOW = 1_700_000_300_000;

describe('a component in words', () => {
  it('says its state beside the icon, and why', () => {
    const states = [
      [{ kind: 'up' }, 'up', 'pass'],
      [{ kind: 'failed', why: 'it ended with 1' }, 'failed, needs you: it ended with 1', 'error'],
      [{ kind: 'unapproved' }, 'waits for your approval', 'lock'],
      [{ kind: 'starting' }, 'starting', 'loading~spin'],
    ] as const;
    for (const [state, words, icon] of states) {
      assert.equal(stateWords(state), words);
      assert.equal(componentIcon(state).id, icon);
    }
  });

  it('says how fast it answers while it is up', () => {
    const checks = { count: 60, errorRate: 0.05, p50Ms: 3, p95Ms: 1234, p99Ms: 2000 };
    assert.equal(componentDescription(component('shop/web', { checks })), 'up · 1.2 s');
    const lines = componentDetails(component('shop/web', { checks }), NOW);
    assert.ok(lines.includes('State: up (5 min ago)'));
    assert.ok(lines.some((line) => line.startsWith('Last 60 checks: 5 % failed')));
  });

  it('says what it would run, word for word', () => {
    const spec = { kind: 'process', command: ['sh', '-c', 'rm -rf "$HOME"'] } as const;
    const shown = whatItDoes(
      component('shop/web', { spec: { ...spec, command: [...spec.command] } }),
    );
    assert.equal(shown, String.raw`runs sh -c "rm -rf \"$HOME\""`);
  });
});

describe('components by where they are described', () => {
  it('name the repository, what waits, and mistakes', () => {
    const [scope] = scopesOf(
      [component('shop/web', { state: { kind: 'unapproved' } })],
      [
        settingsFile({
          approved: false,
          problems: [{ component: 'db', key: 'port', message: 'it must be a number' }],
        }),
      ],
    );
    assert.equal(scope?.label, 'shop');
    assert.equal(scope.description, 'waits for your approval · 1 component · 1 mistake');
  });

  it('keep apart what programs registered', () => {
    const origin = { kind: 'program', name: 'my tool' } as const;
    const scopes = scopesOf([component('web', { origin })], [settingsFile({ components: [] })]);
    assert.deepEqual(
      scopes.map(({ label }) => label),
      ['Registered by my tool'],
    );
  });
});

describe('alerts in words', () => {
  const acknowledged = { by: 'Ada', note: 'on it', at: NOW, until: NOW + 1000 };

  it('need somebody while nobody has seen them and they follow from nothing else', () => {
    assert.ok(needsSomebody(alert('a')));
    assert.ok(!needsSomebody(alert('a', { acknowledged })));
    assert.ok(!needsSomebody(alert('a', { silencedBy: 's' })));
    assert.ok(!needsSomebody(alert('a', { inhibitedBy: 'b' })));
    assert.ok(!needsSomebody(alert('a', { severity: 'info' })));
    assert.ok(!needsSomebody(alert('a', { state: 'pending' })));
  });

  it('say severity, marks and age', () => {
    assert.equal(
      alertDescription(alert('a', { acknowledged, flapping: true }), NOW),
      'warning · acknowledged · comes and goes · 5 min ago',
    );
    assert.match(
      alertDescription(alert('a', { state: 'resolved', endsAt: NOW }), NOW),
      /^over just now/,
    );
  });

  it('tell who has seen them, and what they follow from', () => {
    const lines = alertDetails(alert('a', { acknowledged }), {
      cause: alert('b', { message: 'db is down' }),
      now: NOW,
    });
    assert.ok(lines.some((line) => line.startsWith('Acknowledged by Ada (on it)')));
    assert.ok(lines.includes('Follows from: db is down'));
  });

  it('are named by the thing and not by its whole path', () => {
    const named = (kind: 'worktree' | 'repository' | 'settings', name: string): string =>
      subjectLabel({ kind, id: 'x', name });
    assert.equal(named('worktree', '/code/web shop'), 'web shop');
    assert.equal(named('repository', '/code/web shop/.git'), 'web shop');
    assert.equal(named('settings', '/code/web shop/bulwark.json'), 'web shop/bulwark.json');
    assert.equal(named('worktree', String.raw`C:\code\shop`), 'shop');
  });

  it('are grouped by what they are of, consequences below their cause, and what is over last', () => {
    const cause = alert('cause', { severity: 'critical' });
    const effect = alert('effect', {
      subject: { kind: 'component', id: 'shop/api', name: 'shop/api' },
      inhibitedBy: 'cause',
    });
    const alerts = [
      alert('old', { state: 'resolved', endsAt: NOW }),
      effect,
      alert('disk', { subject: { kind: 'machine', id: 'machine', name: 'this machine' } }),
      cause,
    ];
    assert.deepEqual(
      alertGroups(alerts).map((group) => [group.label, group.alerts.map(({ id }) => id)]),
      [
        ['shop/web', ['cause']],
        ['this machine', ['disk']],
        ['Over', ['old']],
      ],
    );
    assert.deepEqual(consequencesOf(cause, alerts), [effect]);
  });

  it('whose cause is gone stand by themselves', () => {
    const [group] = alertGroups([alert('effect', { inhibitedBy: 'gone' })]);
    assert.equal(group?.alerts.length, 1);
  });

  it('are said in the status bar only while somebody is needed', () => {
    assert.equal(alertStatus([alert('a', { acknowledged })]), null);
    assert.equal(alertStatus([alert('a'), alert('b')])?.text, '$(warning) 2 Alerts');
    const worst = alertStatus([alert('a'), alert('b', { severity: 'critical' })]);
    assert.equal(worst?.text, '$(error) 1 Critical Alert');
    assert.equal(worst.tone, 'error');
  });

  it('can be pasted', () => {
    assert.match(alertText(alert('abc')), /^warning: shop\/web is down[\s\S]*alert abc$/);
  });

  it('lead from a notification to the worst of them', () => {
    const words = noticeWords([notice('n', { action: null, alerts: ['worst', 'other'] })]);
    assert.equal(words?.title, 'Show Alert');
    assert.deepEqual(words.action, { kind: 'show-alert', alert: 'worst' });
  });
});

describe('a worktree with faults in words', () => {
  it('counts them, and warns with an icon', () => {
    const words = describeWorktree(worktree(), NOW, [
      alert('a'),
      alert('b'),
      alert('c', { severity: 'info' }),
    ]);
    assert.equal(words.faults, '2 faults');
    assert.equal(words.icon.id, 'warning');
    assert.equal(describeWorktree(worktree(), NOW).faults, '');
  });
});
