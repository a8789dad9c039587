import { Option, type Command } from 'commander';
import type { DrillReport } from '../../protocol/store-entities';
import { EXIT, usageError } from '../failure';
import { displayPath, formatAge, formatBytes, formatDuration, plural, shortId } from '../format';
import { drillJson } from '../json-shapes';
import { absolutePath } from '../paths';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { printable } from '../style';
import { viewOf } from '../view-context';

/** `bulwark drill [PATH] [--last]` */
export function registerDrill(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'drill',
    summary: 'Try out whether the newest backups can be restored',
    more:
      'Each is restored to a scratch folder, every byte, mode and link is compared with the backup, ' +
      'git is asked whether it accepts its state, and the folder is removed. Your files are not touched.',
    examples: [
      ['bulwark drill', 'everything that is protected'],
      ['bulwark drill ~/work/app', 'one worktree'],
      ['bulwark drill --last', 'what the last one of everything showed'],
    ],
  })
    .argument('[PATH]', 'anything in a protected worktree; all of them without it')
    .addOption(new Option('--last', 'only show the last result'))
    .action((path: string | undefined, { last = false }: { last?: boolean }) =>
      does(() => (last ? showLast(run, path) : drill(run, path))),
    );
}

async function drill(run: Run, path: string | undefined): Promise<number> {
  const report = await run.ask(
    await run.connect(),
    'drill/run',
    path === undefined ? {} : { path: absolutePath(run.environment.cwd, path) },
    'The drill was not finished; the scratch folder was removed.',
  );
  return show(run, report);
}

async function showLast(run: Run, path: string | undefined): Promise<number> {
  if (path !== undefined)
    throw usageError('--last is of everything that is protected', 'Leave out the path.');
  const { drill: report } = await run.ask(await run.connect(), 'drill/last', {});
  if (report !== null) return show(run, report);
  run.result({ drill: null });
  run.print('There was no drill yet. Run one with: bulwark drill');
  return EXIT.failed;
}

function show(run: Run, report: DrillReport): number {
  run.result(drillJson(report));
  const { style, now, homedir } = viewOf(run);
  if (report.sources.length === 0)
    run.print('Nothing is protected yet, so there is nothing to try.');
  for (const source of report.sources) {
    const speed = source.restoreMs > 0 ? (source.bytes / source.restoreMs) * 1000 : 0;
    const place = displayPath(source.worktree, homedir);
    const of =
      source.snapshot === null || source.createdAt === null
        ? ''
        : ` ${shortId(source.snapshot)} (${formatAge(source.createdAt, now)})`;
    run.print(`${source.ok ? style.green('restored') : style.red('FAILED')} ${place}${of}`);
    if (source.entries > 0)
      run.print(
        `  ${plural(source.entries, 'entry', 'entries')}, ${formatBytes(source.bytes)} back in ` +
          `${formatDuration(source.restoreMs)} (${formatBytes(speed)}/s), compared in ${formatDuration(source.compareMs)}`,
      );
    if (source.git.kind === 'accepted') run.print('  git accepts its state');
    else if (source.git.kind === 'unproven')
      run.print(`  ${style.yellow('not judged by git')}: ${printable(source.git.message)}`);
    for (const problem of source.problems)
      run.print(`  ${style.red('problem')} ${printable(problem)}`);
  }
  run.print(
    report.ok
      ? `${style.green('Every backup could be restored')}, in ${formatDuration(report.durationMs)}, ${formatAge(report.at, now)}`
      : `${style.red('Not every backup could be restored')}; see what is damaged with: bulwark verify`,
  );
  return report.ok ? EXIT.ok : EXIT.failed;
}
