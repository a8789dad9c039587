import { open } from 'node:fs/promises';
import { toFsPath } from '../../support/names';
import type { Clock } from '../../support/clock';
import { runProcess } from '../../worktrees/git-process';
import type { StageItem } from './planner';
import { stagedPath } from './stage';

const SYNC_LIMIT_MS = 120_000;

/** Makes staged files durable: one sync of their file system, or one of each file where that is not to be had. */
export async function syncFiles(
  areas: readonly { readonly staging: string; readonly items: readonly StageItem[] }[],
  clock: Clock,
): Promise<void> {
  for (const { staging, items } of areas) {
    if (items.length > 0 && process.platform === 'linux' && (await syncFileSystem(staging, clock)))
      continue;
    for (const item of items)
      if (item.entry.kind === 'file') await syncFile(stagedPath(staging, item));
  }
}

async function syncFileSystem(path: string, clock: Clock): Promise<boolean> {
  const request = {
    command: 'sync',
    args: ['-f', '.'],
    cwd: path,
    env: process.env,
    timeoutMs: SYNC_LIMIT_MS,
    maxBytes: 1024,
  };
  const outcome = await runProcess(request, clock);
  return outcome.kind === 'exited' && outcome.code === 0;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(toFsPath(path), process.platform === 'win32' ? 'r+' : 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
