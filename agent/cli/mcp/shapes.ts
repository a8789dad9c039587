import { z } from 'zod';
import type { Change, Notice, PlanStep, SnapshotSummary } from '../../protocol/entities';
import type { AlertInfo } from '../../protocol/health-entities';
import { isoTime } from '../../support/clock';
import { displayName } from '../../support/names';

/*
 * What models read: times as ISO 8601, paths that can be printed, and little else than what helps
 * to decide what to do next.
 */

export const time = z.string().describe('ISO 8601, UTC');

export const alertShape = z.object({
  severity: z.enum(['info', 'warning', 'critical']),
  about: z.string(),
  message: z.string(),
  hint: z.string().describe('what can be done'),
  since: time,
});

/** An alert for a model. */
export function alertFor(alert: AlertInfo): z.infer<typeof alertShape> {
  const { severity, subject, message, hint, startsAt } = alert;
  return {
    severity,
    about: displayName(subject.name),
    message: displayName(message),
    hint,
    since: isoTime(startsAt),
  };
}

export const lossShape = z.object({
  message: z.string(),
  snapshot: z.string().nullable().describe('holds what was lost: restore it to have it back'),
});

/** A loss for a model. */
export function lossFor({ message, action }: Notice): z.infer<typeof lossShape> {
  return {
    message: displayName(message),
    snapshot: action?.kind === 'restore' ? action.snapshot : null,
  };
}

export const snapshotShape = z.object({
  id: z.string(),
  worktree: z.string(),
  taken: time,
  kind: z.enum(['manual', 'automatic', 'safety']),
  label: z.string().nullable(),
  branch: z.string().nullable(),
  files: z.int(),
  bytes: z.int(),
});

/** A snapshot for a model. */
export function snapshotFor(snapshot: SnapshotSummary): z.infer<typeof snapshotShape> {
  const { id, worktree, createdAt, kind, label, branch, files, bytes } = snapshot;
  return {
    id,
    worktree: displayName(worktree),
    taken: isoTime(createdAt),
    kind,
    label: label === null ? null : displayName(label),
    branch: branch === null ? null : displayName(branch),
    files,
    bytes,
  };
}

export const changeShape = z.object({
  path: z.string(),
  change: z.enum(['added', 'removed', 'modified', 'type', 'mode']),
  oldSize: z.int().nullable(),
  newSize: z.int().nullable(),
});

/** A difference for a model. */
export function changeFor({ path, change, oldSize, newSize }: Change): z.infer<typeof changeShape> {
  return { path: displayName(path), change, oldSize, newSize };
}

export const stepShape = z.object({
  action: z.enum(['create', 'overwrite', 'delete', 'mode']),
  path: z.string(),
  bytes: z.int(),
});

/** A step of a plan for a model. */
export function stepFor({ action, path, bytes }: PlanStep): z.infer<typeof stepShape> {
  return { action, path: displayName(path), bytes };
}
