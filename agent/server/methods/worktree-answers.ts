import type { HardeningManager, WorktreeView } from '../../manager/hardening-manager';
import type { WorktreeDetails } from '../../protocol/health-entities';
import type { ResultOf } from '../../protocol/methods';
import { alertOf } from './health-answers';
import { worktreeOf } from './worktree-health-answer';

type Monitor = HardeningManager['health'];
type Suggestion = Awaited<ReturnType<Monitor['suggest']>>;

/** One worktree with what is wrong with it. @param kinds of project, by title */
export function detailsOf(
  health: Monitor,
  view: WorktreeView,
  kinds: readonly string[],
): WorktreeDetails {
  const alerts = health.alerts.list().filter(({ phase }) => phase.kind !== 'pending');
  const { path } = view.guard.source;
  return {
    worktree: worktreeOf(view, health, alerts),
    kinds: [...kinds],
    alerts: alerts.filter(({ subject }) => subject.group === path).map(alertOf),
  };
}

/** Components that would suit a folder, as the wire tells them. */
export function suggestionOf({ kinds, components }: Suggestion): ResultOf<'component/suggest'> {
  return { kinds: [...kinds], components: { ...components } };
}
