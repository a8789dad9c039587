import type { Command } from 'commander';
import { describeCommand, type Registrar } from '../program';

/** `bulwark metrics` */
export function registerMetrics(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'metrics',
    summary: 'Print all figures as Prometheus reads them',
    more: 'The text is that of /metrics, which the agent serves when "tcpPort" is set (docs/monitoring.md).',
    examples: [
      ['bulwark metrics', 'all figures, as measured in the last 10 seconds'],
      ['bulwark metrics | promtool check metrics', 'have Prometheus check them'],
    ],
  }).action(() =>
    does(async () => {
      const client = await run.connect();
      const { text } = await run.ask(client, 'metrics/text', {});
      run.result({ text });
      run.print(text.trimEnd());
    }),
  );
}
