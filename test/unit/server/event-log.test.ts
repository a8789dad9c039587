import assert from 'node:assert/strict';
import type { AgentEvent } from '../../../agent/protocol/events';
import { EventLog } from '../../../agent/server/event-log';

const event: AgentEvent = { kind: 'agent/draining', reason: 'test' };

function numbers(log: EventLog, sequence: number, epoch?: string): number[] | 'reload' {
  const since = log.since(sequence, epoch);
  return since.kind === 'reload' ? 'reload' : since.events.map(({ sequence: n }) => n);
}

describe('the memory of events', () => {
  it('numbers them from 1 and tells those after a number', () => {
    const log = new EventLog(3);
    assert.equal(log.sequence, 0);
    assert.deepEqual(numbers(log, 0), []);
    assert.deepEqual(log.publish(event), { sequence: 1, event });
    log.publish(event);
    assert.deepEqual(numbers(log, 0), [1, 2]);
    assert.deepEqual(numbers(log, 1), [2]);
    assert.deepEqual(numbers(log, 2), []);
  });

  it('says when it forgot some, or never knew the number', () => {
    const log = new EventLog(3);
    for (let i = 0; i < 5; i++) log.publish(event);
    assert.deepEqual(numbers(log, 2), [3, 4, 5]);
    assert.equal(numbers(log, 1), 'reload');
    assert.equal(numbers(log, 6), 'reload');
  });

  it('knows the numbers of another agent from its own', () => {
    const [log, other] = [new EventLog(), new EventLog()];
    log.publish(event);
    other.publish(event);
    assert.deepEqual(numbers(log, 0, log.epoch), [1]);
    assert.equal(numbers(log, 0, other.epoch), 'reload');
  });
});
