import assert from 'node:assert/strict';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { sourceId } from '../../../agent/protocol/entities';
import { BulwarkError } from '../../../agent/support/errors';
import {
  AT,
  plan,
  SAFETY_ID,
  SNAPSHOT_ID,
  startCliAgent,
  worktree,
  type CliAgent,
} from '../../support/cli-agent';
import { cli, startCli } from '../../support/cli-run';

const errorShape = z.object({
  error: z.object({ reason: z.string(), message: z.string(), hint: z.string().nullable() }),
});

describe('bulwark, with an agent that runs', () => {
  let home: string;
  let path: string;
  let agent: CliAgent;

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-cli-')));
    path = join(home, 'app');
    agent = await startCliAgent(home, path);
  });

  afterEach(async () => {
    await agent.close();
    await rm(home, { recursive: true, force: true });
  });

  const run = (...argv: string[]): ReturnType<typeof cli> => cli(argv, { home, cwd: path });

  /** The one object that a command printed. */
  async function json(...argv: string[]): Promise<{ code: number; value: unknown }> {
    const { code, stdout, stderr } = await run(...argv, '--json');
    assert.equal(stderr, '', 'nothing beside the object');
    assert.equal(stdout.trimEnd().split('\n').length, 1, stdout);
    return { code, value: JSON.parse(stdout) };
  }

  function lastAsked(method: string): object | undefined {
    return agent.script.asked.findLast((request) => request.method === method)?.params;
  }

  describe('status', () => {
    it('shows the agent and a row for each worktree', async () => {
      const { code, stdout } = await run('status');
      assert.equal(code, 0);
      assert.match(stdout, /^Agent 0\.1\.0 running, pid \d+, up 1 h 2 min, 1 client$/m);
      assert.match(stdout, /^WORKTREE +BRANCH +STATE +UNCOMMITTED +LAST SNAPSHOT +PROTECTION$/m);
      assert.match(stdout, /app +main +dirty +1 staged, 2 changed, 3 new +.+ +current$/m);
    });

    it('gives programs the agent, the worktrees and times in ISO 8601', async () => {
      const { code, value } = await json('status');
      assert.equal(code, 0);
      const shape = z.object({
        agent: z.object({ pid: z.int(), version: z.string(), uptimeMs: z.number() }),
        worktrees: z.array(
          z.object({
            path: z.string(),
            branch: z.string(),
            state: z.string(),
            lastSnapshot: z.object({ id: z.string(), createdAt: z.iso.datetime() }),
          }),
        ),
      });
      const [first] = shape.parse(value).worktrees;
      assert.deepEqual(first, {
        path,
        branch: 'main',
        state: 'dirty',
        lastSnapshot: { id: SNAPSHOT_ID, createdAt: '2026-05-04T10:00:00.000Z' },
      });
    });

    it('says what is wrong with a worktree that cannot be protected, and how to bring a lost one back', async () => {
      agent.script.worktrees = [
        worktree(path, { protection: { kind: 'failing', message: 'the disk is full' } }),
        worktree(join(home, 'gone'), { state: 'missing', source: sourceId.parse('b'.repeat(16)) }),
      ];
      const { stdout } = await run('status');
      assert.match(stdout, /^failing .*app: the disk is full$/m);
      assert.match(stdout, /^missing .*gone: bring it back with: bulwark restore 3f2a91c0d4$/m);
    });

    it('says what to do when nothing is protected', async () => {
      agent.script.worktrees = [];
      const { stdout, code } = await run('status');
      assert.equal(code, 0);
      assert.match(stdout, /Nothing is protected yet\. .*bulwark start/);
    });

    it('--watch draws again in place as events come, and Ctrl-C ends it well', async () => {
      const watch = startCli(['status', '--watch'], { home, cwd: path, tty: true });
      await watch.stdout.waitFor('dirty');
      agent.publish({
        kind: 'worktree/changed',
        worktree: worktree(path, { state: 'rebasing', branch: 'topic' }),
      });
      await watch.stdout.waitFor(/topic +rebasing/);
      agent.publish({ kind: 'worktree/removed', source: sourceId.parse('a'.repeat(16)) });
      agent.publish({ kind: 'agent/draining', reason: 'upgrade' });
      await watch.stdout.waitFor('the agent is leaving: upgrade');
      await agent.close();
      await watch.stdout.waitFor('No agent (');
      agent = await startCliAgent(home, path);
      await watch.stdout.waitFor(/No agent[\s\S]*running, pid/);
      watch.signal('SIGINT');
      assert.equal(await watch.code, 0);
      assert.match(watch.stdout.text, /\u001b\[\?1049l[^\u001b]*PROTECTION[^\u001b]*$/);
    });

    it('--watch writes events line by line where there is no terminal', async () => {
      const watch = startCli(['status', '--watch'], { home, cwd: path });
      await watch.stdout.waitFor('PROTECTION');
      agent.publish({
        kind: 'notice/raised',
        notice: {
          id: 'n',
          severity: 'warning',
          message: 'the disk is nearly full',
          source: null,
          action: null,
        },
      });
      await watch.stdout.waitFor(/^\d\d:\d\d:\d\d {2}warning: the disk is nearly full$/m);
      watch.signal('SIGTERM');
      assert.equal(await watch.code, 0);
      assert.ok(!watch.stdout.text.includes('\u001b'), 'no escape sequences in a pipe');
    });
  });

  describe('snapshot and snapshots', () => {
    it('takes a snapshot of the current folder, with its label', async () => {
      const { code, stdout } = await run('snapshot', '--label', 'before the rebase');
      assert.equal(code, 0);
      assert.deepEqual(lastAsked('snapshot/create'), { path, label: 'before the rebase' });
      assert.match(stdout, /^Snapshot 3f2a91c0d4 of .*app \(main\), taken in 0\.04 s$/m);
      assert.match(stdout, /1,234 files, 5\.0 MiB; 4\.0 KiB new, 1\.5 KiB added to the store/);
      assert.match(stdout, /2 entries left out; list them with: bulwark show 3f2a91c0d4/);
    });

    it('gives programs everything about the new snapshot', async () => {
      const { value } = await json('snapshot', '../other');
      assert.deepEqual(lastAsked('snapshot/create'), { path: join(home, 'other') });
      const wanted = z.object({
        id: z.literal(SNAPSHOT_ID),
        worktree: z.literal(path),
        kind: z.literal('manual'),
        createdAt: z.literal(new Date(AT).toISOString()),
        files: z.literal(1234),
        bytes: z.number(),
        newBytes: z.number(),
        storedBytes: z.number(),
        excluded: z.number(),
        durationMs: z.number(),
      });
      wanted.parse(value);
    });

    it('stops cleanly on Ctrl-C: the agent is told, and the state is said', async () => {
      agent.script.hang = 'snapshot/create';
      const taking = startCli(['snapshot'], { home, cwd: path, tty: true });
      await taking.stderr.waitFor(/Reading {2}\[/);
      taking.signal('SIGINT');
      assert.equal(await taking.code, 130);
      assert.match(taking.stderr.text, /bulwark: stopped on request\n {2}No snapshot was taken/);
      assert.equal(taking.stdout.text, '');
    });

    it('leaves at once on the second Ctrl-C', async () => {
      agent.script.hang = 'snapshot/create';
      const taking = startCli(['snapshot', '--json'], { home, cwd: path, tty: true });
      await taking.stderr.waitFor(/Reading {2}\[/);
      taking.signal('SIGINT');
      taking.signal('SIGINT');
      assert.equal(await taking.code, 130);
      const { error } = errorShape.parse(JSON.parse(taking.stdout.text));
      assert.equal(error.reason, 'cancelled');
    });

    it('lists the snapshots of a worktree, of all, and says that there are more', async () => {
      const here = await run('snapshots');
      assert.deepEqual(lastAsked('snapshot/list'), { path, limit: 20 });
      assert.match(here.stdout, /^SNAPSHOT +TAKEN +KIND +BRANCH +FILES +SIZE +NEW +LABEL$/m);
      assert.match(here.stdout, /older ones; see more with --limit 100/);
      await run('snapshots', '--all', '--limit', '5');
      assert.deepEqual(lastAsked('snapshot/list'), { limit: 5 });
      const { value } = await json('snapshots');
      assert.match(JSON.stringify(value), /"createdAt":"2026-05-04T10:00:00\.000Z".*"more":true/);
    });

    it('names the way to all snapshots when the current folder is not protected', async () => {
      agent.script.failure = {
        method: 'snapshot/list',
        error: new BulwarkError('not-protected', 'not protected'),
      };
      const { code, stderr } = await run('snapshots');
      assert.equal(code, 1);
      assert.match(stderr, /is not in a protected worktree\n.*bulwark snapshots --all/);
    });
  });

  describe('show and diff', () => {
    it('shows a snapshot with what was left out and why', async () => {
      const { stdout } = await run('show', 'latest');
      assert.deepEqual(lastAsked('snapshot/show'), { snapshot: 'latest', path });
      assert.match(stdout, /^snapshot +3f2a91c0d4e5f60718293a4b5c6d7e8f$/m);
      assert.match(stdout, /^taken +2026-05-04T10:00:00\.000Z \(/m);
      assert.match(stdout, /^node_modules +regenerable: node_modules$/m);
      assert.match(stdout, /^video\.mov +too-large: larger than 1 GiB +2\.0 GiB$/m);
    });

    it('lists differences, with names that are not UTF-8 made readable', async () => {
      const { stdout } = await run('diff', '3F2A');
      assert.deepEqual(lastAsked('snapshot/diff'), {
        snapshot: '3f2a',
        to: { kind: 'worktree' },
        path,
      });
      assert.match(stdout, /^ {2}\+ new\.txt {2}10 B$/m);
      assert.match(stdout, /^ {2}~ caf\\xe9 {2}10 B → 2\.0 KiB$/m);
      assert.match(stdout, /^2 differences: 1 added, 1 modified\.$/m);
    });

    it('compares with another snapshot or a folder, and gives programs the exact names', async () => {
      await run('diff', 'latest', '80b1');
      assert.deepEqual(z.object({ to: z.unknown() }).parse(lastAsked('snapshot/diff')).to, {
        kind: 'snapshot',
        snapshot: '80b1',
      });
      const { stdout } = await run('diff', 'latest', '../other', '--json');
      assert.ok(stdout.includes('"path":"caf\\udce9"'));
      const { to } = z.object({ to: z.unknown() }).parse(JSON.parse(stdout));
      assert.deepEqual(to, { kind: 'path', path: join(home, 'other') });
    });
  });

  describe('restore', () => {
    it('shows the plan and changes nothing on a dry run', async () => {
      const { code, stdout } = await run('restore', 'latest', '--dry-run');
      assert.equal(code, 0);
      assert.match(stdout, /1 to create, 1 to overwrite, 1 to delete, 1,231 as they are/);
      assert.match(stdout, /Would delete:\n {2}- extra\/\n/);
      assert.match(stdout, /Would overwrite:\n {2}~ src\/app\.ts {2}2\.0 KiB\n/);
      assert.match(stdout, /Would create:\n {2}\+ lost\.txt {2}10 B\n/);
      assert.match(stdout, /Nothing was changed/);
      assert.equal(lastAsked('restore/apply'), undefined);
    });

    it('shows what moves in git, notes, and only the first 20 paths of each kind', async () => {
      agent.script.plan = plan(path, {
        steps: Array.from({ length: 25 }, (_, i) => ({
          path: `file-${i}`,
          action: 'create' as const,
          kind: 'file' as const,
          bytes: 1,
        })),
        creates: 7000,
        gitState: [{ what: 'HEAD', from: '1'.repeat(40), to: null }],
        notes: ['The branch is checked out elsewhere.'],
      });
      const { stdout } = await run('restore', 'latest', '--dry-run', '--with-git-state');
      assert.ok(stdout.includes('file-19') && !stdout.includes('file-20'));
      assert.match(stdout, /… and 6,980 more/);
      assert.match(stdout, /In git:\n {2}HEAD: 1111111111 → \(none\)/);
      assert.match(stdout, /Note: The branch is checked out elsewhere\./);
    });

    it('asks on a terminal and does nothing without a yes', async () => {
      const asking = startCli(['restore', 'latest'], { home, cwd: path, tty: true });
      await asking.stderr.waitFor('Restore? [y/N] ');
      asking.stdin.write('n\n');
      assert.equal(await asking.code, 1);
      assert.match(asking.stderr.text, /bulwark: not restored\n {2}Nothing was changed\./);
      assert.equal(lastAsked('restore/apply'), undefined);
    });

    it('restores after a yes, and says how to undo', async () => {
      const asking = startCli(['restore', 'latest'], { home, cwd: path, tty: true });
      await asking.stderr.waitFor('Restore? [y/N] ');
      asking.stdin.write('y\n');
      assert.equal(await asking.code, 0);
      assert.match(asking.stdout.text, /Restored in .*app: 2 entries written, 1 deleted/);
      assert.match(asking.stdout.text, /kept as snapshot 80b1000000.*bulwark undo/);
    });

    it('takes Ctrl-C at the question for a no, with the exit code of an interrupt', async () => {
      const asking = startCli(['restore', 'latest'], { home, cwd: path, tty: true });
      await asking.stderr.waitFor('Restore? [y/N] ');
      asking.signal('SIGINT');
      assert.equal(await asking.code, 130);
      assert.equal(lastAsked('restore/apply'), undefined);
    });

    it('refuses where nobody can answer, before it asks the agent for anything', async () => {
      for (const argv of [
        ['restore', 'latest'],
        ['restore', 'latest', '--json'],
      ]) {
        const { code } = await run(...argv);
        assert.equal(code, 2);
      }
      assert.deepEqual(agent.script.asked, []);
    });

    it('does not ask when there is nothing to do', async () => {
      agent.script.plan = plan(path, { steps: [], creates: 0, overwrites: 0, deletes: 0 });
      const { code, stdout } = await cli(['restore', 'latest'], { home, cwd: path, tty: true });
      assert.equal(code, 0);
      assert.match(stdout, /Nothing to do: everything is as in the snapshot\./);
    });

    it('passes on what to restore and where to, from wherever it is called', async () => {
      await cli(['restore', '3f2a', '--path', 'a.txt', '--path', '../b', '--to', 'out', '--yes'], {
        home,
        cwd: join(path, 'src'),
      });
      assert.deepEqual(lastAsked('restore/plan'), {
        snapshot: SNAPSHOT_ID,
        paths: ['src/a.txt', 'b'],
        to: join(path, 'src', 'out'),
      });
    });

    it('gives programs what was restored and the way back', async () => {
      const { code, value } = await json('restore', 'latest', '--yes', '--with-git-state');
      assert.equal(code, 0);
      const { restored, deleted, unchanged, undo, verified, durationMs } = z
        .record(z.string(), z.unknown())
        .parse(value);
      assert.deepEqual(
        { restored, deleted, unchanged, undo, verified, durationMs },
        {
          restored: 2,
          deleted: 1,
          unchanged: 1231,
          undo: SAFETY_ID,
          verified: true,
          durationMs: 12,
        },
      );
    });

    it('gives programs the plan of a dry run', async () => {
      const { value } = await json('restore', 'latest', '--dry-run');
      const shape = z.object({
        dryRun: z.literal(true),
        plan: z.object({ creates: z.literal(1), snapshot: z.object({ createdAt: z.string() }) }),
      });
      shape.parse(value);
    });

    it('says on Ctrl-C that the files are as before', async () => {
      agent.script.hang = 'restore/apply';
      const restoring = startCli(['restore', 'latest', '--yes'], { home, cwd: path, tty: true });
      await restoring.stderr.waitFor(/Reading {2}\[/);
      restoring.signal('SIGINT');
      assert.equal(await restoring.code, 130);
      assert.match(restoring.stderr.text, /The restore was taken back: the files are as they were/);
    });
  });

  describe('undo', () => {
    const operation = (id: string, target: string, undone = false) => ({
      id,
      kind: 'restore' as const,
      at: AT,
      snapshot: SNAPSHOT_ID,
      target,
      undo: SAFETY_ID,
      undone,
      restored: 2,
      deleted: 1,
    });

    it('undoes the last restore of this worktree, not that of another one', async () => {
      const other = join(home, 'other');
      agent.script.worktrees.push(worktree(other, { source: sourceId.parse('b'.repeat(16)) }));
      agent.script.operations = [
        operation('op-4', other),
        operation('op-3', path, true),
        operation('op-2', path),
      ];
      const { code, stdout } = await run('undo');
      assert.equal(code, 0);
      assert.deepEqual(lastAsked('restore/undo'), { operation: 'op-2' });
      assert.match(stdout, /^Undone in .*app: 2 entries written/m);
    });

    it('names the restore of another worktree instead of undoing it', async () => {
      const other = join(home, 'other');
      agent.script.worktrees.push(worktree(other, { source: sourceId.parse('b'.repeat(16)) }));
      agent.script.operations = [operation('op-4', other)];
      const { code, stderr } = await run('undo');
      assert.equal(code, 1);
      assert.match(
        stderr,
        /nothing was restored here[\s\S]*other\. Undo that one with: bulwark undo op-4/,
      );
    });

    it('lists the restores of the past', async () => {
      agent.script.operations = [operation('op-3', path, true)];
      const { stdout } = await run('undo', '--list');
      assert.match(stdout, /^op-3 .* restore, undone +3f2a91c0d4 +2 +1 +.*app$/m);
      const { value } = await json('undo', '--list');
      assert.match(JSON.stringify(value), /"at":"2026-05-04T10:00:00\.000Z"/);
    });
  });

  describe('verify and store', () => {
    it('succeeds only when everything can be read back', async () => {
      const good = await run('verify');
      assert.equal(good.code, 0);
      assert.match(good.stdout, /^Everything is there and intact: 1 snapshot, 1,200 blobs/);
      agent.script.verify = {
        ...agent.script.verify,
        ok: false,
        errors: [{ what: 'pack', where: 'p7', message: 'damaged', snapshots: [SNAPSHOT_ID] }],
      };
      const bad = await run('verify');
      assert.equal(bad.code, 1);
      assert.match(bad.stdout, /1 error found.*\n {2}pack p7: damaged\n.*3f2a91c0d4/);
      const { code, value } = await json('verify');
      assert.equal(code, 1);
      const shape = z.object({
        ok: z.literal(false),
        snapshots: z.number(),
        blobs: z.number(),
        bytes: z.number(),
        errors: z.array(z.looseObject({})).length(1),
      });
      shape.parse(value);
    });

    it('shows the sizes of the store, makes the catalog again, and prints nothing but the key', async () => {
      assert.match(
        (await run('store', 'stats')).stdout,
        /^packs +2, 1\.0 MiB \(5\.0 times smaller/m,
      );
      assert.match((await run('store', 'rebuild-catalog')).stdout, /^Catalog rebuilt from 2 packs/);
      const { stdout, stderr } = await run('store', 'export-key');
      assert.equal(stdout, 'bulwark-key-1\n');
      assert.match(stderr, /Keep this key away from this disk/);
    });
  });

  describe('what bad input gets', () => {
    it('a message and what to do, in words and as JSON', async () => {
      agent.script.failure = {
        method: 'snapshot/create',
        error: new BulwarkError('path-missing', '/x\u001b[2J is not there', {
          hint: 'Check the spelling.',
        }),
      };
      const { code, stdout, stderr } = await run('snapshot', '/x');
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.equal(stderr, 'bulwark: /x\\x1b[2J is not there\n  Check the spelling.\n');
      const { value } = await json('snapshot', '/x');
      assert.deepEqual(errorShape.parse(value).error, {
        reason: 'path-missing',
        message: '/x\u001b[2J is not there',
        hint: 'Check the spelling.',
      });
    });

    it('usage errors that name the nearest command, with exit code 2', async () => {
      const { code, stdout, stderr } = await run('snapshto');
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.equal(stderr, "bulwark: unknown command 'snapshto'\n  Did you mean snapshot?\n");
      const { code: jsonCode, value } = await json('restore');
      assert.equal(jsonCode, 2);
      assert.equal(errorShape.parse(value).error.reason, 'usage');
    });

    it('exit code 2 for everything that makes no sense', async () => {
      for (const argv of [
        [],
        ['store'],
        ['store', 'nonsense'],
        ['show'],
        ['show', 'HEAD'],
        ['status', '--nonsense'],
        ['status', 'extra'],
        ['status', '--watch', '--json'],
        ['snapshots', '--limit', '0'],
        ['snapshots', '--limit', 'many'],
        ['snapshots', '--all', '.'],
        ['snapshot', ''],
        ['restore', 'latest', '--to', '', '--yes'],
        ['restore', 'latest', '--path', '../../x', '--yes'],
        ['undo', '--list', 'op-1'],
      ])
        assert.equal((await run(...argv)).code, 2, `bulwark ${argv.join(' ')}`);
      assert.equal(lastAsked('restore/plan'), undefined);
    });
  });

  it('has help with an example for every command', async () => {
    const { code, stdout } = await run('--help');
    assert.equal(code, 0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name]) => name ?? '');
    const commands = names.filter((name) => name !== 'help' && name !== 'store');
    assert.equal(commands.length, 12, stdout);
    const manual = await readFile(resolve('docs/cli.md'), 'utf8');
    for (const name of commands) assert.match(manual, new RegExp(`^bulwark ${name}\\b`, 'm'), name);
    const all = [
      ...commands.map((name) => [name]),
      ...['stats', 'rebuild-catalog', 'export-key'].map((name) => ['store', name]),
    ];
    for (const argv of all) {
      const help = await run(...argv, '--help');
      assert.equal(help.code, 0);
      assert.match(help.stdout, /Examples?:\n {2}\$ bulwark /, argv.join(' '));
      assert.match(help.stdout, /--json/, argv.join(' '));
    }
    assert.equal((await run('--version')).stdout, '0.1.0\n');
  });
});
