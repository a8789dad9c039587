import type { AgentClient } from '../protocol/client';
import type { WorktreeInfo } from '../protocol/entities';
import { plural } from './format';
import { absolutePath } from './paths';
import type { Run } from './run';
import { worktreeNotes, worktreeTable } from './status-view';
import { viewOf } from './view-context';

/** Absolute paths of what is to be protected; the current folder when nothing was given. */
export function pathsToProtect(run: Run, given: readonly string[]): string[] {
  return (given.length === 0 ? ['.'] : given).map((path) =>
    absolutePath(run.environment.cwd, path),
  );
}

/**
 * Has the agent protect each path, in order.
 * @returns all worktrees that are protected by it, each once
 */
export async function protectPaths(
  run: Run,
  client: AgentClient,
  paths: readonly string[],
): Promise<WorktreeInfo[]> {
  const found = new Map<string, WorktreeInfo>();
  for (const path of paths) {
    const { worktrees } = await run.ask(
      client,
      'worktree/protect',
      { path },
      'It is protected, but has no complete first snapshot yet; that comes with the next change. See: bulwark status',
    );
    for (const worktree of worktrees) found.set(worktree.source, worktree);
  }
  return [...found.values()];
}

/** What to say of worktrees that are protected now, and what to do next. */
export function protectedLines(run: Run, worktrees: readonly WorktreeInfo[]): string[] {
  const view = viewOf(run);
  return [
    `${run.style.green('Protected')}: ${plural(worktrees.length, 'worktree')}`,
    '',
    ...worktreeTable(worktrees, view),
    ...worktreeNotes(worktrees, view),
    '',
    'Next:',
    '  bulwark status --watch    see what happens, live',
    '  bulwark snapshots         the states that are kept',
    '  bulwark restore SNAPSHOT  go back to one; shows what would change, and asks',
  ];
}
