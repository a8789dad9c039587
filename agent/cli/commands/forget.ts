import type { Command } from 'commander';
import { BulwarkError } from '../../support/errors';
import { EXIT, usageError } from '../failure';
import { plural } from '../format';
import { snapshotJson } from '../json-shapes';
import { describeCommand, type Registrar } from '../program';
import { canAsk, confirm } from '../prompt';
import type { Run } from '../run';
import { snapshotTable } from '../snapshot-view';
import { printable } from '../style';
import { viewOf } from '../view-context';

interface Options {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `bulwark forget SNAPSHOT… [--dry-run] [--yes]` */
export function registerForget(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'forget',
    summary: 'Delete snapshots for good',
    more: 'Their space is given back by "bulwark gc". A pinned snapshot must be unpinned first.',
    examples: [
      ['bulwark forget 3f2a91 77c0de', 'shows them and asks'],
      ['bulwark forget 3f2a91 --dry-run', 'what it would mean'],
    ],
  })
    .argument('<SNAPSHOT...>', 'beginnings of ids, or "latest"')
    .option('--dry-run', 'only show what would go')
    .option('-y, --yes', 'do not ask')
    .action((snapshots: readonly string[], options: Options) =>
      does(() => forget(run, snapshots, options)),
    );
}

async function forget(
  run: Run,
  refs: readonly string[],
  { dryRun = false, yes = false }: Options,
): Promise<number> {
  if (!dryRun && !yes && (run.json || !canAsk(run.environment)))
    throw usageError(
      'there is nobody to ask',
      'Add --yes to delete without being asked, or --dry-run to see what would go.',
    );
  const client = await run.connect();
  const plan = await run.ask(client, 'snapshot/planDelete', {
    snapshots: [...refs],
    path: run.environment.cwd,
  });
  const { snapshots, notes } = plan;
  if (dryRun || !yes) {
    run.print(...snapshotTable(snapshots, true, viewOf(run)));
    for (const note of notes) run.print(run.style.yellow(printable(note)));
  }
  const listed = snapshots.map(snapshotJson);
  if (dryRun) {
    run.result({ dryRun: true, snapshots: listed, notes, deleted: 0 });
    run.print('Nothing was changed: this was a dry run.');
    return EXIT.ok;
  }
  const count = plural(snapshots.length, 'snapshot');
  if (!yes && !(await confirm(run.environment, `Delete ${count} for good?`, run.signal)))
    throw new BulwarkError('cancelled', 'not deleted', { hint: 'Nothing was changed.' });
  const ids = snapshots.map(({ id }) => id);
  const { deleted } = await run.ask(client, 'snapshot/delete', { snapshots: ids });
  run.result({ dryRun: false, snapshots: listed, notes, deleted });
  run.print(
    `${run.style.green('Deleted')} ${plural(deleted, 'snapshot')}; bulwark gc gives their space back`,
  );
  return EXIT.ok;
}
