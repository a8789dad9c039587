import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentClient } from '../../../agent/protocol/client';
import { cli } from '../../support/cli-run';
import { becomes, EmergencyWorld, fill, git, outcomeOf } from '../../support/emergency-world';

const MIB = 1024 * 1024;

describe('Emergencies of the real agent', function () {
  this.timeout(180_000);
  let world: EmergencyWorld;

  beforeEach(async () => {
    world = await EmergencyWorld.make();
  });

  afterEach(() => world.remove());

  async function actions(asked: AgentClient): Promise<string> {
    const { entries } = await asked.call('audit/list', { action: 'emergency/', limit: 100 });
    return entries
      .map(({ action }) => action)
      .reverse()
      .join(' ');
  }

  it('files that are deleted in two worktrees: saved, told, reported, and over when they are back', async () => {
    const { main, linked } = await world.twoWorktrees();
    const quiet = join(world.folder, 'quiet');
    await fill(quiet);
    const asked = await world.start({}, { escalateMinutes: 0.1 });
    for (const path of [main, quiet]) await asked.call('worktree/protect', { path });
    // What the agent runs there may be what deletes; what somebody else runs there is never touched.
    const command = [process.execPath, '-e', 'setInterval(() => undefined, 1000)'];
    await asked.call('component/register', {
      name: 'worker',
      program: 'a test',
      spec: { kind: 'process', command, cwd: linked },
    });
    const foreign = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
      cwd: linked,
      stdio: 'ignore',
    });
    try {
      await rm(join(main, 'src'), { recursive: true });
      await rm(join(linked, 'src'), { recursive: true });
      const first = await world.until((one) => outcomeOf(one, 'administratorAlert') === 'done');
      assert.equal(first.trigger, 'mass-deletion');
      const [backup, alert] = first.steps;
      assert.deepEqual([backup?.level, alert?.action], [1, 'administratorAlert']);
      assert.ok(backup !== undefined);
      assert.equal(backup.action, 'emergencyBackup');
      assert.equal(backup.outcome, 'done');
      assert.ok(backup.details.some((line) => line.startsWith(`${quiet}: snapshot `)));
      const { snapshots } = await asked.call('snapshot/list', { path: quiet });
      assert.equal(snapshots[0]?.label, `Emergency ${first.id}`);
      // Nobody has come: at the next level what may make it worse is stopped.
      const second = await world.until((one) => outcomeOf(one, 'componentIsolation') === 'done');
      assert.equal(second.level, 2);
      assert.deepEqual(
        second.isolated.map(({ kind, name }) => `${kind} ${name}`),
        ['component worker'],
      );
      const { components } = await asked.call('component/list', {});
      assert.equal(components.find(({ id }) => id === 'worker')?.state.kind, 'stopped');
      assert.equal(isRunning(foreign), true);
      const home = { home: world.agent.home, cwd: world.folder };
      assert.match((await cli(['emergencies'], home)).stdout, new RegExp(`level 2 +${first.id}`));
      // One of them comes back: what is left is no emergency any more.
      const { losses = [] } = await asked.call('agent/status', {});
      const loss = losses.find(({ loss }) => loss?.worktree === main);
      assert.ok(loss?.action?.kind === 'restore');
      const plan = await asked.call('restore/plan', {
        snapshot: loss.action.snapshot,
        withGitState: false,
      });
      await asked.call('restore/apply', { plan: plan.id });
      const over = await world.untilOver();
      assert.equal(over.id, first.id);
      await becomes(() => world.messages(), /"status":"firing".*Files disappeared in 2 worktrees/);
      await becomes(() => world.messages(), /"status":"resolved".*Files disappear/);
      const text = await becomes(
        () => world.report(first.id),
        /over: its cause is gone[^]*alert: sent/,
      );
      assert.match(text, /# Emergency .*Files disappear in several worktrees/);
      assert.match(text, /emergency backup: done, 3 of 3 at risk were saved/);
      assert.match(text, /worker: stopped at .* start it with: bulwark components start worker/);
      const ids = world.notices.map(({ id }) => id).filter((id) => id.startsWith('emergency-'));
      assert.deepEqual(
        ids,
        ['1', '2', 'over'].map((what) => `emergency-${first.id}-${what}`),
      );
      const trail = (await becomes(() => actions(asked), /emergency\/over/)).split(' ');
      assert.deepEqual(trail.slice(0, 3), [
        'emergency/opened',
        'emergency/emergencyBackup',
        'emergency/administratorAlert',
      ]);
      assert.ok(trail.includes('emergency/componentIsolation'));
      const shown = await cli(['emergencies', 'show', first.id, '--json'], home);
      assert.match(shown.stdout, /"state": ?"over"/);
    } finally {
      foreign.kill('SIGKILL');
    }
  });

  it('goes on after a crash of the agent, and ends when a person says so', async () => {
    const { main, linked } = await world.twoWorktrees();
    await world.start();
    await world.client?.call('worktree/protect', { path: main });
    await rm(join(main, 'src'), { recursive: true });
    await rm(join(linked, 'src'), { recursive: true });
    const { id } = await world.until((one) => outcomeOf(one, 'administratorAlert') === 'done');
    world.client?.close();
    await world.kept(id);
    await world.agent.kill();
    const asked = await world.connect();
    const again = await world.until(({ steps }) => steps.length === 4);
    assert.equal(again.id, id);
    assert.equal(
      again.timeline.some(({ text }) => text.includes('started again')),
      true,
    );
    const home = { home: world.agent.home, cwd: world.folder };
    const ended = await cli(['emergencies', 'end', id, '--note', 'was me'], home);
    assert.equal(ended.code, 0, ended.stderr);
    await world.until(({ state }) => state === 'over');
    assert.deepEqual((await asked.call('emergency/list', {})).emergencies, []);
    await becomes(() => world.report(id), /ended by .*: was me/);
    assert.match(
      (await cli(['emergencies', 'show', 'ffff'], home)).stderr,
      /no emergency has the id/,
    );
  });

  it('a store that has lost something for good: everything is read and backed up again', async () => {
    const place = join(world.folder, 'app');
    await fill(place);
    const asked = await world.start();
    await asked.call('worktree/protect', { path: place });
    await writeFile(join(place, 'old.bin'), randomBytes(MIB));
    await asked.call('snapshot/create', { path: place });
    await rm(join(place, 'old.bin'));
    await asked.call('snapshot/create', { path: place });
    await asked.call('agent/drain', { reason: 'a test' });
    await world.agent.left();
    const packs = join(world.agent.home, 'store', 'packs');
    for (const name of await readdir(packs)) {
      if (!name.endsWith('.pack')) continue;
      const bytes = await readFile(join(packs, name));
      if (bytes.length < MIB) continue;
      const middle = Math.floor(bytes.length / 2);
      bytes.fill(0, middle, middle + 64);
      await writeFile(join(packs, name), bytes);
    }
    const again = await world.connect();
    const { repair } = await again.call('store/verify', {});
    assert.ok(repair != null);
    await again.call('store/repair', { plan: repair.id });
    const open = await world.until((one) => outcomeOf(one, 'administratorAlert') === 'done');
    assert.equal(open.trigger, 'store-damaged');
    assert.equal(outcomeOf(open, 'emergencyBackup'), 'done');
    const { snapshots } = await again.call('snapshot/list', { path: place });
    assert.equal(snapshots[0]?.backup, 'full');
    assert.equal(snapshots[0].label, `Emergency ${open.id}`);
  });

  it('three critical incidents at once: told and saved; nothing is stopped in the mode observe', async () => {
    const asked = await world.start(
      { healing: { mode: 'observe' } },
      { escalateMinutes: 0.1, actions: { emergencyBackup: false } },
    );
    for (const name of ['a', 'b', 'c']) {
      const path = join(world.folder, name);
      await mkdir(path);
      git(path, 'init', '-q', '-b', 'main');
      await writeFile(join(path, 'file'), 'work');
      git(path, 'add', '-A');
      git(path, 'commit', '-qm', 'one');
      await asked.call('worktree/protect', { path });
      await writeFile(join(path, '.git', 'index'), randomBytes(100));
    }
    const second = await world.until((one) => outcomeOf(one, 'componentIsolation') === 'left');
    assert.equal(second.trigger, 'critical-incidents');
    assert.equal(second.level, 2);
    assert.equal(outcomeOf(second, 'emergencyBackup'), 'left');
    assert.equal(second.steps[0]?.text, 'the settings do not allow it');
    assert.equal(second.evidence.length, 3);
  });
});

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
