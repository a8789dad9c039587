import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { join, resolve } from 'node:path';
import { z } from 'zod';
import { sourceId } from '../../../agent/protocol/entities';
import { BulwarkError } from '../../../agent/support/errors';
import { AT, SNAPSHOT_ID, worktree } from '../../support/cli-agent';
import { startCli } from '../../support/cli-run';
import { CliFixture, errorIn } from '../../support/cli-fixture';

describe('bulwark, with an agent that runs', () => {
  let fixture: CliFixture;

  beforeEach(async () => {
    fixture = await CliFixture.open();
  });

  afterEach(() => fixture.close());

  describe('status', () => {
    it('shows the agent and a row for each worktree', async () => {
      const { code, stdout } = await fixture.run('status');
      assert.equal(code, 0);
      assert.match(stdout, /^Agent 0\.1\.0 running, pid \d+, up 1 h 2 min, 1 client$/m);
      assert.match(stdout, /^WORKTREE +BRANCH +STATE +UNCOMMITTED +LAST SNAPSHOT +PROTECTION$/m);
      assert.match(stdout, /app +main +dirty +1 staged, 2 changed, 3 new +.+ +current$/m);
    });

    it('gives programs the agent, the worktrees and times in ISO 8601', async () => {
      const { code, value } = await fixture.json('status');
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
        path: fixture.path,
        branch: 'main',
        state: 'dirty',
        lastSnapshot: { id: SNAPSHOT_ID, createdAt: '2026-05-04T10:00:00.000Z' },
      });
    });

    it('says what is wrong with a worktree that cannot be protected, and how to bring a lost one back', async () => {
      fixture.agent.script.worktrees = [
        worktree(fixture.path, { protection: { kind: 'failing', message: 'the disk is full' } }),
        worktree(join(fixture.home, 'gone'), {
          state: 'missing',
          source: sourceId.parse('b'.repeat(16)),
        }),
      ];
      const { stdout } = await fixture.run('status');
      assert.match(stdout, /^failing .*app: the disk is full$/m);
      assert.match(
        stdout,
        /^missing .*gone is not there; bring it back with: bulwark restore 3f2a91c0d4$/m,
      );
    });

    it('says what to do when nothing is protected', async () => {
      fixture.agent.script.worktrees = [];
      const { stdout, code } = await fixture.run('status');
      assert.equal(code, 0);
      assert.match(stdout, /Nothing is protected yet\. .*bulwark start/);
    });

    it('--watch draws again in place as events come, and Ctrl-C ends it well', async () => {
      const watch = startCli(['status', '--watch'], { ...fixture.place, tty: true });
      await watch.stdout.waitFor('dirty');
      fixture.agent.publish({
        kind: 'worktree/changed',
        worktree: worktree(fixture.path, { state: 'rebasing', branch: 'topic' }),
      });
      await watch.stdout.waitFor(/topic +rebasing/);
      fixture.agent.publish({ kind: 'worktree/removed', source: sourceId.parse('a'.repeat(16)) });
      fixture.agent.publish({ kind: 'agent/draining', reason: 'upgrade' });
      await watch.stdout.waitFor('the agent is leaving: upgrade');
      await fixture.agent.close();
      await watch.stdout.waitFor('No agent (');
      await fixture.restartAgent();
      await watch.stdout.waitFor(/No agent[\s\S]*running, pid/);
      watch.signal('SIGINT');
      assert.equal(await watch.code, 0);
      assert.match(watch.stdout.text, /\u001b\[\?1049l[^\u001b]*PROTECTION[^\u001b]*$/);
    });

    it('--watch writes events line by line where there is no terminal', async () => {
      const watch = startCli(['status', '--watch'], { ...fixture.place });
      await watch.stdout.waitFor('PROTECTION');
      fixture.agent.publish({
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
      const { code, stdout } = await fixture.run('snapshot', '--label', 'before the rebase');
      assert.equal(code, 0);
      assert.deepEqual(fixture.lastAsked('snapshot/create'), {
        path: fixture.path,
        label: 'before the rebase',
      });
      assert.match(stdout, /^Snapshot 3f2a91c0d4 of .*app \(main\), taken in 42 ms$/m);
      assert.match(stdout, /1,234 files, 5\.0 MiB; 4\.0 KiB new, 1\.5 KiB added to the store/);
      assert.match(stdout, /2 entries left out; list them with: bulwark show 3f2a91c0d4/);
    });

    it('gives programs everything about the new snapshot', async () => {
      const { value } = await fixture.json('snapshot', '../other');
      assert.deepEqual(fixture.lastAsked('snapshot/create'), { path: join(fixture.home, 'other') });
      const wanted = z.object({
        id: z.literal(SNAPSHOT_ID),
        worktree: z.literal(fixture.path),
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
      fixture.agent.script.hang = 'snapshot/create';
      const taking = startCli(['snapshot'], { ...fixture.place, tty: true });
      await taking.stderr.waitFor(/Reading {2}\[/);
      taking.signal('SIGINT');
      assert.equal(await taking.code, 130);
      assert.match(taking.stderr.text, /bulwark: stopped on request\n {2}No snapshot was taken/);
      assert.equal(taking.stdout.text, '');
    });

    it('leaves at once on the second Ctrl-C', async () => {
      fixture.agent.script.hang = 'snapshot/create';
      const taking = startCli(['snapshot', '--json'], { ...fixture.place, tty: true });
      await taking.stderr.waitFor(/Reading {2}\[/);
      taking.signal('SIGINT');
      taking.signal('SIGINT');
      assert.equal(await taking.code, 130);
      const error = errorIn(JSON.parse(taking.stdout.text));
      assert.equal(error.reason, 'cancelled');
    });

    it('lists the snapshots of a worktree, of all, and says that there are more', async () => {
      const here = await fixture.run('snapshots');
      assert.deepEqual(fixture.lastAsked('snapshot/list'), { path: fixture.path, limit: 20 });
      assert.match(here.stdout, /^SNAPSHOT +TAKEN +KIND +BRANCH +FILES +SIZE +NEW +LABEL$/m);
      assert.match(here.stdout, /older ones; see more with --limit 100/);
      await fixture.run('snapshots', '--all', '--limit', '5');
      assert.deepEqual(fixture.lastAsked('snapshot/list'), { limit: 5 });
      const { value } = await fixture.json('snapshots');
      assert.match(JSON.stringify(value), /"createdAt":"2026-05-04T10:00:00\.000Z".*"more":true/);
    });

    it('names the way to all snapshots when the current folder is not protected', async () => {
      fixture.agent.script.failure = {
        method: 'snapshot/list',
        error: new BulwarkError('not-protected', 'not protected'),
      };
      const { code, stderr } = await fixture.run('snapshots');
      assert.equal(code, 1);
      assert.match(stderr, /is not in a protected worktree\n.*bulwark snapshots --all/);
    });
  });

  describe('show and diff', () => {
    it('shows a snapshot with what was left out and why', async () => {
      const { stdout } = await fixture.run('show', 'latest');
      assert.deepEqual(fixture.lastAsked('snapshot/show'), {
        snapshot: 'latest',
        path: fixture.path,
      });
      assert.match(stdout, /^snapshot +3f2a91c0d4e5f60718293a4b5c6d7e8f$/m);
      assert.match(stdout, /^taken +2026-05-04T10:00:00\.000Z \(/m);
      assert.match(stdout, /^node_modules +regenerable: node_modules$/m);
      assert.match(stdout, /^video\.mov +too-large: larger than 1 GiB +2\.0 GiB$/m);
    });

    it('lists differences, with names that are not UTF-8 made readable', async () => {
      const { stdout } = await fixture.run('diff', '3F2A');
      assert.deepEqual(fixture.lastAsked('snapshot/diff'), {
        snapshot: '3f2a',
        to: { kind: 'worktree' },
        path: fixture.path,
      });
      assert.match(stdout, /^ {2}\+ new\.txt {2}10 B$/m);
      assert.match(stdout, /^ {2}~ caf\\xe9 {2}10 B → 2\.0 KiB$/m);
      assert.match(stdout, /^2 differences: 1 added, 1 modified\.$/m);
    });

    it('compares with another snapshot or a folder, and gives programs the exact names', async () => {
      await fixture.run('diff', 'latest', '80b1');
      assert.deepEqual(z.object({ to: z.unknown() }).parse(fixture.lastAsked('snapshot/diff')).to, {
        kind: 'snapshot',
        snapshot: '80b1',
      });
      const { stdout } = await fixture.run('diff', 'latest', '../other', '--json');
      assert.ok(stdout.includes('"path":"caf\\udce9"'));
      const { to } = z.object({ to: z.unknown() }).parse(JSON.parse(stdout));
      assert.deepEqual(to, { kind: 'path', path: join(fixture.home, 'other') });
    });
  });

  describe('verify and store', () => {
    it('succeeds only when everything can be read back', async () => {
      const good = await fixture.run('verify');
      assert.equal(good.code, 0);
      assert.match(good.stdout, /^Everything is there and intact: 1 snapshot, 1,200 blobs/);
      fixture.agent.script.verify = {
        ...fixture.agent.script.verify,
        ok: false,
        errors: [{ what: 'pack', where: 'p7', message: 'damaged', snapshots: [SNAPSHOT_ID] }],
      };
      const bad = await fixture.run('verify');
      assert.equal(bad.code, 1);
      assert.match(bad.stdout, /1 error found.*\n {2}pack p7: damaged\n.*3f2a91c0d4/);
      const { code, value } = await fixture.json('verify');
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
        (await fixture.run('store', 'stats')).stdout,
        /^packs +2, 1\.0 MiB \(5\.0 times smaller/m,
      );
      assert.match(
        (await fixture.run('store', 'rebuild-catalog')).stdout,
        /^Catalog rebuilt from 2 packs/,
      );
      const { stdout, stderr } = await fixture.run('store', 'export-key');
      assert.equal(stdout, 'bulwark-key-1\n');
      assert.match(stderr, /Keep this key away from this disk/);
    });
  });

  describe('what bad input gets', () => {
    it('a message and what to do, in words and as JSON', async () => {
      fixture.agent.script.failure = {
        method: 'snapshot/create',
        error: new BulwarkError('path-missing', '/x\u001b[2J is not there', {
          hint: 'Check the spelling.',
        }),
      };
      const { code, stdout, stderr } = await fixture.run('snapshot', '/x');
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.equal(stderr, 'bulwark: /x\\x1b[2J is not there\n  Check the spelling.\n');
      const { value } = await fixture.json('snapshot', '/x');
      assert.deepEqual(errorIn(value), {
        reason: 'path-missing',
        message: '/x\u001b[2J is not there',
        hint: 'Check the spelling.',
      });
    });

    it('usage errors that name the nearest command, with exit code 2', async () => {
      const { code, stdout, stderr } = await fixture.run('snapshto');
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.equal(stderr, "bulwark: unknown command 'snapshto'\n  Did you mean snapshot?\n");
      const { code: jsonCode, value } = await fixture.json('restore');
      assert.equal(jsonCode, 2);
      assert.equal(errorIn(value).reason, 'usage');
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
        assert.equal((await fixture.run(...argv)).code, 2, `bulwark ${argv.join(' ')}`);
      assert.equal(fixture.lastAsked('restore/plan'), undefined);
    });

    it('and names the command whose help to read, and what to do about a missing path', async () => {
      const hintOf = async (...argv: string[]): Promise<string | null> =>
        errorIn((await fixture.json(...argv)).value).hint;
      assert.equal(
        await hintOf('status', 'extra'),
        'See what it takes with: bulwark status --help',
      );
      assert.equal(
        await hintOf('store', 'stats', '--all'),
        'See what it takes with: bulwark store stats --help',
      );
      assert.equal(await hintOf(), 'List them with: bulwark --help');
      assert.equal(await hintOf('store'), 'List them with: bulwark store --help');
      fixture.agent.script.failure = {
        method: 'snapshot/create',
        error: new BulwarkError('path-missing', '/nowhere is not there'),
      };
      assert.match((await hintOf('snapshot', '/nowhere')) ?? '', /Check the spelling/);
    });

    it('counts --json wherever it stands', async () => {
      const { code, stdout } = await fixture.run('--json', 'store', '--json', 'stats');
      assert.equal(code, 0);
      assert.equal(z.object({ packs: z.number() }).parse(JSON.parse(stdout)).packs, 2);
    });
  });

  it('has help with an example for every command', async () => {
    const { code, stdout } = await fixture.run('--help');
    assert.equal(code, 0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name]) => name ?? '');
    const commands = names.filter((name) => name !== 'help');
    assert.ok(commands.length >= 27, stdout);
    const manual = await readFile(resolve('docs/cli.md'), 'utf8');
    for (const name of commands) assert.match(manual, new RegExp(`^bulwark ${name}\\b`, 'm'), name);
    const all = [
      ...commands.map((name) => [name]),
      ...['stats', 'rebuild-catalog', 'export-key', 'recover'].map((name) => ['store', name]),
      ...['add', 'remove', 'status', 'sync', 'verify'].map((name) => ['replica', name]),
      ...['status', 'export', 'passphrase', 'file', 'rotate', 'import'].map((name) => [
        'key',
        name,
      ]),
      ['backup', 'run'],
      ...['list', 'show', 'undo'].map((name) => ['recoveries', name]),
      ['backup', 'schedule'],
      ...['list', 'ack', 'silence', 'unsilence', 'resolve', 'channels', 'test', 'undelivered'].map(
        (name) => ['alerts', name],
      ),
      ...['list', 'start', 'stop', 'restart', 'approve', 'revoke'].map((name) => [
        'components',
        name,
      ]),
    ];
    for (const argv of all) {
      const help = await fixture.run(...argv, '--help');
      assert.equal(help.code, 0);
      assert.match(help.stdout, /Examples?:\n {2}\$ bulwark /, argv.join(' '));
      assert.match(help.stdout, /--json/, argv.join(' '));
    }
    assert.equal((await fixture.run('--version')).stdout, '0.1.0\n');
  });
});
