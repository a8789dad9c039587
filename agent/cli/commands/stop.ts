import type { Command } from 'commander';
import { formatDuration } from '../format';
import { describeCommand, type Registrar } from '../program';

/** `bulwark stop` */
export function registerStop(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'stop',
    summary: 'Ask the agent to finish its work and leave',
    more: 'Nothing is protected until the next start; all snapshots stay.',
    examples: [['bulwark stop', 'succeeds, too, when no agent runs']],
  }).action(() =>
    does(async () => {
      const client = await run.find();
      if (client === null) {
        await run.access.requireNone();
        run.result({ stopped: false, agent: null });
        run.print('No agent is running: nothing to stop.');
        return;
      }
      const { clock } = run.environment;
      const { pid, version } = client.agent;
      const startedAt = clock.monotonic();
      await run.access.drain(client, 'bulwark stop', run.signal);
      const durationMs = Math.round(clock.monotonic() - startedAt);
      run.result({ stopped: true, agent: { pid, version }, durationMs });
      run.print(
        `The agent (pid ${pid}) finished its work and left, in ${formatDuration(durationMs)}.`,
      );
    }),
  );
}
