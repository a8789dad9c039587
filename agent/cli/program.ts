import { Command } from 'commander';
import type { Run } from './run';

/** What a command does; the number is its exit code, nothing means success. */
export type Action = () => Promise<number | void>;

/** What every command is registered with. */
export interface Registrar {
  readonly run: Run;
  /** Runs an action and keeps its exit code. */
  readonly does: (action: Action) => Promise<void>;
}

/**
 * A command with the options and the help that all of them have.
 * @param examples lines below the help, each a command with what it does
 */
export function describeCommand(
  parent: Command,
  usage: string,
  summary: string,
  examples: readonly (readonly [string, string])[],
): Command {
  const width = Math.max(...examples.map(([example]) => example.length));
  const lines = examples.map(([example, what]) => `  $ ${example.padEnd(width)}  # ${what}`);
  return parent
    .command(usage)
    .description(summary)
    .option('--json', 'print one JSON object (docs/cli.md tells its shape)')
    .addHelpText(
      'after',
      `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n')}`,
    );
}

/** For options that may be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
