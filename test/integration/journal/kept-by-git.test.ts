import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptByGit } from '../../../agent/protection/loss/kept-by-git';
import type { SnapshotRecord } from '../../../agent/repository/record';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { Git } from '../../../agent/worktrees/git';
import { IntegrityWorld } from '../../support/integrity-world';
import { git } from '../../support/restore-world';

describe('A file that was reverted', () => {
  let world: IntegrityWorld;
  beforeEach(async () => {
    world = await IntegrityWorld.make();
  });
  afterEach(() => world.remove());

  async function kept(record: SnapshotRecord): Promise<string[]> {
    const { repository } = world.open;
    const tools = { git: new Git({ clock: systemClock, log: silentLog }), repository };
    return [...(await keptByGit(tools, world.repo, record, ['kept.txt', '.env'], 'HEAD'))];
  }

  /** A state with the files of before a commit and the HEAD of after it, as it is while git works. */
  async function torn(): Promise<SnapshotRecord> {
    const before = await world.snapshot();
    writeFileSync(join(world.repo, 'kept.txt'), 'of the next commit\n');
    git(world.repo, 'commit', '-q', '-a', '-m', 'next');
    const { git: now } = await world.snapshot();
    return { ...before, git: now };
  }

  it('is not lost when a commit has it that HEAD was at, also if HEAD had moved on already', async () => {
    assert.deepEqual(await kept(await torn()), ['kept.txt']);
  });

  it('is lost when no commit had it', async () => {
    writeFileSync(join(world.repo, 'kept.txt'), 'never committed\n');
    assert.deepEqual(await kept(await torn()), []);
  });
});
