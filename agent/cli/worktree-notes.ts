import type { WorktreeHealth } from '../protocol/health-entities';
import { formatDuration, plural } from './format';

/** What is worth knowing of a worktree beside its state, in words. @param now ms since 1970 */
export function worktreeNotes(one: WorktreeHealth, now: number): string[] {
  const notes: string[] = [];
  if (one.locked) notes.push('locked');
  if (one.prunable) notes.push('prunable');
  if (one.commitsNowhereElse > 0)
    notes.push(`${plural(one.commitsNowhereElse, 'commit')} on no branch`);
  if (one.unpushed !== null && one.unpushed > 0) notes.push(unpushedText(one, now));
  if (one.dependencies?.some(({ state }) => state === 'behind') === true)
    notes.push('dependencies out of step');
  return notes;
}

/** `2 unpushed`, and since when where that is an hour or more. */
function unpushedText({ unpushed, unpushedSince }: WorktreeHealth, now: number): string {
  const age = unpushedSince == null ? 0 : now - unpushedSince;
  const since = age < 3_600_000 ? '' : ` for ${formatDuration(age)}`;
  return `${String(unpushed ?? 0)} unpushed${since}`;
}
