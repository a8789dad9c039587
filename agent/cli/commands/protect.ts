import type { Command } from 'commander';
import { worktreeJson } from '../json-shapes';
import { describeCommand, type Registrar } from '../program';
import { pathsToProtect, protectedLines, protectPaths } from '../protect-paths';

/** `bulwark protect [PATH…]` */
export function registerProtect(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'protect',
    summary: 'Protect further repositories or folders',
    more: 'Every worktree of the repository at PATH is protected, or the folder itself when it is in none.',
    examples: [['bulwark protect ~/work/app ~/notes', 'a repository and a plain folder']],
  })
    .argument('[PATH...]', 'repositories or folders; the current folder unless given')
    .action((given: readonly string[]) =>
      does(async () => {
        const paths = pathsToProtect(run, given);
        const worktrees = await protectPaths(run, await run.connect(), paths);
        run.result({ worktrees: worktrees.map(worktreeJson) });
        run.print(...protectedLines(run, worktrees));
      }),
    );
}
