import * as entities from '../../protocol/entities';
import type { Notice } from '../../protocol/entities';
import type { Loss } from '../../protection/loss/loss';
import { displayName } from '../../support/names';

/** What a person is told of a loss: once, with the way back. */
export function lossNotice(loss: Loss): Notice {
  const { kind, record, lost, paths, withGitState } = loss;
  const snapshot = entities.snapshotId.parse(record.id);
  return {
    id: `lost-${record.id}`,
    severity: 'warning',
    message: messageOf(loss),
    source: entities.sourceId.parse(record.source.id),
    action: { kind: 'restore', snapshot },
    loss: {
      kind,
      at: record.createdAt,
      worktree: record.source.path,
      lost,
      paths: [...paths],
      withGitState,
    },
  };
}

function messageOf({ kind, record, lost }: Loss): string {
  const place = displayName(record.source.path);
  const files = lost === 1 ? '1 file' : `${String(lost)} files`;
  switch (kind) {
    case 'deleted':
      return `${files} were deleted at once in ${place}. They can be restored as they were.`;
    case 'reverted':
      return `Uncommitted changes of ${files} are gone in ${place}. They can be restored as they were.`;
    case 'folder':
      return `The folder ${place} is gone. It can be restored as it was.`;
    case 'git':
      return `Git cannot read ${place} any more. Its git state can be restored as it was.`;
    case 'stash':
      return `${lost === 1 ? 'A stash' : `${String(lost)} stashes`} of ${place} was dropped. It can be restored.`;
  }
}
