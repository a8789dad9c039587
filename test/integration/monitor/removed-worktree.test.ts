import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import type { WatchedSource } from '../../../agent/monitor/watched-source';
import { WorktreeHealth } from '../../../agent/monitor/worktree-health';
import { WorktreeStatuses } from '../../../agent/monitor/worktree-status';
import { Git } from '../../../agent/worktrees/git';

describe('a worktree that is gone', () => {
  let folder: string;
  let repo: string;
  let linked: string;
  let source: WatchedSource;

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
      cwd: repo,
      encoding: 'utf8',
    });

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-gone-')));
    repo = join(folder, 'app');
    linked = join(folder, 'linked');
    mkdirSync(repo);
    git('init', '-q');
    git('commit', '-q', '--allow-empty', '-m', 'one');
    git('worktree', 'add', '-q', linked);
    const commonDir = join(repo, '.git');
    source = {
      id: 'linked',
      path: linked,
      worktree: {
        path: linked,
        gitDir: join(commonDir, 'worktrees', 'linked'),
        commonDir,
        role: 'linked',
        head: { kind: 'unreadable' },
        locked: null,
        prunable: null,
        exists: true,
        sparse: false,
        fault: null,
      },
      failing: null,
      newestAt: null,
      behindMs: 100_000,
      excluded: 0,
    };
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function faults(): Promise<string[]> {
    const own = new Git({ clock: systemClock, log: silentLog });
    const options = { clock: systemClock, log: silentLog, git: own };
    const health = new WorktreeHealth({
      ...options,
      statuses: new WorktreeStatuses(options),
      source: () => source,
    });
    const found: string[] = [];
    health.onLook.on((look) => {
      found.push(...look.findings.map(({ fault }) => fault));
    });
    await health.look(source.id);
    await health.close();
    return found.filter((fault) => fault.startsWith('worktree.'));
  }

  it('is a fault when its folder was deleted', async () => {
    assert.deepEqual(await faults(), ['worktree.journal-behind'], 'while it is there');
    rmSync(linked, { recursive: true });
    source = { ...source, failing: 'it is not there' };
    assert.deepEqual(await faults(), ['worktree.missing']);
  });

  it('is none when git was asked to remove it', async () => {
    git('worktree', 'remove', linked);
    source = { ...source, failing: 'it is not there' };
    assert.deepEqual(await faults(), []);
  });
});
