import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorktreeStatuses } from '../../../agent/monitor/worktree-status';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { discover } from '../../../agent/worktrees/discovery';
import { Git } from '../../../agent/worktrees/git';
import { git } from '../../support/restore-world';

const ASKED = 40;

describe('how git sees a worktree', () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-statuses-')));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is read once for all who ask at once, and again for those who ask later', async function () {
    if (process.platform === 'win32') this.skip();
    const repo = join(root, 'app');
    mkdirSync(repo);
    git(repo, 'init', '-q', '-b', 'main');
    writeFileSync(join(repo, 'new.txt'), 'new');
    // A git that counts how often it is asked for the status.
    const calls = join(root, 'calls');
    const counting = join(root, 'git');
    writeFileSync(calls, '');
    writeFileSync(
      counting,
      `#!/bin/sh\ncase "$*" in *status*) echo status >> '${calls}';; esac\nexec git "$@"\n`,
    );
    chmodSync(counting, 0o755);
    const common = { clock: systemClock, log: silentLog };
    const asked = new Git({ ...common, gitPath: counting });
    const found = await discover(asked, repo);
    assert.ok(found.kind !== 'folder');
    const [worktree] = found.worktrees;
    assert.ok(worktree !== undefined);
    const statuses = new WorktreeStatuses({ git: asked, ...common });
    const observed = { id: 'app', worktree };
    const count = (): number => readFileSync(calls, 'utf8').split('\n').length - 1;
    try {
      const all = Array.from({ length: ASKED }, () => statuses.read(observed));
      const states = await Promise.all(all);
      assert.equal(states.filter((status) => status !== null).length, ASKED);
      assert.equal(count(), 1);
      await statuses.read(observed);
      assert.equal(count(), 2);
    } finally {
      statuses.close();
    }
  });
});
