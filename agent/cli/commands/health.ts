import type { Command } from 'commander';
import { EXIT, usageError } from '../failure';
import { healthJson, worktreeDetailsJson } from '../health-json';
import { healthLines } from '../health-view';
import { watchHealth } from '../health-watch';
import { absolutePath } from '../paths';
import { describeCommand, type Registrar } from '../program';
import { viewOf } from '../view-context';
import { worktreeDetailsLines } from '../worktree-details-view';

/** `bulwark health [PATH] [--watch]` */
export function registerHealth(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'health',
    summary: 'Show how everything is, and what is wrong',
    more: 'Exits with 1 when something needs you, and with 3 when no agent runs; does not start one.',
    examples: [
      ['bulwark health', 'machine, worktrees, components and alerts'],
      ['bulwark health --watch', 'live, until Ctrl-C'],
      ['bulwark health .', 'this worktree in detail: changes, what is unpushed, its size'],
    ],
  })
    .argument('[PATH]', 'one worktree, in detail; its size on the disk is measured')
    .option('-w, --watch', 'keep showing it as it changes')
    .action((path: string | undefined, { watch = false }: { watch?: boolean }) =>
      does(async () => {
        if (watch && path !== undefined)
          throw usageError('--watch shows everything', 'Leave out the path, or --watch.');
        if (watch && run.json)
          throw usageError('--watch is for people, --json for programs', 'Use one of them.');
        const client = await run.find();
        if (client === null) {
          await run.access.requireNone();
          run.result({ worst: null });
          run.print('No agent is running: nothing is watched.', 'Start it with: bulwark start');
          return EXIT.notRunning;
        }
        if (path !== undefined) {
          const asked = { path: absolutePath(run.environment.cwd, path) };
          const details = await run.ask(client, 'health/worktree', asked);
          run.result(worktreeDetailsJson(details));
          run.print(...worktreeDetailsLines(details, viewOf(run)));
          return details.alerts.some(({ severity }) => severity !== 'info') ? EXIT.failed : EXIT.ok;
        }
        const status = await run.ask(client, 'health/status', {});
        if (watch) {
          await watchHealth(run, client, status);
          return EXIT.ok;
        }
        run.result(healthJson(status));
        run.print(...healthLines(status, viewOf(run)));
        return status.worst === 'warning' || status.worst === 'critical' ? EXIT.failed : EXIT.ok;
      }),
    );
}
