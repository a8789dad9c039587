import { Argument, type Command } from 'commander';
import { backupKind, type BackupKind } from '../../protocol/entities';
import type { ResultOf } from '../../protocol/methods';
import { isoTime } from '../../support/clock';
import { displayPath, formatAge, formatBytes, formatDuration, plural, shortId } from '../format';
import { snapshotJson } from '../json-shapes';
import { usageError } from '../failure';
import { keptPath } from '../paths';
import { describeCommand, exampleText, jsonOption, type Registrar } from '../program';
import type { Run } from '../run';
import { tableLines } from '../table';
import { viewOf } from '../view-context';

/** `bulwark backup run KIND [PATH] [--all]`, `bulwark backup schedule` */
export function registerBackup(program: Command, registrar: Registrar): void {
  const backup = program
    .command('backup')
    .summary('Take a backup of a kind, and see when they run by themselves')
    .description('Take a backup of a kind, and see when they run by themselves.')
    .addOption(jsonOption())
    .addHelpText('after', exampleText([['bulwark backup schedule', 'when each kind runs']]));
  registerRun(backup, registrar);
  registerSchedule(backup, registrar);
}

function registerRun(backup: Command, { run, does }: Registrar): void {
  describeCommand(backup, {
    name: 'run',
    summary: 'Take a backup now and prove it',
    more:
      'Of the worktree that holds PATH (the current folder unless given). A full backup reads and hashes ' +
      'every file again and reads back all that it needs from the store; a differential one reads back what ' +
      'differs from the last full one, an incremental one what it added; a snapshot is what is taken anyway.',
    examples: [
      ['bulwark backup run full', 'of the worktree you are in'],
      ['bulwark backup run incremental --all', 'of every worktree'],
    ],
  })
    .addArgument(new Argument('<KIND>', 'which kind').choices(backupKind.options))
    .argument('[PATH]', 'a path in a protected worktree')
    .option('--all', 'of every worktree')
    .action((kind: BackupKind, path: string | undefined, { all = false }: { all?: boolean }) =>
      does(async () => {
        if (all && path !== undefined) throw usageError('give a PATH or --all, not both');
        const at = keptPath(run.environment.cwd, path ?? '.');
        const { backups } = await run.ask(
          await run.connect(),
          'backup/run',
          all ? { kind } : { kind, path: at },
          'The backup was not finished; those you have are untouched.',
        );
        run.result({
          backups: backups.map((one) => ({ ...one, snapshot: snapshotJson(one.snapshot) })),
        });
        if (backups.length === 0) run.print('Nothing is protected.');
        for (const one of backups) run.print(...backupLines(one, run));
      }),
    );
}

function backupLines(
  { snapshot, provenBlobs, provenBytes, mended }: ResultOf<'backup/run'>['backups'][number],
  run: Run,
): string[] {
  const kind = snapshot.backup === 'snapshot' ? 'Snapshot' : `${capital(snapshot.backup)} backup`;
  const lines = [
    `${run.style.green(kind)} ${run.style.bold(shortId(snapshot.id))} of ` +
      `${displayPath(snapshot.worktree, run.environment.homedir)}, in ${formatDuration(snapshot.durationMs)}`,
    `  ${plural(snapshot.files, 'file')}, ${formatBytes(snapshot.bytes)}; ${formatBytes(snapshot.newBytes)} new`,
  ];
  if (snapshot.backup !== 'snapshot')
    lines.push(
      `  proven: ${plural(provenBlobs, 'stored blob')}, ${formatBytes(provenBytes)} read back from the disk`,
    );
  if (mended) lines.push(`  ${run.style.yellow('damage in the store was found, and mended')}`);
  return lines;
}

function registerSchedule(backup: Command, { run, does }: Registrar): void {
  describeCommand(backup, {
    name: 'schedule',
    summary: 'Show when backups run and how long they are kept',
    more: 'The patterns are those of cron, in local time; docs/settings.md tells how to change them.',
    examples: [['bulwark backup schedule', 'when each kind runs']],
  }).action(() =>
    does(async () => {
      const { kinds } = await run.ask(await run.connect(), 'backup/schedule', {});
      run.result({
        kinds: kinds.map(({ last, next, ...kind }) => ({
          ...kind,
          last: last === null ? null : isoTime(last),
          next: next === null ? null : isoTime(next),
        })),
      });
      const { now } = viewOf(run);
      run.print(
        ...tableLines(
          [
            { head: 'KIND' },
            { head: 'WHEN' },
            { head: 'LAST' },
            { head: 'NEXT' },
            { head: 'KEPT' },
          ],
          kinds.map(({ kind, pattern, keepMs, last, next, heldBy = null }) => [
            kind,
            whenText(kind, pattern),
            last === null ? '-' : formatAge(last, now),
            next === null
              ? '-'
              : next <= now
                ? (heldBy ?? 'now')
                : `in ${formatDuration(next - now)}`,
            formatDuration(keepMs),
          ]),
          run.style,
        ),
      );
    }),
  );
}

function whenText(kind: string, pattern: string | null): string {
  if (kind === 'snapshot') return 'after changes settle';
  return kind === 'journal' ? 'at each change' : (pattern ?? 'never');
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
