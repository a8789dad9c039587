import type { Command } from 'commander';
import type { LogLine } from '../../protocol/health-entities';
import { isoTime } from '../../support/clock';
import { usageError } from '../failure';
import { logLineJson } from '../health-json';
import { countOption, describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { printable } from '../style';

/** Between two looks for more, ms. */
const FOLLOW_MS = 500;
const DEFAULT_LINES = 100;
const MOST_LINES = 1000;

interface Options {
  readonly follow?: boolean;
  readonly lines: number;
}

/** `bulwark logs COMPONENT [--follow] [--lines N]` */
export function registerLogs(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'logs',
    summary: 'Show what a process wrote that the agent runs',
    more: 'The agent keeps the last 1000 lines of each.',
    examples: [
      ['bulwark logs app/web', 'its last lines'],
      ['bulwark logs app/web --follow', 'and those to come, until Ctrl-C'],
    ],
  })
    .argument('<COMPONENT>', 'id of a component')
    .option('-f, --follow', 'keep showing what is added')
    .option('-n, --lines <n>', 'at most so many, 1 to 1000', countOption(MOST_LINES), DEFAULT_LINES)
    .action((id: string, options: Options) => does(() => logs(run, id, options)));
}

async function logs(
  run: Run,
  id: string,
  { follow = false, lines: limit }: Options,
): Promise<void> {
  if (follow && run.json)
    throw usageError('--follow is for people, --json for programs', 'Use one of them.');
  const client = await run.connect();
  let { lines } = await run.ask(client, 'component/logs', { id, limit });
  run.result({ lines: lines.map(logLineJson) });
  print(run, lines);
  let last = lines.at(-1)?.number ?? 0;
  const isOver = (): boolean => run.signal.aborted || !client.open;
  while (follow && !isOver()) {
    await run.environment.clock.sleep(FOLLOW_MS, run.signal);
    if (isOver()) break;
    ({ lines } = await client.call('component/logs', { id, after: last, limit: MOST_LINES }));
    print(run, lines);
    last = lines.at(-1)?.number ?? last;
  }
  if (!client.open) run.note('The agent has left.');
}

function print(run: Run, lines: readonly LogLine[]): void {
  const { style } = run;
  for (const { at, from, text } of lines) {
    const shown = printable(text);
    const line =
      from === 'stderr' ? style.yellow(shown) : from === 'agent' ? style.cyan(`[${shown}]`) : shown;
    run.print(`${style.dim(isoTime(at).slice(11, 23))}  ${line}`);
  }
}
