import * as entities from '../../protocol/entities';
import type { Notice } from '../../protocol/entities';
import type { KeepingEvent } from '../../protection/backups/keeping';
import { displayName } from '../../support/names';

type SpaceEvent = Extract<KeepingEvent, { kind: 'space' }>;
type FailedEvent = Extract<KeepingEvent, { kind: 'backup-failed' }>;

/** What a person is told (once: a notice that was claimed is not shown again) when the store has come to one of its limits, and when it is over. */
export function spaceNotice(space: SpaceEvent['space'], forgotten: number): Notice {
  const common = { source: null, action: null } as const;
  const gone =
    forgotten === 0
      ? 'There was no snapshot left to give up: the newest of each worktree and the pinned ones stay.'
      : `To make room, ${String(forgotten)} of the oldest snapshots were given up; the newest of each worktree and the pinned ones stay.`;
  switch (space.pressure) {
    case 'none':
      return {
        ...common,
        id: `space-enough-${String(space.usedBytes)}`,
        severity: 'info',
        message: 'The store has enough room again.',
      };
    case 'quota':
      return {
        ...common,
        id: `space-quota-${String(space.usedBytes)}`,
        severity: 'warning',
        message: `The store has reached its quota of ${mebibytes(space.quotaBytes ?? 0)}. ${gone}`,
      };
    case 'floor':
      return {
        ...common,
        id: `space-floor-${String(space.usedBytes)}`,
        severity: 'error',
        message: `The disk of the store is nearly full: ${mebibytes(space.freeBytes)} are free. Only the newest states are kept until there is more. ${gone}`,
      };
  }
}

/** What a person is told when a scheduled backup failed. */
export function backupNotice({ source, backup, message }: FailedEvent): Notice {
  return {
    id: `backup-failed-${backup}-${source.id}`,
    severity: 'error',
    message: `The ${backup} backup of ${displayName(source.path)} failed: ${message}. It is tried again.`,
    source: entities.sourceId.parse(source.id),
    action: { kind: 'show-log' },
  };
}

function mebibytes(bytes: number): string {
  return `${String(Math.round(bytes / 1024 / 1024))} MiB`;
}
