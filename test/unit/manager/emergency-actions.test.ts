import assert from 'node:assert/strict';
import {
  EmergencyActions,
  type EmergencyActionsOptions,
} from '../../../agent/manager/emergencies/actions';
import type {
  Danger,
  EmergencyRecord,
  Level,
  Suspect,
} from '../../../agent/manager/emergencies/emergency';
import type { BackedUp } from '../../../agent/protection/backed-up';
import { folderSource } from '../../../agent/protection/source';
import { silentLog } from '../../../agent/support/log';
import { UNORDERED } from '../../../agent/support/operations';
import { ManualClock } from '../server/manual-clock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const WORKER: Suspect = { kind: 'component', id: 'worker', name: 'worker', why: 'it deletes' };

describe('In an emergency', () => {
  let clock: ManualClock;
  let done: string[];
  let emergency: EmergencyRecord;

  beforeEach(() => {
    clock = new ManualClock();
    done = [];
  });

  const kept = (path: string): BackedUp => ({
    source: folderSource(path),
    newest: null,
    remember: () => undefined,
    capture: () => Promise.reject(new Error('not asked for here')),
  });

  /** What would be done, written down in its order. */
  function actions(changes: Partial<EmergencyActionsOptions> = {}): EmergencyActions {
    return new EmergencyActions({
      allowed: {
        emergencyBackup: true,
        componentIsolation: true,
        administratorAlert: true,
        systemShutdown: true,
      },
      mode: 'autonomous',
      operations: UNORDERED,
      protection: {
        present: () => ['/work/a', '/work/b'].map(kept),
        snapshot: ({ source }) => {
          done.push(`saved ${source.path}`);
          return Promise.resolve({ id: '3f2a91c0d4e5f607' });
        },
        guard: (id) => ({
          cutOff: () => Promise.resolve(void done.push(`cut off ${id}`)),
          follow: () => Promise.resolve(void done.push(`followed ${id}`)),
        }),
      },
      keeping: {
        backUpFresh: ({ source }) => {
          done.push(`backed up ${source.path}`);
          return Promise.resolve({ id: '3f2a91c0d4e5f607' });
        },
        makeRoom: () => Promise.resolve(void done.push('made room')),
      },
      components: { stop: (id) => Promise.resolve(done.push(`stopped ${id}`)) },
      channels: {
        tellEmergency: ({ consequences }) => {
          done.push(`told: ${consequences.join(', ')}`);
          return ['ops'];
        },
      },
      audit: {
        record: ({ action, outcome }) => {
          if (action === 'emergency/systemShutdown') done.push(`written down: ${outcome ?? ''}`);
          return Promise.resolve();
        },
      },
      clock,
      log: silentLog,
      onStep: () => undefined,
      shutdown: (why) => done.push(`shut down: ${why}`),
      ...changes,
    });
  }

  function begin(
    level: Level,
    changes: Partial<Danger> = {},
  ): [EmergencyRecord, Danger, { level: Level; again: boolean }] {
    const danger: Danger = {
      key: 'critical-incidents',
      trigger: 'critical-incidents',
      level,
      message: '3 critical incidents at once',
      evidence: [],
      atRisk: null,
      suspects: [],
      ...changes,
    };
    emergency = {
      id: 'e1',
      key: danger.key,
      trigger: danger.trigger,
      level,
      message: danger.message,
      state: 'active',
      evidence: [],
      openedAt: clock.now(),
      levelSince: clock.now(),
      endedAt: null,
      dismissed: false,
      steps: [],
      isolated: [],
      timeline: [],
    };
    return [emergency, danger, { level, again: false }];
  }

  const outcomes = (): string[] =>
    emergency.steps.map(({ action, outcome }) => `${action} ${outcome}`);

  /** Lets what waits for nothing but other promises go on. */
  const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('everything at risk is saved first, then people are told', async () => {
    await actions().act(...begin(1, { suspects: [WORKER] }));
    assert.deepEqual(done, [
      'saved /work/a',
      'saved /work/b',
      'told: emergency backup: 2 of 2 at risk were saved',
    ]);
    assert.deepEqual(emergency.steps[0]?.details, [
      '/work/a: snapshot 3f2a91c0d4',
      '/work/b: snapshot 3f2a91c0d4',
    ]);
  });

  it('only what is at risk is saved, and of a damaged store everything is read and proven again', async () => {
    await actions().act(...begin(1, { atRisk: [folderSource('/work/b').id] }));
    assert.equal(done[0], 'saved /work/b');
    done = [];
    await actions().act(...begin(2, { trigger: 'store-damaged' }));
    assert.deepEqual(done.slice(0, 2), ['backed up /work/a', 'backed up /work/b']);
    done = [];
    await actions().act(...begin(2, { trigger: 'disk-nearly-full' }));
    assert.deepEqual(done.slice(0, 2), ['made room', 'saved /work/a']);
  });

  it('of the second level what makes it worse is isolated once, whatever could not be saved', async () => {
    const broken = actions({
      protection: {
        present: () => [kept('/work/a')],
        snapshot: () => Promise.reject(new Error('/work/a is not there')),
        guard: () => null,
      },
    });
    const begun = begin(2, { suspects: [WORKER] });
    await broken.act(...begun);
    await broken.act(...begun);
    assert.deepEqual(
      done.filter((one) => one.startsWith('stopped')),
      ['stopped worker'],
    );
    assert.deepEqual(outcomes().slice(0, 3), [
      'emergencyBackup failed',
      'componentIsolation done',
      'administratorAlert done',
    ]);
    assert.deepEqual(emergency.steps[0]?.details, ['/work/a: /work/a is not there']);
    assert.match(emergency.steps[1]?.details[0] ?? '', /bulwark components start worker/);
  });

  it('people are told after 15 s while a backup hangs, and after two minutes it is given up', async () => {
    const hanging = actions({
      protection: {
        present: () => [kept('/work/a')],
        snapshot: () => new Promise(() => undefined),
        guard: () => null,
      },
    });
    const acting = hanging.act(...begin(2, { suspects: [WORKER] }));
    await rest();
    clock.advance(14 * SECOND);
    await rest();
    assert.deepEqual(done, []);
    clock.advance(2 * SECOND);
    await rest();
    assert.deepEqual(done, ['told: emergency backup: under way']);
    clock.advance(2 * MINUTE);
    await acting;
    assert.deepEqual(done.slice(1), ['stopped worker']);
    assert.equal(emergency.steps[0]?.text, 'it was not finished in time');
  });

  it('what the settings do not allow is left, and the report says so', async () => {
    const allowed = {
      emergencyBackup: false,
      componentIsolation: false,
      administratorAlert: false,
      systemShutdown: false,
    };
    await actions({ allowed }).act(...begin(3, { suspects: [WORKER] }));
    assert.deepEqual(done, ['written down: the settings do not allow it']);
    assert.equal(emergency.steps.length, 4);
    assert.ok(emergency.steps.every(({ outcome }) => outcome === 'left'));
  });

  it('nothing is stopped or ended by itself where a person is asked for everything', async () => {
    await actions({ mode: 'supervised' }).act(...begin(3, { suspects: [WORKER] }));
    assert.equal(
      done.some((one) => one.startsWith('stopped') || one.startsWith('shut down')),
      false,
    );
    assert.match(emergency.steps[1]?.text ?? '', /in the mode supervised/);
    assert.deepEqual(emergency.steps[1]?.details, ['worker: it deletes']);
  });

  it('of the third level the agent ends last, after it was written down, and not again after a restart', async () => {
    const [record, danger, how] = begin(3);
    await actions().act(record, danger, how);
    assert.deepEqual(done.slice(-2), [
      'written down: Bulwark ends itself, and with it what it runs',
      'shut down: emergency e1: 3 critical incidents at once',
    ]);
    done = [];
    await actions().act(record, danger, { ...how, again: true });
    assert.equal(
      done.some((one) => one.startsWith('shut down')),
      false,
    );
  });

  it('that is over, what was cut off is followed again; what was stopped is left to a person', async () => {
    const loud: Suspect = { kind: 'source', id: 's1', name: '/work/loud', why: 'it floods' };
    const all = actions();
    await all.act(...begin(2, { suspects: [WORKER, loud] }));
    assert.ok(done.includes('cut off s1') && done.includes('stopped worker'));
    done = [];
    clock.advance(MINUTE);
    emergency.state = 'over';
    await all.standDown(emergency);
    assert.equal(done[0], 'followed s1');
    assert.equal(done.length, 2);
    assert.deepEqual(
      emergency.isolated.map(({ name, until }) => [name, until]),
      [
        ['worker', null],
        ['/work/loud', clock.now()],
      ],
    );
  });

  it('nothing more is done once the agent leaves', async () => {
    const all = actions();
    all.close();
    await all.act(...begin(3, { suspects: [WORKER] }));
    assert.deepEqual(done, []);
  });
});
