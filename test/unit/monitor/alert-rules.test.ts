import assert from 'node:assert/strict';
import { readSettingsText } from '../../../agent/components/settings-file';
import { AlertRules } from '../../../agent/monitor/alert-rules';
import { METRICS, type MetricName } from '../../../agent/monitor/series/metrics';
import {
  LABELLED_METRICS,
  SINGLE_METRICS,
  type AlertRule,
} from '../../../agent/protocol/alert-rule';
import { S, World } from './alert-world';

/** Figures of the same thing, a look each 10 s, and the alert that comes of it. */
class Judged {
  readonly world = new World();
  readonly rules = new AlertRules();
  rule: AlertRule | null;
  readonly of: string | null;

  constructor(rule: AlertRule, of: string | null = null) {
    this.rule = rule;
    this.of = of;
  }

  look(metric: MetricName, values: Readonly<Record<string, number>>): string {
    const samples = Object.entries(values).map(([of, value]) => ({ metric, of, value }));
    const { rule, of } = this;
    const known = rule === null ? [] : [{ file: '/home/bulwark.json', name: 'mine', rule, of }];
    for (const look of this.rules.judge(known, samples))
      this.world.book.observe(look, this.world.now);
    this.world.book.retain(({ id }) => this.rules.subjects.has(id), this.world.now);
    this.world.pass(10 * S);
    return this.world.phase();
  }
}

const text = 'too much';

describe('an alert rule of a user', () => {
  it('fires when the figure was higher than its limit for long enough', () => {
    const judged = new Judged({ metric: 'machine.cpu', above: 0.5, forMs: 20_000, text });
    assert.equal(judged.look('machine.cpu', { '': 0.5 }), 'inactive');
    assert.equal(judged.look('machine.cpu', { '': 0.9 }), 'pending');
    judged.look('machine.cpu', { '': 0.9 });
    assert.equal(judged.look('machine.cpu', { '': 0.9 }), 'firing');
    const { message, severity, fault } = judged.world.one();
    assert.equal(message, 'too much (machine.cpu is 0.9, above 0.5)');
    assert.deepEqual([severity, fault], ['warning', 'rule.warning']);
  });

  it('fires when the figure is lower than its limit, and is as bad as it says', () => {
    const rule = { metric: 'machine.disk-free', below: 100, forMs: 0, text } as const;
    const judged = new Judged({ ...rule, severity: 'critical' }, '/data');
    assert.equal(judged.look('machine.disk-free', { '/': 1, '/data': 100 }), 'inactive');
    assert.equal(judged.look('machine.disk-free', { '/': 1, '/data': 99 }), 'firing');
    assert.equal(judged.world.one().subject.name, '/data');
    assert.equal(judged.world.one().severity, 'critical');
  });

  it('goes on until the figure is back at what clears it', () => {
    const rule = { metric: 'machine.cpu', above: 0.8, clear: 0.5, forMs: 0, text } as const;
    const judged = new Judged(rule);
    judged.look('machine.cpu', { '': 0.9 });
    assert.equal(judged.look('machine.cpu', { '': 0.6 }), 'firing');
    assert.equal(judged.look('machine.cpu', { '': 0.5 }), 'resolving');
  });

  it('is about each component by itself when none is named', () => {
    const judged = new Judged({ metric: 'component.up', below: 1, forMs: 0, text });
    judged.look('component.up', { web: 0, db: 1, api: 0 });
    const names = judged.world.book.list().map(({ subject }) => subject.name);
    assert.deepEqual(names.toSorted(), ['api', 'web']);
  });

  it('does not end because nobody can measure any more', () => {
    const judged = new Judged({ metric: 'component.up', below: 1, forMs: 0, text });
    judged.look('component.up', { web: 0 });
    assert.equal(judged.look('component.up', {}), 'firing');
    assert.equal(judged.world.one().unknown, true);
  });

  it('takes its alert with it when it is deleted', () => {
    const judged = new Judged({ metric: 'machine.cpu', above: 0.8, forMs: 0, text });
    judged.look('machine.cpu', { '': 0.9 });
    judged.rule = null;
    assert.equal(judged.look('machine.cpu', { '': 0.9 }), 'inactive');
  });

  it('can be about every figure that the agent keeps', () => {
    const single = Object.entries(METRICS).filter(([, { label }]) => label === null);
    assert.deepEqual(single.map(([name]) => name).toSorted(), [...SINGLE_METRICS].toSorted());
    assert.equal(single.length + LABELLED_METRICS.length, Object.keys(METRICS).length);
    assert.ok(LABELLED_METRICS.every((name) => name in METRICS));
  });
});

describe('a mistake in an alert rule is told with its place, and the other rules count', () => {
  const read = (rule: string): string => {
    const lines = ['{', '  "alerts": {', `    "mine": ${rule},`];
    const { rules, problems } = readSettingsText(
      [
        ...lines,
        '    "fine": { "metric": "machine.cpu", "above": 1, "text": "x" }',
        '  }',
        '}',
      ].join('\n'),
    );
    assert.deepEqual([...rules.keys()], ['fine']);
    assert.equal(problems.length, 1, JSON.stringify(problems));
    const [{ key, message, line, column } = assert.fail()] = problems;
    return `${String(line)}:${String(column)} ${key}: ${message}`;
  };

  it('a figure that there is not', () => {
    assert.match(
      read('{ "metric": "machine.heat", "above": 1, "text": "x" }'),
      /^3:25 alerts\.mine\.metric: it must be one of: machine\.cpu, .*, journal\.records/,
    );
  });
  it('no limit, or two', () => {
    assert.match(read('{ "metric": "machine.cpu", "text": "x" }'), /needs "above" or "below"/);
    assert.match(
      read('{ "metric": "machine.cpu", "above": 1, "below": 0, "text": "x" }'),
      /^3:61 alerts\.mine\.below: it is either/,
    );
  });
  it('a way back that is none', () => {
    assert.match(
      read('{ "metric": "machine.cpu", "above": 1, "clear": 2, "text": "x" }'),
      /alerts\.mine\.clear: it must not be higher/,
    );
  });
  it('a component where there is only one figure', () => {
    assert.match(
      read('{ "metric": "machine.cpu", "of": "web", "above": 1, "text": "x" }'),
      /^3:40 alerts\.mine: .*"of"/,
    );
  });
  it('no text', () => {
    assert.match(read('{ "metric": "machine.cpu", "above": 1 }'), /^3:13 alerts\.mine\.text: /);
  });
});
