import assert from 'node:assert/strict';
import type { Danger, EmergencyRecord } from '../../../agent/manager/emergencies/emergency';
import { Escalation } from '../../../agent/manager/emergencies/escalation';
import { ManualClock } from '../server/manual-clock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const LIMITS = { escalateMs: 10 * MINUTE, standDownMs: 2 * MINUTE };

describe('An emergency', () => {
  let clock: ManualClock;
  let escalation: Escalation;
  let told: string[];

  beforeEach(() => {
    clock = new ManualClock();
    take([]);
  });

  /** As an agent that starts with what an earlier one has kept. */
  function take(known: readonly EmergencyRecord[]): void {
    let number = known.length;
    escalation = new Escalation(() => `e${String((number += 1)).padStart(3, '0')}`, LIMITS, known);
    told = [];
    escalation.onChange.on(({ kind, emergency: { id, level } }) => {
      told.push(`${id} ${kind} ${String(level)}`);
    });
  }

  function disk(changes: Partial<Danger> = {}): Danger {
    return {
      key: 'disk /',
      trigger: 'disk-nearly-full',
      level: 1,
      message: 'The disk of / is nearly full',
      evidence: [],
      atRisk: null,
      suspects: [],
      ...changes,
    };
  }

  /** Looks again and again while time passes. */
  function pass(ms: number, ...dangers: Danger[]): void {
    const step = Math.min(ms, 5 * SECOND);
    for (let passed = 0; passed < ms; passed += step) {
      clock.advance(step);
      look(...dangers);
    }
  }

  function look(...dangers: Danger[]): void {
    escalation.observe(dangers, { wall: clock.now(), mono: clock.monotonic() });
  }

  const only = (): EmergencyRecord => {
    assert.equal(escalation.records.length, 1);
    return escalation.get('e001');
  };

  it('begins at the level of its danger, and is told once', () => {
    look(disk({ level: 2 }));
    pass(MINUTE, disk({ level: 2 }));
    assert.deepEqual(told, ['e001 opened 2']);
  });

  it('goes one level up for each ten minutes that it lasts, to the last', () => {
    look(disk());
    pass(9 * MINUTE, disk());
    assert.deepEqual(told, ['e001 opened 1']);
    pass(2 * MINUTE, disk());
    assert.deepEqual(told, ['e001 opened 1', 'e001 raised 2']);
    pass(60 * MINUTE, disk());
    assert.deepEqual(told, ['e001 opened 1', 'e001 raised 2', 'e001 raised 3']);
    assert.match(only().timeline.at(-1)?.text ?? '', /level 3: not over after 10 min/);
  });

  it('goes up at once when its danger becomes worse, and not down again while it lasts', () => {
    look(disk());
    pass(MINUTE, disk());
    look(disk({ level: 2, message: 'The disk of / is full' }));
    pass(MINUTE, disk());
    assert.equal(only().level, 2);
    assert.match(
      only().timeline[1]?.text ?? '',
      /level 2: it became worse: The disk of \/ is full/,
    );
  });

  it('of files that disappear never comes to the level at which the agent would end', () => {
    const deletion = disk({ key: 'mass-deletion', trigger: 'mass-deletion' });
    look(deletion);
    pass(120 * MINUTE, deletion);
    assert.equal(only().level, 2);
  });

  it('is over when its cause is gone for two minutes, not before', () => {
    look(disk());
    pass(MINUTE, disk());
    pass(MINUTE);
    assert.equal(only().state, 'active');
    look(disk());
    assert.match(only().timeline.at(-1)?.text ?? '', /^again: /);
    pass(MINUTE);
    assert.equal(only().state, 'active');
    pass(2 * MINUTE);
    assert.equal(only().state, 'over');
    assert.equal(told.at(-1), 'e001 over 1');
    // The same again is another one.
    look(disk());
    assert.equal(told.at(-1), 'e002 opened 1');
  });

  it('does not go up while its cause is gone', () => {
    look(disk());
    pass(9 * MINUTE, disk());
    pass(90 * SECOND);
    assert.equal(only().level, 1);
  });

  it('is one for each disk', () => {
    look(disk(), disk({ key: 'disk /home' }));
    assert.deepEqual(told, ['e001 opened 1', 'e002 opened 1']);
    pass(3 * MINUTE, disk());
    assert.equal(escalation.get('e001').state, 'active');
    assert.equal(escalation.get('e002').state, 'over');
  });

  it('that a person has ended begins anew only when it becomes worse or comes back', () => {
    look(disk());
    escalation.end('e001', 'ended by ann', { wall: clock.now(), mono: clock.monotonic() });
    pass(30 * MINUTE, disk());
    assert.deepEqual(told, ['e001 opened 1', 'e001 over 1']);
    look(disk({ level: 2 }));
    assert.equal(told.at(-1), 'e002 opened 2');
    escalation.end('e002', 'ended by ann', { wall: clock.now(), mono: clock.monotonic() });
    // Also for the next agent.
    take(escalation.records);
    look(disk({ level: 2 }));
    assert.deepEqual(told, []);
    look();
    look(disk());
    assert.deepEqual(told, ['e003 opened 1']);
  });

  it('goes on where it was when the agent is started again, and ends when its cause went meanwhile', () => {
    look(disk(), disk({ key: 'disk /home' }));
    pass(8 * MINUTE, disk(), disk({ key: 'disk /home' }));
    take(escalation.records);
    look(disk());
    assert.deepEqual(told, ['e001 resumed 1', 'e002 changed 1']);
    // Nobody knows how long the agent was away: the time at its level begins anew.
    pass(5 * MINUTE, disk());
    assert.equal(escalation.get('e001').level, 1);
    assert.equal(escalation.get('e002').state, 'over');
  });

  it('is forgotten after a hundred later ones, never while it lasts', () => {
    look(disk());
    for (let n = 0; n < 150; n++) {
      look(disk(), disk({ key: `disk ${String(n)}` }));
      pass(3 * MINUTE, disk());
    }
    assert.ok(escalation.records.length <= 101);
    assert.equal(escalation.get('e001').state, 'active');
    assert.throws(() => escalation.get('e002'), /no emergency has the id e002/);
  });
});
