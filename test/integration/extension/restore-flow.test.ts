import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { AgentClient } from '../../../agent/protocol/client';
import { readDiscovery } from '../../../agent/protocol/discovery';
import type { RestoreResult, WorktreeInfo } from '../../../agent/protocol/entities';
import { OwnWork } from '../../../extension/own-work';
import { runRestore } from '../../../extension/restore-flow';
import type { RestoreStage } from '../../../extension/restore-stages';
import { SnapshotContent } from '../../../extension/snapshot-content';
import { SnapshotLists } from '../../../extension/snapshot-lists';
import { capitalized, moment, timeOfDay } from '../../../extension/format';
import { FakeAgent } from '../../support/fake-agent';
import { ScriptedUi, type Move } from '../../unit/extension/scripted-ui';

describe('restoring from the window', () => {
  let folder: string;
  let shop: string;
  let agent: FakeAgent;
  let client: AgentClient;
  let worktree: WorktreeInfo;
  let shown: string[];
  let results: RestoreResult[];
  let label: string;

  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'bulwark-flow-'));
    shop = path.join(folder, 'shop');
    await fs.mkdir(path.join(shop, 'src'), { recursive: true });
    await fs.writeFile(path.join(shop, 'src', 'a.ts'), 'one\n');
    await fs.writeFile(path.join(shop, '.env'), 'KEY=1\n');
    agent = await FakeAgent.start({ home: path.join(folder, 'home') });
    worktree = agent.world.add(shop, { branch: 'main', head: 'a'.repeat(40), state: 'clean' });
    const snapshot = await agent.world.capture(shop, 'manual');
    label = timeOfDay(snapshot.createdAt);
    const discovery = await readDiscovery(path.join(folder, 'home'));
    assert.ok(discovery !== null);
    client = await AgentClient.connect(discovery, { name: 't', version: '1', interactive: true });
    shown = [];
    results = [];
  });

  afterEach(async () => {
    client.close();
    await agent.close();
    await fs.rm(folder, { recursive: true, force: true });
  });

  const run = async (
    moves: readonly Move[],
    first: RestoreStage = { kind: 'worktree', want: { kind: 'anything' } },
    agrees = true,
  ): Promise<{ end: string; ui: ScriptedUi }> => {
    const ui = new ScriptedUi(moves);
    ui.agrees = agrees;
    const call: AgentClient['call'] = (method, params, options) =>
      client.call(method, params, options);
    const end = await runRestore(
      {
        ui,
        call,
        lists: new SnapshotLists(call),
        content: new SnapshotContent(call),
        own: new OwnWork(),
        now: () => Date.now(),
        worktrees: () => [worktree],
        nameOf: () => 'shop',
        preview: {
          showStep: (_plan, step) => {
            shown.push(step.path);
            return Promise.resolve();
          },
          showAll: () => {
            shown.push('all');
            return Promise.resolve();
          },
          close: () => {
            shown.push('closed');
            return Promise.resolve();
          },
          unsaved: () => ['src/a.ts'],
        },
        onRestored: (result) => results.push(result),
      },
      first,
    );
    return { end, ui };
  };

  const spoil = async (): Promise<void> => {
    await fs.writeFile(path.join(shop, 'src', 'a.ts'), 'spoilt\n');
    await fs.rm(path.join(shop, '.env'));
    await fs.writeFile(path.join(shop, 'junk'), 'x');
  };

  const read = (file: string): Promise<string> => fs.readFile(path.join(shop, file), 'utf8');

  it('brings a whole worktree back, after its plan was shown and agreed to', async () => {
    await spoil();
    const { end, ui } = await run([
      { choose: 'shop' },
      { choose: label },
      { choose: 'Whole worktree' },
      { choose: 'src/a.ts' },
      { choose: 'Show all changes' },
      { choose: 'Restore…' },
    ]);
    assert.equal(end, 'done');
    assert.equal(await read('src/a.ts'), 'one\n');
    assert.equal(await read('.env'), 'KEY=1\n');
    await assert.rejects(read('junk'), { code: 'ENOENT' });
    assert.deepEqual(shown, ['src/a.ts', 'all', 'closed']);
    assert.deepEqual(
      ui.lists.map(({ step }) => step),
      [
        [1, 4],
        [2, 4],
        [3, 4],
        [4, 4],
      ],
    );
    assert.equal(results[0]?.restored, 2);
  });

  it('brings a moment of the journal back, which shows what changed then', async () => {
    await fs.writeFile(path.join(shop, 'src', 'a.ts'), 'two\n');
    const written = { change: 'write', path: 'src/a.ts' } as const;
    const at = Date.now() - 60_000;
    await agent.world.keepMoment(shop, [written], { createdAt: at });
    await spoil();
    await agent.world.keepMoment(shop, [{ change: 'delete', path: '.env' }]);
    const { end, ui } = await run(
      [
        { choose: 'shop' },
        { choose: timeOfDay(at) },
        { choose: 'Whole worktree' },
        { choose: 'Restore…' },
      ],
      { kind: 'worktree', want: { kind: 'moment' } },
    );
    assert.equal(end, 'done');
    assert.equal(await read('src/a.ts'), 'two\n');
    assert.equal(await read('.env'), 'KEY=1\n');
    assert.deepEqual(ui.lists[1]?.details, [
      '1 deleted · main: .env',
      '1 written · main: src/a.ts',
    ]);
  });

  it('offers every version of a file, also those between two snapshots', async () => {
    await fs.writeFile(path.join(shop, 'src', 'a.ts'), 'between\n');
    const at = Date.now() - 60_000;
    const written = { change: 'write', path: 'src/a.ts' } as const;
    await agent.world.keepMoment(shop, [written], { createdAt: at });
    await spoil();
    const version = capitalized(moment(at, Date.now()));
    const { end } = await run([{ choose: version }, { choose: 'Restore…' }], {
      kind: 'version',
      worktree,
      path: 'src/a.ts',
      others: false,
    });
    assert.equal(end, 'done');
    assert.equal(await read('src/a.ts'), 'between\n');
  });

  it('asks one question that names what is overwritten and deleted', async () => {
    await spoil();
    const { ui } = await run([
      { choose: 'shop' },
      { choose: label },
      { choose: 'Whole worktree' },
      { choose: 'Restore…' },
    ]);
    assert.equal(ui.questions.length, 1);
    const [question] = ui.questions;
    assert.match(question?.message ?? '', /^Restore shop to the snapshot of today/);
    assert.match(question?.detail ?? '', /Overwrites 1 item: src\/a\.ts\./);
    assert.match(question?.detail ?? '', /Deletes 1 item: junk\./);
    assert.match(question?.detail ?? '', /Unsaved in an editor, and left there: src\/a\.ts\./);
  });

  it('changes nothing when the question is answered with no', async () => {
    await spoil();
    const moves = [
      { choose: 'shop' },
      { choose: label },
      { choose: 'Whole worktree' },
      { choose: 'Restore…' },
    ];
    const { end } = await run(moves, undefined, false);
    assert.equal(end, 'cancelled');
    assert.equal(await read('src/a.ts'), 'spoilt\n');
    assert.equal(results.length, 0);
  });

  it('goes back from every step', async () => {
    await spoil();
    const { end, ui } = await run([
      { choose: 'shop' },
      { choose: label },
      { choose: 'File…' },
      { choose: 'src' },
      'back',
      'back',
      { choose: 'Whole worktree' },
      'back',
      'back',
      'back',
      'leave',
    ]);
    assert.equal(end, 'cancelled');
    assert.equal(ui.lists.at(-1)?.title, 'Restore');
    assert.equal(await read('src/a.ts'), 'spoilt\n');
  });

  it('brings back one file that was deleted, and nothing else', async () => {
    await spoil();
    const { end } = await run([
      { choose: 'shop' },
      { choose: label },
      { choose: 'File…' },
      { choose: '.env' },
      { choose: 'Restore…' },
    ]);
    assert.equal(end, 'done');
    assert.equal(await read('.env'), 'KEY=1\n');
    assert.equal(await read('src/a.ts'), 'spoilt\n');
    assert.equal(await read('junk'), 'x');
  });

  it('brings back one folder', async () => {
    await spoil();
    await run([
      { choose: 'shop' },
      { choose: label },
      { choose: 'Folder…' },
      { choose: 'src' },
      { choose: 'This folder' },
      { choose: 'Restore…' },
    ]);
    assert.equal(await read('src/a.ts'), 'one\n');
    await assert.rejects(read('.env'), { code: 'ENOENT' });
  });

  it('offers the versions of a file that differ, not every snapshot', async () => {
    await agent.world.capture(shop, 'automatic', { createdAt: Date.now() + 1000 });
    await fs.writeFile(path.join(shop, 'src', 'a.ts'), 'two\n');
    await agent.world.capture(shop, 'automatic', { createdAt: Date.now() + 2000 });
    const { ui } = await run(['leave'], {
      kind: 'version',
      worktree,
      path: 'src/a.ts',
      others: false,
    });
    assert.equal(ui.lists[0]?.labels.length, 2);
    assert.deepEqual(ui.lists[0].step, [1, 2]);
  });

  it('says so when there is nothing to restore', async () => {
    const { end, ui } = await run([
      { choose: 'shop' },
      { choose: label },
      { choose: 'Whole worktree' },
      { choose: 'Nothing to restore' },
    ]);
    assert.equal(end, 'done');
    assert.equal(ui.questions.length, 0);
    assert.equal(results.length, 0);
  });
});
