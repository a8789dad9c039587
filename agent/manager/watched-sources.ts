import type { WatchedSource } from '../monitor/watched-source';
import type { DataProtectionLayer } from '../protection/data-protection-layer';

/** What is protected, as the health monitor looks at it. */
export function watchedSources(protection: DataProtectionLayer): WatchedSource[] {
  return protection.guards().map(({ source, cover, newest, journal }) => {
    const files = newest?.roots.find(({ name }) => name === 'files');
    const newestAt = Math.max(newest?.createdAt ?? 0, journal.last?.at ?? 0);
    return {
      id: source.id,
      path: source.path,
      worktree: source.kind === 'worktree' ? source.worktree : null,
      failing: cover.kind === 'failing' ? cover.message : null,
      newestAt: newestAt === 0 ? null : newestAt,
      behindMs: journal.behindMs,
      excluded: files?.totals.excluded ?? 0,
    };
  });
}
