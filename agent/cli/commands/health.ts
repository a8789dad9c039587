import type { Command } from 'commander';
import { EXIT, usageError } from '../failure';
import { healthJson } from '../health-json';
import { healthLines } from '../health-view';
import { watchHealth } from '../health-watch';
import { describeCommand, type Registrar } from '../program';
import { viewOf } from '../view-context';

/** `bulwark health [--watch]` */
export function registerHealth(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'health',
    summary: 'Show how everything is, and what is wrong',
    more: 'Exits with 1 when something needs you, and with 3 when no agent runs; does not start one.',
    examples: [
      ['bulwark health', 'machine, worktrees, components and alerts'],
      ['bulwark health --watch', 'live, until Ctrl-C'],
    ],
  })
    .option('-w, --watch', 'keep showing it as it changes')
    .action(({ watch = false }: { watch?: boolean }) =>
      does(async () => {
        if (watch && run.json)
          throw usageError('--watch is for people, --json for programs', 'Use one of them.');
        const client = await run.find();
        if (client === null) {
          await run.access.requireNone();
          run.result({ worst: null });
          run.print('No agent is running: nothing is watched.', 'Start it with: bulwark start');
          return EXIT.notRunning;
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
