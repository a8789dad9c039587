import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Run } from './run';

/** What a command does; the number is its exit code, nothing means success. */
type Action = () => Promise<number | undefined> | Promise<void>;

/** What every command is registered with. */
export interface Registrar {
  readonly run: Run;
  /** Runs an action and keeps its exit code. */
  readonly does: (action: Action) => Promise<void>;
}

/** What the help says of a command. */
export interface CommandHelp {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What the command's own help says beyond the summary. */
  readonly more?: string;
  /** Command lines, each with what it is for. */
  readonly examples: readonly (readonly [string, string])[];
}

/** A command with the options and the help that all of them have. */
export function describeCommand(
  parent: Command,
  { name, summary, more, examples }: CommandHelp,
): Command {
  return parent
    .command(name)
    .summary(summary)
    .description(more === undefined ? `${summary}.` : `${summary}. ${more}`)
    .addOption(jsonOption())
    .addHelpText('after', exampleText(examples));
}

/** The option that every command has; it counts wherever it stands. */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON object (docs/cli.md tells its shape)');
}

/** The examples at the end of a help text. */
export function exampleText(examples: CommandHelp['examples']): string {
  const width = Math.max(...examples.map(([example]) => example.length));
  const lines = examples.map(([example, what]) => `  $ ${example.padEnd(width)}  # ${what}`);
  return `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n')}`;
}

/** For options that are a whole number from 1 to `most`. */
export function countOption(most: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1 || count > most)
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${String(most)}.`);
    return count;
  };
}

/** For options that may be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
