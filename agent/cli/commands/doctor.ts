import type { Command } from 'commander';
import { doctorLines } from '../doctor-view';
import { EXIT, usageError } from '../failure';
import { collect, describeCommand, type Registrar } from '../program';
import { absolutePath } from '../paths';

interface Options {
  readonly fix?: boolean;
  readonly offer?: readonly string[];
  readonly dryRun?: boolean;
  readonly undo?: string;
}

/** `bulwark doctor [PATH] [--fix]` */
export function registerDoctor(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'doctor',
    summary: "Find what is wrong with git's own files, and mend it",
    more: 'Looks at all worktrees of the repository at PATH. Each repair saves what it changes, is checked, and is taken back when it does not help. Exits with 1 when something is left.',
    examples: [
      ['bulwark doctor', 'look, and tell what could be done'],
      ['bulwark doctor ~/work/app --fix', 'and do it'],
      ['bulwark doctor --fix --offer git.commits-nowhere-else', 'and take up what is only offered'],
      ['bulwark doctor --undo 3f2a91bc', 'take a repair back'],
    ],
  })
    .argument('[PATH]', 'anything in a worktree; the current folder unless given')
    .option('--fix', 'do what is planned')
    .option(
      '--offer <fault>',
      'with --fix: also what is only offered for this fault; may be given several times',
      collect,
    )
    .option('--dry-run', 'only tell what would be done, and why, as without --fix')
    .option('--undo <repair>', 'take a repair back, as long as nobody has gone on from it')
    .action((given: string | undefined, { fix = false, offer, dryRun = false, undo }: Options) =>
      does(async () => {
        if ((fix && dryRun) || (undo !== undefined && (fix || dryRun || given !== undefined)))
          throw usageError('--fix, --dry-run and --undo do not go together', 'Use one of them.');
        if (offer !== undefined && !fix)
          throw usageError('--offer needs --fix', 'Without it, all offers are told.');
        const client = await run.connect();
        if (undo !== undefined) {
          const result = await run.ask(client, 'doctor/undo', { attempt: undo });
          run.result(result);
          run.print(`Taken back: ${result.explain}`);
          return EXIT.ok;
        }
        const path = absolutePath(run.environment.cwd, given ?? '.');
        const stopped = 'A repair that was under way was taken back.';
        const report = await run.ask(
          client,
          'doctor/examine',
          { path, fix, offers: [...(offer ?? [])] },
          stopped,
        );
        run.result(report);
        run.print(...doctorLines(report, { style: run.style, fix }));
        return report.healthy ? EXIT.ok : EXIT.failed;
      }),
    );
}
