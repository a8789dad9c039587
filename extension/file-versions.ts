import type { SnapshotId, TreeEntry, WorktreeInfo } from '../agent/protocol/entities';
import { reasonOf } from './agent-error';
import type { Call } from './agent-link';
import type { SnapshotContent } from './snapshot-content';
import type { SnapshotList } from './snapshot-lists';

const AT_ONCE = 8;
/** Records of the journal that are looked through for one file. */
const JOURNAL = 200;

/** A state that a file was kept in. */
export interface KeptState {
  /** Names a snapshot, or a moment of the journal. */
  readonly id: SnapshotId;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A file as it was, and the newest state that has it like this. */
export interface FileVersion extends KeptState {
  readonly entry: TreeEntry;
}

/**
 * The states that may hold different versions of a file, newest first: the snapshots that were read
 * so far, and the moments of the journal that touched it in their time.
 */
export async function fileStates(
  call: Call,
  worktree: WorktreeInfo,
  list: SnapshotList,
  path: string,
): Promise<readonly KeptState[]> {
  const { entries } = await call('journal/list', {
    path: `${worktree.path}/${path}`,
    limit: JOURNAL,
  });
  const oldest = list.more ? (list.snapshots.at(-1)?.createdAt ?? 0) : 0;
  const moments = entries.filter(({ at }) => at >= oldest).map(({ id, at }) => ({ id, at }));
  const snapshots = list.snapshots.map(({ id, createdAt }) => ({ id, at: createdAt }));
  return [...snapshots, ...moments].sort((a, b) => b.at - a.at);
}

/**
 * The distinct versions of a file in states that are given newest first.
 * Most states hold the same version as their neighbour: showing each of
 * them would bury the few that differ.
 */
export async function fileVersions(
  content: SnapshotContent,
  states: readonly KeptState[],
  path: string,
): Promise<readonly FileVersion[]> {
  const entries: (TreeEntry | null)[] = [];
  for (let at = 0; at < states.length; at += AT_ONCE) {
    const group = states.slice(at, at + AT_ONCE);
    entries.push(...(await Promise.all(group.map(({ id }) => statOrNull(content, id, path)))));
  }
  const versions: FileVersion[] = [];
  let newer: TreeEntry | null = null;
  states.forEach((state, i) => {
    const entry = entries[i] ?? null;
    if (entry !== null && (newer === null || !isSame(entry, newer)))
      versions.push({ ...state, entry });
    newer = entry;
  });
  return versions;
}

async function statOrNull(
  content: SnapshotContent,
  state: SnapshotId,
  path: string,
): Promise<TreeEntry | null> {
  try {
    return await content.stat(state, path);
  } catch (error) {
    if (reasonOf(error) === 'entry-missing') return null;
    throw error;
  }
}

function isSame(a: TreeEntry, b: TreeEntry): boolean {
  return (
    a.kind === b.kind &&
    a.size === b.size &&
    a.mtime === b.mtime &&
    a.mode === b.mode &&
    a.target === b.target
  );
}
