import type { TreeEntry } from '../repository/tree';
import { diffTrees, type ReadBlob, type TreeRef } from './restore/diff';

/** A path whose content, type or mode differs between two trees. */
export interface TreeChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'modified' | 'type' | 'mode';
  readonly kind: 'file' | 'folder' | 'link' | 'nested';
  /** Bytes; null where there was no file. */
  readonly oldSize: number | null;
  readonly newSize: number | null;
}

/** What changed from one tree to another. Equal subtrees are not read; what was left out is not compared. */
export async function changesBetween(
  read: ReadBlob,
  from: TreeRef,
  to: TreeRef,
): Promise<TreeChange[]> {
  const changes: TreeChange[] = [];
  for await (const step of diffTrees(read, from, to)) {
    if (step.kind !== 'changed') continue;
    const change = changeOf(step.path, step.from?.entry ?? null, step.to?.entry ?? null);
    if (change !== null) changes.push(change);
  }
  return changes;
}

function changeOf(path: string, from: TreeEntry | null, to: TreeEntry | null): TreeChange | null {
  const shown = to ?? from;
  if (shown === null || from?.kind === 'excluded' || to?.kind === 'excluded') return null;
  if (shown.kind === 'excluded') return null;
  return {
    path,
    change: kindOfChange(from, to),
    kind: shown.kind,
    oldSize: from?.kind === 'file' ? from.size : null,
    newSize: to?.kind === 'file' ? to.size : null,
  };
}

function kindOfChange(from: TreeEntry | null, to: TreeEntry | null): TreeChange['change'] {
  if (from === null) return 'added';
  if (to === null) return 'removed';
  if (from.kind !== to.kind) return 'type';
  if (from.kind === 'folder') return 'mode';
  return from.kind === 'file' && to.kind === 'file' && from.id === to.id ? 'mode' : 'modified';
}
