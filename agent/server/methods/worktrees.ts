import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import { infoOf } from './convert';
import { progressOf } from './reading-progress';

type WorktreeMethods = Pick<Handlers, 'worktree/protect' | 'worktree/unprotect' | 'worktree/list'>;

/** Answers about worktrees. */
export function worktreeMethods(manager: HardeningManager): WorktreeMethods {
  const { protection } = manager;
  return {
    'worktree/protect': async ({ path }, context) => {
      const sources = await protection.protect(path, {
        signal: context.signal,
        onProgress: progressOf(context),
      });
      const ids = new Set(sources.map(({ id }) => id));
      const views = await manager.worktrees();
      return { worktrees: views.filter(({ guard }) => ids.has(guard.source.id)).map(infoOf) };
    },
    'worktree/unprotect': async ({ path }) => {
      await protection.unprotect(path);
      return {};
    },
    'worktree/list': async () => ({ worktrees: (await manager.worktrees()).map(infoOf) }),
  };
}
