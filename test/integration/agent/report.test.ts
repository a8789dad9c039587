import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentClient } from '../../../agent/protocol/client';
import { cli } from '../../support/cli-run';
import { KillableAgent, nextTurn } from '../../support/killable-agent';

describe('The report of the real agent', function () {
  this.timeout(120_000);
  let folder: string;
  let agent: KillableAgent;
  let client: AgentClient;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-report-')));
    agent = new KillableAgent(join(folder, 'home'));
    client = await agent.start();
  });

  afterEach(async () => {
    client.close();
    await agent.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('tells of a week with work in it: backups, a restore, an incident, the size of the store', async () => {
    const project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'notes.txt'), 'first');
    await client.call('worktree/protect', { path: project });
    const { id } = await client.call('snapshot/create', { path: project });
    await client.call('backup/run', { kind: 'full', path: project });
    await writeFile(join(project, 'notes.txt'), 'second');
    const plan = await client.call('restore/plan', { snapshot: id, withGitState: false });
    await client.call('restore/apply', { plan: plan.id });
    await client.call('trouble/report', { path: project, message: 'garbled', by: 'Coder' });
    const [incident] = (await client.call('incident/list', {})).incidents;
    assert.ok(incident !== undefined);
    await client.call('incident/close', { incident: incident.id, by: 'ann' });
    // Figures are taken every ten seconds.
    let report = await client.call('manager/report', {});
    while ((report.storage.atLast ?? 0) === 0 || report.observedMs === 0) {
      await nextTurn();
      report = await client.call('manager/report', {});
    }
    const { backups, incidents, emergencies, partial, availability } = report;
    assert.deepEqual(
      [backups.backups, backups.restores, backups.failed, emergencies],
      [1, 1, 0, 0],
    );
    assert.ok(backups.snapshots > 0);
    assert.deepEqual([incidents.count, incidents.open], [1, 0]);
    assert.notEqual(incidents.mttrMs, null);
    assert.deepEqual([partial, availability, report.drill], [[], null, null]);
    // Of the week before nothing is known.
    const before = await client.call('manager/report', { to: report.from });
    assert.deepEqual([before.observedMs, before.backups.snapshots], [0, 0]);
    const at = { home: agent.home, cwd: folder };
    const { stdout, code } = await cli(['report', '--month'], at);
    assert.equal(code, 0);
    assert.match(stdout, /^The last 30 days, in which Bulwark ran for /);
    assert.match(stdout, /^Incidents +1, 0 critical, 0 open; one each .* \(MTBF\), over after/m);
    assert.match(stdout, /^Backups +\d+ snapshots?, 1 backup, 0 failed; 1 restore; no drill yet$/m);
    const json = await cli(['report', '--json'], at);
    assert.match(json.stdout, /"mtbfMs"/);
    assert.equal((await cli(['report', '--week', '--month'], at)).code, 2);
  });
});
