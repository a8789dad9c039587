import assert from 'node:assert/strict';
import { join } from 'node:path';
import { z } from 'zod';
import {
  snapshotId,
  sourceId,
  type Change,
  type SnapshotSummary,
} from '../../../agent/protocol/entities';
import { BulwarkError } from '../../../agent/support/errors';

import { AT, plan, SAFETY_ID, snapshot, SNAPSHOT_ID, worktree } from '../../support/cli-agent';
import { cli, startCli } from '../../support/cli-run';
import { CliFixture } from '../../support/cli-fixture';

describe('bulwark, bringing work back', () => {
  let fixture: CliFixture;

  beforeEach(async () => {
    fixture = await CliFixture.open();
  });

  afterEach(() => fixture.close());

  describe('restore', () => {
    it('shows the plan and changes nothing on a dry run', async () => {
      const { code, stdout } = await fixture.run('restore', 'latest', '--dry-run');
      assert.equal(code, 0);
      assert.match(stdout, /1 to create, 1 to overwrite, 1 to delete, 1,231 as they are/);
      assert.match(stdout, /Would delete:\n {2}- extra\/\n/);
      assert.match(stdout, /Would overwrite:\n {2}~ src\/app\.ts {2}2\.0 KiB\n/);
      assert.match(stdout, /Would create:\n {2}\+ lost\.txt {2}10 B\n/);
      assert.match(stdout, /Nothing was changed/);
      assert.equal(fixture.lastAsked('restore/apply'), undefined);
    });

    it('shows what moves in git, notes, and only the first 20 paths of each kind', async () => {
      fixture.agent.script.plan = plan(fixture.path, {
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
      const { stdout } = await fixture.run('restore', 'latest', '--dry-run', '--with-git-state');
      assert.ok(stdout.includes('file-19') && !stdout.includes('file-20'));
      assert.match(stdout, /… and 6,980 more/);
      assert.match(stdout, /In git:\n {2}HEAD: 1111111111 → \(none\)/);
      assert.match(stdout, /Note: The branch is checked out elsewhere\./);
    });

    it('asks on a terminal and does nothing without a yes', async () => {
      const asking = startCli(['restore', 'latest'], { ...fixture.place, tty: true });
      await asking.stderr.waitFor('Restore? [y/N] ');
      asking.stdin.write('n\n');
      assert.equal(await asking.code, 1);
      assert.match(asking.stderr.text, /bulwark: not restored\n {2}Nothing was changed\./);
      assert.equal(fixture.lastAsked('restore/apply'), undefined);
    });

    it('restores after a yes, and says how to undo', async () => {
      const asking = startCli(['restore', 'latest'], { ...fixture.place, tty: true });
      await asking.stderr.waitFor('Restore? [y/N] ');
      asking.stdin.write('y\n');
      assert.equal(await asking.code, 0);
      assert.match(asking.stdout.text, /Restored in .*app: 2 entries written, 1 deleted/);
      assert.match(asking.stdout.text, /kept as snapshot 80b1000000.*bulwark undo/);
    });

    it('takes Ctrl-C at the question for a no, with the exit code of an interrupt', async () => {
      const asking = startCli(['restore', 'latest'], { ...fixture.place, tty: true });
      await asking.stderr.waitFor('Restore? [y/N] ');
      asking.signal('SIGINT');
      assert.equal(await asking.code, 130);
      assert.equal(fixture.lastAsked('restore/apply'), undefined);
    });

    it('refuses where nobody can answer, before it asks the agent for anything', async () => {
      for (const argv of [
        ['restore', 'latest'],
        ['restore', 'latest', '--json'],
      ]) {
        const { code } = await fixture.run(...argv);
        assert.equal(code, 2);
      }
      assert.deepEqual(fixture.agent.script.asked, []);
    });

    describe('when there is nothing to do', () => {
      const id = (digit: string): SnapshotSummary['id'] => snapshotId.parse(digit.repeat(32));
      const gone = (path: string): Change => ({
        path,
        change: 'removed',
        kind: 'file',
        oldSize: 1,
        newSize: null,
      });

      beforeEach(() => {
        const nothing = { steps: [], creates: 0, overwrites: 0, deletes: 0 };
        fixture.agent.script.plan = plan(fixture.path, nothing);
      });

      it('does not ask, changes nothing, and names the state that was there before the loss', async () => {
        const { script } = fixture.agent;
        script.snapshots = [
          snapshot(fixture.path, { id: id('a'), kind: 'safety', createdAt: AT - 2000 }),
          snapshot(fixture.path, { id: id('b'), label: 'mine', createdAt: AT - 60_000 }),
        ];
        script.changes = new Map([
          [id('a'), []],
          [id('b'), [gone('src/app.ts'), gone('src')]],
        ]);
        for (const argv of [
          ['restore', 'latest', '--with-git-state'],
          ['restore', 'latest', '--with-git-state', '--yes'],
          ['restore', 'latest', '--with-git-state', '--dry-run'],
        ]) {
          const { code, stdout } = await cli(argv, { ...fixture.place, tty: true });
          assert.equal(code, 0);
          assert.match(stdout, /Nothing to do: everything is as in this snapshot\./);
          assert.match(
            stdout,
            /bbbbbbbbbb.*, manual, "mine", taken .*:\n2 entries would come back/,
          );
          assert.match(stdout, /^ {2}bulwark restore bbbbbbbbbb --with-git-state$/m);
        }
        assert.equal(fixture.lastAsked('restore/apply'), undefined);
      });

      it('goes back to before files began to disappear one after the other', async () => {
        const { script } = fixture.agent;
        const states = [
          { id: id('a'), files: 500, createdAt: AT - 1000 },
          { id: id('b'), files: 900, createdAt: AT - 3000 },
          { id: id('c'), files: 1000, createdAt: AT - 5000 },
          { id: id('d'), files: 1000, createdAt: AT - 6000 },
        ];
        script.snapshots = states.map((state) => snapshot(fixture.path, state));
        script.changes = new Map(states.map((state) => [state.id, [gone('x')]]));
        const { stdout } = await fixture.run('restore', 'latest', '--yes');
        assert.match(stdout, /^ {2}bulwark restore cccccccccc$/m);
      });

      it('looks only at the paths that were asked for', async () => {
        const { script } = fixture.agent;
        script.snapshots = [
          snapshot(fixture.path, { id: id('a'), createdAt: AT - 1000 }),
          snapshot(fixture.path, { id: id('b'), createdAt: AT - 2000 }),
        ];
        script.changes = new Map([
          [id('a'), [gone('lib/x')]],
          [id('b'), [gone('my file')]],
        ]);
        const { stdout } = await fixture.run('restore', 'latest', '--yes', '--path', 'my file');
        assert.match(stdout, /^ {2}bulwark restore bbbbbbbbbb --path 'my file'$/m);
      });

      it('says so when no earlier state differs', async () => {
        fixture.agent.script.snapshots = [];
        const { stdout } = await fixture.run('restore', 'latest', '--yes');
        assert.match(stdout, /No earlier snapshot differs from it\. See: bulwark snapshots\n/);
      });

      it('tells programs the same', async () => {
        const { script } = fixture.agent;
        script.snapshots = [snapshot(fixture.path, { id: id('b'), createdAt: AT - 1000 })];
        script.changes = new Map([[id('b'), [gone('x')]]]);
        const { code, value } = await fixture.json('restore', 'latest', '--yes');
        assert.equal(code, 0);
        const shape = z.object({
          operation: z.null(),
          restored: z.literal(0),
          deleted: z.literal(0),
          unchanged: z.literal(1231),
          undo: z.null(),
          verified: z.literal(true),
          durationMs: z.literal(0),
          earlier: z.object({
            snapshot: z.object({ id: z.literal(id('b')), createdAt: z.iso.datetime() }),
            creates: z.literal(1),
            overwrites: z.literal(0),
            deletes: z.literal(0),
          }),
        });
        shape.parse(value);
      });
    });

    it('says of the newest snapshot that it may have been taken after the loss', async () => {
      const asking = startCli(['restore', 'latest'], { ...fixture.place, tty: true });
      await asking.stderr.waitFor('Restore? [y/N] ');
      assert.match(asking.stdout.text, /may have been taken after a loss/);
      asking.stdin.write('n\n');
      await asking.code;
    });

    it('sends whoever is outside of all worktrees to the snapshots, not to protect that folder', async () => {
      fixture.agent.script.failure = {
        method: 'restore/plan',
        error: new BulwarkError('not-protected', 'no', { hint: 'Protect it.' }),
      };
      const { code, stderr } = await fixture.run('restore', 'latest', '--dry-run');
      assert.equal(code, 1);
      assert.match(stderr, /is in no protected worktree\n.*bulwark snapshots --all/);
    });

    it('passes on what to restore and where to, from wherever it is called', async () => {
      await cli(['restore', '3f2a', '--path', 'a.txt', '--path', '../b', '--to', 'out', '--yes'], {
        ...fixture.place,
        cwd: join(fixture.path, 'src'),
      });
      assert.deepEqual(fixture.lastAsked('restore/plan'), {
        snapshot: SNAPSHOT_ID,
        paths: ['src/a.txt', 'b'],
        to: join(fixture.path, 'src', 'out'),
      });
    });

    it('gives programs what was restored and the way back', async () => {
      const { code, value } = await fixture.json('restore', 'latest', '--yes', '--with-git-state');
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
      const { value } = await fixture.json('restore', 'latest', '--dry-run');
      const shape = z.object({
        dryRun: z.literal(true),
        plan: z.object({ creates: z.literal(1), snapshot: z.object({ createdAt: z.string() }) }),
      });
      shape.parse(value);
    });

    it('says on Ctrl-C that the files are as before', async () => {
      fixture.agent.script.hang = 'restore/apply';
      const restoring = startCli(['restore', 'latest', '--yes'], { ...fixture.place, tty: true });
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
      const other = join(fixture.home, 'other');
      fixture.agent.script.worktrees.push(
        worktree(other, { source: sourceId.parse('b'.repeat(16)) }),
      );
      fixture.agent.script.operations = [
        operation('op-4', other),
        operation('op-3', fixture.path, true),
        operation('op-2', fixture.path),
      ];
      const { code, stdout } = await fixture.run('undo');
      assert.equal(code, 0);
      assert.deepEqual(fixture.lastAsked('restore/undo'), { operation: 'op-2' });
      assert.match(stdout, /^Undone in .*app: 2 entries written/m);
    });

    it('undoes an undo, too, so that nothing is ever lost by it', async () => {
      fixture.agent.script.operations = [
        { ...operation('op-5', fixture.path), kind: 'undo' },
        operation('op-4', fixture.path, true),
      ];
      await fixture.run('undo');
      assert.deepEqual(fixture.lastAsked('restore/undo'), { operation: 'op-5' });
    });

    it('names the restore of another worktree instead of undoing it', async () => {
      const other = join(fixture.home, 'other');
      fixture.agent.script.worktrees.push(
        worktree(other, { source: sourceId.parse('b'.repeat(16)) }),
      );
      fixture.agent.script.operations = [operation('op-4', other)];
      const { code, stderr } = await fixture.run('undo');
      assert.equal(code, 1);
      assert.match(
        stderr,
        /nothing was restored here[\s\S]*other\. Undo that one with: bulwark undo op-4/,
      );
    });

    it('lists the restores of the past', async () => {
      fixture.agent.script.operations = [operation('op-3', fixture.path, true)];
      const { stdout } = await fixture.run('undo', '--list');
      assert.match(stdout, /^op-3 .* restore, undone +3f2a91c0d4 +2 +1 +.*app$/m);
      const { value } = await fixture.json('undo', '--list');
      assert.match(JSON.stringify(value), /"at":"2026-05-04T10:00:00\.000Z"/);
    });
  });
});
