import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import { toFsPath } from '../../support/names';
import { findEntry } from '../restore/diff';
import { rootOf } from '../restore/snapshot-parts';

/**
 * Which of these files are on disk though a state does not have them: they were written since (by a
 * switch back to another branch, by a tool that removes and writes anew), and the next state will.
 * @param folder of the source
 * @param after its newest state
 * @param paths relative, '/'-separated
 */
export async function writtenAnew(
  repository: Repository,
  folder: string,
  after: SnapshotRecord,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const read = repository.read.bind(repository);
  const files = rootOf(after, 'files');
  const found = new Set<string>();
  for (const path of paths) {
    if (files !== null && (await findEntry(read, files, path)) !== null) continue;
    if (await isOnDisk(folder, path)) found.add(path);
  }
  return found;
}

/** Whether a file or link is there now. @param path relative, '/'-separated */
export async function isOnDisk(folder: string, path: string): Promise<boolean> {
  // Whatever cannot be looked at is not there for its owner either.
  const there = await lstat(toFsPath(join(folder, path))).catch(() => null);
  return there !== null && !there.isDirectory();
}
