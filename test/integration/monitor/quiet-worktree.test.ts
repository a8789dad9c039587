import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HealthMonitor } from '../../../agent/monitor/health-monitor';
import type { WatchedSource } from '../../../agent/monitor/watched-source';
import { WorktreeStatuses } from '../../../agent/monitor/worktree-status';
import { silentLog } from '../../../agent/support/log';
import { discover } from '../../../agent/worktrees/discovery';
import { Git } from '../../../agent/worktrees/git';
import { ManualClock } from '../../unit/server/manual-clock';

/** Of the monitor, as its timer takes it, ms. */
const TURN_MS = 2_500;
/** Less than the five minutes after which a worktree is looked at though nothing happens. */
const TURNS = 24;

describe('a fault in a worktree in which nothing happens any more', () => {
  let folder: string;
  let health: HealthMonitor;

  afterEach(async () => {
    await health.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is told as soon as it has been there for as long as it takes to believe it', async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-quiet-')));
    const run = (...args: string[]): void => {
      const author = ['-c', 'user.name=a', '-c', 'user.email=a@b.c'];
      execFileSync('git', ['-C', folder, ...author, ...args]);
    };
    run('init', '-q', 'app');
    run('-C', 'app', 'commit', '-q', '--allow-empty', '-m', 'one');
    run('-C', 'app', 'worktree', 'add', '-q', join(folder, 'linked'));
    const clock = new ManualClock();
    const git = new Git({ clock, log: silentLog });
    const found = await discover(git, join(folder, 'app'));
    assert.ok(found.kind === 'repository');
    const sources = found.worktrees.map((worktree): WatchedSource => {
      const { path } = worktree;
      return { id: path, path, worktree, failing: null, newestAt: null, behindMs: 0, excluded: 0 };
    });
    health = await HealthMonitor.open({
      home: join(folder, 'home'),
      clock,
      log: silentLog,
      git,
      statuses: new WorktreeStatuses({ git, clock, log: silentLog }),
      sources: () => sources,
      store: () => ({ packBytes: 0, packs: 0, journalRecords: 0 }),
    });
    await health.takeTurn();
    rmSync(join(folder, 'linked'), { recursive: true });
    const phase = (): string | undefined =>
      health.alerts.list().find(({ fault }) => fault === 'worktree.missing')?.phase.kind;
    for (let turn = 0; turn < TURNS && phase() !== 'firing'; turn++) {
      clock.advance(TURN_MS);
      await health.takeTurn();
      // One look is taken after the other: those that the turn began are over after this one.
      await health.worktrees.look('of nothing');
    }
    assert.equal(phase(), 'firing');
  });
});
