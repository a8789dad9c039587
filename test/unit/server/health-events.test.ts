import assert from 'node:assert/strict';
import type { RecoveryRecord } from '../../../agent/healing/recovery';
import { healthEvent } from '../../../agent/server/methods/health-events';
import { MIN, World, web } from '../monitor/alert-world';

/** A recovery of the alert with this fingerprint. */
function recovery(fingerprint: string, phase: RecoveryRecord['phase']): RecoveryRecord {
  return {
    id: '3f2a91bc',
    incident: {
      trigger: 'component-down',
      fault: 'component.down',
      subject: web,
      part: '',
      message: 'web is down',
      details: {},
      kind: 'process',
      fingerprint,
    },
    by: null,
    only: null,
    phase,
    startedAt: 0,
    endedAt: null,
    why: null,
    proposal: null,
    steps: [],
    log: [],
  };
}

describe('what people are told of an alert', () => {
  const told = (phase: RecoveryRecord['phase']): ReturnType<typeof healthEvent> => {
    const world = new World();
    world.run(MIN, 'component.down', 'bad', web);
    const [notification] = world.told;
    assert.ok(notification !== undefined);
    const fingerprint = notification.alerts[0]?.fingerprint ?? '';
    const healing = { list: () => [recovery(fingerprint, phase)] };
    return healthEvent({ kind: 'notification', notification }, world.now.wall, healing);
  };

  it('leads to its recovery while that waits for a yes: one cause, one notification', () => {
    const event = told('approval');
    assert.ok(event.kind === 'notice/raised');
    assert.deepEqual(event.notice.action, { kind: 'recovery', recovery: '3f2a91bc' });
  });

  it('leads to the alert when nothing waits', () => {
    const event = told('person');
    assert.ok(event.kind === 'notice/raised');
    assert.equal(event.notice.action, null);
    assert.equal(event.notice.alerts?.length, 1);
  });
});
