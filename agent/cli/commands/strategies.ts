import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { learnedFile } from '../../protocol/recovery-entities';
import { writeFileAtomic } from '../../support/atomic-file';
import { fileError } from '../../support/errors';
import { usageError } from '../failure';
import { plural } from '../format';
import { absolutePath } from '../paths';
import { describeCommand, type Registrar } from '../program';
import { learnedLines } from '../recovery-view';
import type { Run } from '../run';
import { tableLines } from '../table';

/** `bulwark strategies [--export FILE|--import FILE]` */
export function registerStrategies(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'strategies',
    summary: 'Show what can be done about faults, and what was learned',
    examples: [
      ['bulwark strategies', 'which faults were seen, what was tried, what helped'],
      ['bulwark strategies --export learned.json', 'to take it to another machine'],
      ['bulwark strategies --import learned.json', 'adds it to what is known here'],
    ],
  })
    .option('--export <file>', 'write what was learned to a file')
    .option('--import <file>', 'add what was learned elsewhere')
    .action((options: { export?: string; import?: string }) =>
      does(async () => {
        if (options.export !== undefined && options.import !== undefined)
          throw usageError('--export and --import exclude each other', 'Use one of them.');
        if (options.export !== undefined) await exportTo(run, options.export);
        else if (options.import !== undefined) await importFrom(run, options.import);
        else await show(run);
      }),
    );
}

async function show(run: Run): Promise<void> {
  const known = await run.ask(await run.connect(), 'recovery/strategies', {});
  run.result(known);
  run.print(
    ...tableLines(
      [{ head: 'strategy' }, { head: 'what it does' }],
      known.strategies.map(({ strategy, title }) => [strategy, title]),
      run.style,
    ),
    '',
    ...(known.learned.length === 0
      ? ['Nothing was learned yet: no fault was recovered.']
      : learnedLines(known.learned, run.style)),
  );
}

async function exportTo(run: Run, name: string): Promise<void> {
  const file = absolutePath(run.environment.cwd, name);
  const learned = await run.ask(await run.connect(), 'recovery/export', {});
  await writeFileAtomic(file, `${JSON.stringify(learned, null, 2)}\n`).catch((error: unknown) => {
    throw fileError(error, file);
  });
  const signatures = Object.keys(learned.seen).length;
  run.result({ file, signatures });
  run.print(`${plural(signatures, 'kind')} of faults written to ${file}`);
}

async function importFrom(run: Run, name: string): Promise<void> {
  const file = absolutePath(run.environment.cwd, name);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(error, file);
  });
  const learned = learnedFile.safeParse(parsed(text));
  if (!learned.success) throw usageError(`${file} is not what --export writes`, 'Export it again.');
  const { signatures } = await run.ask(await run.connect(), 'recovery/import', {
    learned: learned.data,
  });
  run.result({ file, signatures });
  run.print(`${plural(signatures, 'kind')} of faults added`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
