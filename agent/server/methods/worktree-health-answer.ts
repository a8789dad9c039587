import { sourceId } from '../../protocol/entities';
import type { WorktreeHealth } from '../../protocol/health-entities';
import type { HardeningManager, WorktreeView } from '../../manager/hardening-manager';

type Monitor = HardeningManager['health'];
type Facts = ReturnType<Monitor['worktrees']['facts']['of']>;

/** A worktree as the wire tells how it is. */
export function worktreeOf(
  { guard, status }: WorktreeView,
  health: Monitor,
  alerts: ReturnType<Monitor['alerts']['list']>,
): WorktreeHealth {
  const { source, newest, journal } = guard;
  const worktree = source.kind === 'worktree' ? source.worktree : null;
  const files = newest?.roots.find(({ name }) => name === 'files');
  const facts = health.worktrees.facts.of(source.id);
  const newestAt = Math.max(newest?.createdAt ?? 0, journal.last?.at ?? 0);
  return {
    source: sourceId.parse(source.id),
    path: source.path,
    state: worktree === null ? 'plain' : (status?.state ?? 'unreadable'),
    branch: status?.branch ?? null,
    detached: status !== null && status.branch === null && status.head !== null,
    locked: worktree?.locked != null,
    prunable: worktree?.prunable != null,
    commitsNowhereElse: health.worktrees.commitsNowhereElse(source.id),
    unpushed: status?.upstream?.ahead ?? null,
    unpushedSince: facts.unpushedSince,
    changes: status === null ? null : changesOf(status),
    dependencies: facts.dependencies.map((one) => ({ ...one })),
    disk: facts.disk === null ? null : diskOf(facts.disk),
    newestAt: newestAt === 0 ? null : newestAt,
    behindMs: journal.behindMs,
    excluded: files?.totals.excluded ?? 0,
    alerts: alerts.filter(({ subject }) => subject.group === source.path).length,
  };
}

function changesOf({
  staged,
  unstaged,
  untracked,
  conflicted,
}: NonNullable<WorktreeView['status']>): WorktreeHealth['changes'] {
  return { staged, unstaged, untracked, conflicted };
}

function diskOf({ use, at }: NonNullable<Facts['disk']>): WorktreeHealth['disk'] {
  return { ...use, at, regenerable: use.regenerable.map((one) => ({ ...one })) };
}
