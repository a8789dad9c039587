import type { Command } from 'commander';
import type { RecoverOutcome } from '../rescue';
import { isoTime } from '../../support/clock';
import { usageError, EXIT } from '../failure';
import { displayPath, formatBytes, plural, shortId } from '../format';
import { absolutePath, shellWord } from '../paths';
import { describeCommand, type Registrar } from '../program';
import { ProgressLine } from '../progress-line';
import type { Run } from '../run';
import { printable } from '../style';
import { tableLines } from '../table';
import { askRecoveryKey, chosenPassphrase, requireNoAgent } from './key';

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly replace?: boolean;
  readonly recoveryKeyFile?: string;
  readonly passphrase?: boolean;
  readonly newPassphraseFile?: string;
}

const COLUMNS = [
  { head: 'PATH' },
  { head: 'SNAPSHOTS', align: 'right' },
  { head: 'NEWEST' },
  { head: 'TAKEN' },
] as const;

/** `bulwark store recover --from DIR` */
export function registerStoreRecover(store: Command, { run, does }: Registrar): void {
  describeCommand(store, {
    name: 'recover',
    summary: 'Make the store again from a replica and the recovery key',
    more: 'Copies the packs, makes the catalog, reads everything back and lists what can be restored. The replica is only read. Run it again when it was interrupted: it goes on where it was.',
    examples: [['bulwark store recover --from /media/backup', 'on a new machine']],
  })
    .option('--from <folder>', 'a replica, or any copy of a store')
    .option(
      '--to <folder>',
      "folder for the agent's state (BULWARK_HOME), instead of the usual one",
    )
    .option('--replace', 'move a store that is there aside; nothing of it is deleted')
    .option('--recovery-key-file <file>', 'file with the recovery key')
    .option('--passphrase', 'guard the store with a new passphrase instead of a key file')
    .option('--new-passphrase-file <file>', 'file with the new passphrase')
    .action((options: Options) =>
      does(async () => {
        if (options.from === undefined)
          throw usageError('--from is missing', 'Name the folder of the replica: --from DIR');
        const from = absolutePath(run.environment.cwd, options.from);
        const home =
          options.to === undefined
            ? run.access.home
            : absolutePath(run.environment.cwd, options.to);
        if (options.to === undefined) await requireNoAgent(run);
        const recoveryKey = await askRecoveryKey(run, options);
        const passphrase = await chosenPassphrase(run, options);
        const outcome = await recover(run, {
          home,
          from,
          recoveryKey,
          passphrase,
          replace: options.replace === true,
        });
        run.result(jsonOf(outcome));
        tell(run, outcome, options.to === undefined ? null : home);
        return outcome.report.ok ? EXIT.ok : EXIT.failed;
      }),
    );
}

async function recover(
  run: Run,
  request: {
    home: string;
    from: string;
    recoveryKey: string;
    passphrase: string | null;
    replace: boolean;
  },
): Promise<RecoverOutcome> {
  const { stderr, clock, rescue } = run.environment;
  const line = new ProgressLine(stderr, clock);
  try {
    return await rescue.recover({
      ...request,
      signal: run.signal,
      progress: (phase, done, total) => {
        if (stderr.isTTY === true) line.update({ phase, done, total, unit: 'bytes' });
      },
    });
  } finally {
    line.close();
  }
}

function jsonOf({ report, sources, ...outcome }: RecoverOutcome): object {
  return {
    ...outcome,
    verified: report.ok,
    errors: report.errors,
    sources: sources.map((source) => ({
      ...source,
      newest: { ...source.newest, createdAt: isoTime(source.newest.createdAt) },
    })),
  };
}

function tell(run: Run, outcome: RecoverOutcome, home: string | null): void {
  const { style, environment } = run;
  const { report, sources, standing, leftBehind, movedTo } = outcome;
  run.print(
    `${style.green('Recovered')} ${plural(outcome.packs, 'pack')}, ${formatBytes(outcome.bytes)}, ` +
      `to ${displayPath(outcome.storePath, environment.homedir)}`,
  );
  if (movedTo !== null)
    run.print(`The store that was there is kept: ${displayPath(movedTo, environment.homedir)}`);
  if (standing === 'older')
    run.print(
      style.red('This recovery key is from before the key was rotated:'),
      `it does not open ${plural(leftBehind, 'pack')}, so what was written since is not here.`,
    );
  if (report.ok) run.print('Everything in it was read back and is intact.', '');
  else {
    run.print(
      style.red(`${plural(report.errors.length, 'error')} found; what is not named is intact:`),
    );
    for (const { what, where, message } of report.errors)
      run.print(`  ${style.red(what)} ${printable(where)}: ${printable(message)}`);
    run.print('');
  }
  if (sources.length === 0) {
    run.print('There are no snapshots in it.');
    return;
  }
  const rows = sources.map(({ path, snapshots, newest }) => [
    printable(displayPath(path, environment.homedir)),
    String(snapshots),
    shortId(newest.id),
    isoTime(newest.createdAt),
  ]);
  run.print(...tableLines(COLUMNS, rows, run.style));
  const [first] = sources;
  const prefix = home === null ? '' : `BULWARK_HOME=${shellWord(home)} `;
  if (first !== undefined)
    run.print(
      '',
      `Restore one in its place, git repository and all: ${prefix}bulwark restore ${shortId(first.newest.id)}`,
      'Only its files, anywhere: add --to FOLDER',
    );
}
