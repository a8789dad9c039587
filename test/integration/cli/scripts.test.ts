import assert from 'node:assert/strict';
import { restorePlan, snapshotId } from '../../../agent/protocol/entities';
import type { AgentEvent } from '../../../agent/protocol/events';
import { CliFixture, errorIn } from '../../support/cli-fixture';
import { startCli } from '../../support/cli-run';

const REMOVED: AgentEvent = {
  kind: 'snapshot/removed',
  snapshots: [snapshotId.parse('d'.repeat(32))],
};
const DRAINING: AgentEvent = { kind: 'agent/draining', reason: 'it is told to' };

describe('bulwark, used by scripts', () => {
  let fixture: CliFixture;

  beforeEach(async () => {
    fixture = await CliFixture.open();
  });
  afterEach(() => fixture.close());

  it('sends any request, and prints the result as one line', async () => {
    const { code, stdout } = await fixture.run('call', 'restore/plan', '{"snapshot":"3f2a"}');
    assert.equal(code, 0);
    assert.equal(stdout.trimEnd().split('\n').length, 1);
    assert.deepEqual(JSON.parse(stdout), restorePlan.parse(fixture.agent.script.plan));
    assert.deepEqual(fixture.lastAsked('restore/plan'), { snapshot: '3f2a' });
  });

  it('takes the parameters from standard input', async () => {
    const run = startCli(['call', 'snapshot/create', '-'], fixture.place);
    run.stdin.end(JSON.stringify({ path: fixture.path, label: 'a "label"' }));
    assert.equal(await run.code, 0);
    assert.deepEqual(fixture.lastAsked('snapshot/create'), {
      path: fixture.path,
      label: 'a "label"',
    });
  });

  it('says what is wrong with a request before it is sent', async () => {
    for (const [argv, reason] of [
      [['call', 'no/method'], 'protocol-error'],
      [['call', 'restore/plan', '{"snapshot":5}'], 'invalid-params'],
      [['call', 'restore/plan', 'snapshot=5'], 'invalid-params'],
    ] as const) {
      const { code, value } = await fixture.json(...argv);
      assert.notEqual(code, 0);
      assert.equal(errorIn(value).reason, reason);
    }
    assert.equal(fixture.lastAsked('restore/plan'), undefined);
  });

  it('prints each event as a line, until Ctrl-C', async () => {
    const run = startCli(['events'], fixture.place);
    await run.stdout.waitFor('following');
    fixture.agent.publish(REMOVED);
    await run.stdout.waitFor('snapshot/removed');
    run.signal('SIGINT');
    assert.equal(await run.code, 0);
    const [first, ...events] = run.stdout.text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    assert.ok(typeof first === 'object' && first !== null && 'epoch' in first);
    assert.deepEqual(events, [{ sequence: 1, event: REMOVED }]);
  });

  it('prints only the kinds of events that are wanted', async () => {
    const run = startCli(['events', '--kind', 'snapshot/removed'], fixture.place);
    await run.stdout.waitFor('following');
    fixture.agent.publish(DRAINING);
    fixture.agent.publish(REMOVED);
    await run.stdout.waitFor('snapshot/removed');
    run.signal('SIGINT');
    assert.equal(await run.code, 0);
    assert.doesNotMatch(run.stdout.text, /draining/);
  });

  it('goes on with the next agent, and says that events are gone', async () => {
    const run = startCli(['events'], fixture.place);
    await run.stdout.waitFor('following');
    await fixture.agent.close();
    await fixture.restartAgent();
    await run.stdout.waitFor('reload');
    fixture.agent.publish(REMOVED);
    await run.stdout.waitFor('snapshot/removed');
    run.signal('SIGINT');
    assert.equal(await run.code, 0);
  });
});
