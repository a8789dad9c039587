import type { SnapshotGit, SnapshotRecord } from '../../repository/record';
import { readText, type ReadBlob, type TreeRef } from './diff';

/** One tree of a snapshot by its name. */
export function rootOf(
  snapshot: SnapshotRecord | null,
  name: SnapshotRecord['roots'][number]['name'],
): TreeRef | null {
  return snapshot?.roots.find((root) => root.name === name) ?? null;
}

/** The full name of the branch that was checked out. */
export function branchRef(git: SnapshotGit): string | null {
  if (git.branch === null) return null;
  return git.branch.startsWith('refs/') ? git.branch : `refs/heads/${git.branch}`;
}

/** The commit that a ref had, from the refs that a snapshot holds. */
export async function refIn(read: ReadBlob, tree: TreeRef, ref: string): Promise<string | null> {
  const loose = /^([0-9a-f]{40,64})\s*$/.exec((await readText(read, tree, ref)) ?? '')?.[1];
  if (loose !== undefined) return loose;
  const packed = (await readText(read, tree, 'packed-refs')) ?? '';
  const line = packed.split('\n').find((row) => row.endsWith(` ${ref}`));
  return line?.split(' ')[0] ?? null;
}
