import type { Command } from 'commander';
import type { ResultOf } from '../../protocol/methods';
import { displayPath, formatAge, formatBytes, formatDuration, plural, shortId } from '../format';
import { snapshotJson } from '../json-shapes';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { kindText } from '../snapshot-view';
import { tableLines } from '../table';
import { viewOf } from '../view-context';

type Report = ResultOf<'store/collectGarbage'>;

/** Rows that are listed before the rest is only counted. */
const LISTED = 20;

const CAUSES: Readonly<Record<Report['packs'][number]['cause'], string>> = {
  empty: 'nothing in it is needed',
  sparse: 'little in it is needed',
  small: 'one of many small packs',
};

/** `bulwark gc [--dry-run] [--now]` */
export function registerGc(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'gc',
    summary: 'Delete the snapshots whose time is over, and give back their space',
    more:
      'The agent does so by itself every few hours. Packs that nothing needs are given up first and deleted ' +
      'after a grace. The newest snapshot of each kind of every worktree and pinned ones always stay.',
    examples: [
      ['bulwark gc --dry-run', 'what would go, and why'],
      ['bulwark gc --now', 'without waiting for the grace'],
    ],
  })
    .option('--dry-run', 'only show what would go')
    .option('--now', 'do not wait for the grace before packs are deleted')
    .action((options: { dryRun?: boolean; now?: boolean }) =>
      does(async () => {
        const report = await run.ask(
          await run.connect(),
          'store/collectGarbage',
          { ...options },
          'It was stopped on the way: all that is kept is there, and the rest goes next time.',
        );
        run.result({
          ...report,
          expired: report.expired.map((one) => ({
            ...one,
            snapshot: snapshotJson(one.snapshot),
          })),
        });
        run.print(...reportLines(report, run));
      }),
    );
}

function reportLines(report: Report, run: Run): string[] {
  const { dryRun, expiredTotal, snapshots, freedBytes, waitingBytes, copiedBytes } = report;
  const lines = [...expiredLines(report, run), ...packLines(report, run)];
  if (lines.length > 0) lines.push('');
  if (report.moments > 0)
    lines.push(
      `${plural(report.moments, 'moment')} of the journal ${dryRun ? 'would go' : 'deleted'}`,
    );
  lines.push(
    `${plural(expiredTotal, 'snapshot')} ${dryRun ? 'would go' : 'deleted'}, ${plural(snapshots, 'snapshot')} kept`,
  );
  if (dryRun) {
    const moved = report.packs.reduce(
      (sum, { fate, liveBytes }) => sum + (fate === 'given-up' ? liveBytes : 0),
      0,
    );
    lines.push(
      `about ${formatBytes(Math.max(0, waitingBytes - moved))} would be freed when the grace is over`,
      'Nothing was changed: this was a dry run.',
    );
    return lines;
  }
  lines.push(
    `${run.style.green(`${formatBytes(freedBytes)} freed`)} in ${formatDuration(report.durationMs)}` +
      (copiedBytes === 0 ? '' : `; ${formatBytes(copiedBytes)} that is needed was moved together`),
  );
  if (waitingBytes > 0)
    lines.push(
      `${formatBytes(waitingBytes)} more when the grace is over; or at once with: bulwark gc --now`,
    );
  return lines;
}

function expiredLines({ dryRun, expired, expiredTotal }: Report, run: Run): string[] {
  if (expired.length === 0) return [];
  const view = viewOf(run);
  const rows = expired
    .slice(0, LISTED)
    .map(({ snapshot, why }) => [
      run.style.bold(shortId(snapshot.id)),
      formatAge(snapshot.createdAt, view.now),
      kindText(snapshot),
      displayPath(snapshot.worktree, view.homedir),
      why === 'age' ? 'its time is over' : 'there is no room',
    ]);
  const head = dryRun ? 'WOULD GO' : 'DELETED';
  const columns = [head, 'TAKEN', 'KIND', 'WORKTREE', 'WHY'].map((name) => ({ head: name }));
  return [...tableLines(columns, rows, run.style), ...more(expiredTotal - rows.length, run)];
}

function packLines({ packs, packsTotal }: Report, run: Run): string[] {
  if (packs.length === 0) return [];
  const rows = packs
    .slice(0, LISTED)
    .map(({ pack, bytes, liveBytes, cause, fate }) => [
      shortId(pack),
      formatBytes(bytes),
      formatBytes(liveBytes),
      fate,
      fate === 'waiting' ? 'given up earlier' : CAUSES[cause],
    ]);
  const columns = [
    { head: 'PACK' },
    { head: 'SIZE', align: 'right' },
    { head: 'NEEDED', align: 'right' },
    { head: 'FATE' },
    { head: 'WHY' },
  ] as const;
  return ['', ...tableLines(columns, rows, run.style), ...more(packsTotal - rows.length, run)];
}

function more(count: number, run: Run): string[] {
  return count > 0 ? [run.style.dim(`… and ${String(count)} more`)] : [];
}
