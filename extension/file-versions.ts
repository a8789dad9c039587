import type { SnapshotSummary, TreeEntry } from '../agent/protocol/entities';
import { reasonOf } from './agent-error';
import type { SnapshotContent } from './snapshot-content';

const AT_ONCE = 8;

/** A file as it was, and the newest snapshot that has it like this. */
export interface FileVersion {
  readonly snapshot: SnapshotSummary;
  readonly entry: TreeEntry;
}

/**
 * The distinct versions of a file in snapshots that are given newest first.
 * Most snapshots hold the same version as their neighbour: showing each of
 * them would bury the few that differ.
 */
export async function fileVersions(
  content: SnapshotContent,
  snapshots: readonly SnapshotSummary[],
  path: string,
): Promise<readonly FileVersion[]> {
  const entries: (TreeEntry | null)[] = [];
  for (let at = 0; at < snapshots.length; at += AT_ONCE) {
    const group = snapshots.slice(at, at + AT_ONCE);
    entries.push(...(await Promise.all(group.map((one) => statOrNull(content, one, path)))));
  }
  const versions: FileVersion[] = [];
  let newer: TreeEntry | null = null;
  snapshots.forEach((snapshot, i) => {
    const entry = entries[i] ?? null;
    if (entry !== null && (newer === null || !isSame(entry, newer)))
      versions.push({ snapshot, entry });
    newer = entry;
  });
  return versions;
}

async function statOrNull(
  content: SnapshotContent,
  snapshot: SnapshotSummary,
  path: string,
): Promise<TreeEntry | null> {
  try {
    return await content.stat(snapshot.id, path);
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
