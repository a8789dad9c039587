import type { Command } from 'commander';
import { displayPath } from '../format';
import { keptPath } from '../paths';
import { describeCommand, type Registrar } from '../program';

/** `bulwark unprotect PATH` */
export function registerUnprotect(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'unprotect',
    summary: 'Stop watching a worktree or folder',
    more: 'Its snapshots stay and can be restored.',
    examples: [['bulwark unprotect ../old-worktree', 'no more snapshots of it']],
  })
    .argument('<PATH>', 'a protected worktree or folder')
    .action((text: string) =>
      does(async () => {
        const path = keptPath(run.environment.cwd, text);
        await run.ask(await run.connect(), 'worktree/unprotect', { path });
        run.result({ unprotected: path });
        run.print(
          `${displayPath(path, run.environment.homedir)} is no longer protected. Its snapshots stay.`,
        );
      }),
    );
}
