import assert from 'node:assert/strict';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LossGuard } from '../../../agent/protection/loss/loss-guard';
import { silentLog } from '../../../agent/support/log';
import { systemClock } from '../../../agent/support/clock';
import { Git, type GitCall, type GitResult } from '../../../agent/worktrees/git';
import { readStatus } from '../../../agent/worktrees/status';
import { IntegrityWorld } from '../../support/integrity-world';
import { git } from '../../support/restore-world';
import { ManualClock } from '../../unit/server/manual-clock';

const FILES = 30;
const MINUTE = 60_000;

/** Git that remembers what it was asked. */
class WatchedGit extends Git {
  readonly asked: string[] = [];

  override run(call: GitCall): Promise<GitResult> {
    this.asked.push(call.args.join(' '));
    return super.run(call);
  }
}

describe('Files that are gone in the newest state', function () {
  this.timeout(30_000);
  let world: IntegrityWorld;
  let guard: LossGuard;
  /** The guard’s own: it looks when a test has it look, however fast the next capture is. */
  let clock: ManualClock;
  let told: string[];
  /** What the guard has asked git. */
  let asked: readonly string[];

  beforeEach(async () => {
    world = await IntegrityWorld.make();
    told = [];
    watch();
    writeAll();
    await world.snapshot();
  });
  afterEach(async () => {
    await guard.close();
    await world.remove();
  });

  function watch(): void {
    clock = Object.assign(new ManualClock(), {
      now: () => systemClock.now(),
      monotonic: () => systemClock.monotonic(),
    });
    const { protection, repository } = world.open;
    const ownGit = new WatchedGit({ clock: systemClock, log: silentLog });
    asked = ownGit.asked;
    guard = new LossGuard({ protection, repository, git: ownGit, clock, log: silentLog });
    guard.onLoss.on(({ kind, lost }) => told.push(`${kind} ${String(lost)}`));
  }

  function writeAll(): void {
    mkdirSync(join(world.repo, 'src'));
    for (let i = 0; i < FILES; i += 1) write(`src/${String(i)}.txt`, `${String(i)}\n`);
  }

  /** Writes a file as somebody did a minute ago. */
  function write(path: string, text: string): void {
    const file = join(world.repo, path);
    const then = new Date(clock.now() - MINUTE);
    writeFileSync(file, text);
    utimesSync(file, then, then);
  }

  /** Deletes them all, and waits until the journal has that. */
  async function deleted(): Promise<void> {
    let left = FILES;
    const seen = new Promise<void>((resolve) => {
      const subscription = world.open.protection.onEvent.on((event) => {
        if (event.kind !== 'journal-written') return;
        left -= event.record.counts.deleted;
        if (left > 0) return;
        subscription.dispose();
        resolve();
      });
    });
    rmSync(join(world.repo, 'src'), { recursive: true });
    await seen;
    await guard.quiet();
  }

  /** Has the guard take what git says of the worktree now. */
  async function observed(): Promise<void> {
    const { source } = await world.open.protection.guardOf(world.repo);
    assert.ok(source.kind === 'worktree');
    const askedAt = clock.monotonic();
    const ownGit = new Git({ clock: systemClock, log: silentLog });
    guard.observe(source.id, { status: await readStatus(ownGit, source.worktree), askedAt });
  }

  /** Edits a file that git has, and has that captured. */
  async function edited(text: string): Promise<void> {
    write('kept.txt', text);
    await world.snapshot();
  }

  it('are lost when they stay away', async () => {
    await deleted();
    clock.advance(MINUTE);
    await guard.quiet();
    assert.deepEqual(told, [`deleted ${String(FILES)}`]);
  });

  it('are lost also right after a commit, before anything else was captured', async () => {
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'with them');
    await deleted();
    clock.advance(MINUTE);
    await guard.quiet();
    assert.deepEqual(told, [`deleted ${String(FILES)}`]);
  });

  it('are not lost when they were written anew since, and no capture has them yet', async () => {
    await deleted();
    writeAll();
    clock.advance(MINUTE);
    await guard.quiet();
    assert.deepEqual(told, []);
  });

  it('are not lost when they were put aside, and the files were captured before the stash', async () => {
    git(world.repo, 'add', '-A');
    await world.snapshot();
    const stash = git(world.repo, 'stash', 'create');
    await deleted();
    git(world.repo, 'stash', 'store', stash);
    clock.advance(MINUTE);
    await guard.quiet();
    assert.deepEqual(told, []);
  });

  it('are not lost when they were committed and edited twice since, before anybody looked', async () => {
    await observed();
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'all of it');
    await world.snapshot();
    await observed();
    for (const text of ['an edit\n', 'another edit\n']) await edited(text);
    clock.advance(MINUTE);
    await guard.quiet();
    assert.deepEqual(told, []);
  });

  it('are not lost when git took them away, and HEAD was captured before the files', async () => {
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'with them');
    git(world.repo, 'switch', '-q', '-c', 'other');
    git(world.repo, 'rm', '-r', '-q', 'src');
    git(world.repo, 'commit', '-q', '-m', 'without them');
    // As in the middle of a switch: the files of the one, the HEAD of the other.
    writeAll();
    await world.snapshot();
    await guard.close();
    watch();
    await deleted();
    clock.advance(MINUTE);
    await guard.quiet();
    assert.deepEqual(told, []);
  });

  it('are looked for in several states without asking git anything twice', async () => {
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'all of it');
    await world.snapshot();
    await observed();
    for (const text of ['1\n', '2\n', '3\n', '4\n']) {
      await edited(text);
      await observed();
    }
    git(world.repo, 'checkout', '-q', '--', 'kept.txt');
    await world.snapshot();
    await observed();
    clock.advance(MINUTE);
    await guard.quiet();
    assert.deepEqual(told, ['reverted 1']);
    assert.deepEqual(
      asked.filter((question, i) => asked.indexOf(question) !== i),
      [],
    );
  });
});
