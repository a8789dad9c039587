import type { Command } from 'commander';
import type { VerifyReport } from '../../protocol/entities';
import { EXIT } from '../failure';
import { formatBytes, formatDuration, plural, shortId } from '../format';
import { describeCommand, type Registrar } from '../program';
import { printable, type Style } from '../style';

/** `bulwark verify` */
export function registerVerify(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'verify',
    summary: 'Read the whole store back and check everything',
    more: 'Every hash is checked, and that each snapshot is complete. Exits with 0 only when everything can be restored.',
    examples: [['bulwark verify', 'exits with 0 only when everything can be restored']],
  }).action(() =>
    does(async () => {
      const client = await run.connect();
      const report = await run.ask(
        client,
        'store/verify',
        {},
        'The store was not read to its end, so this says nothing about it; nothing was changed.',
      );
      run.result(report);
      run.print(...reportLines(report, run.style));
      return report.ok ? EXIT.ok : EXIT.failed;
    }),
  );
}

function reportLines(report: VerifyReport, style: Style): string[] {
  const read =
    `${plural(report.snapshots, 'snapshot')}, ${plural(report.blobs, 'blob')}, ` +
    `${plural(report.packs, 'pack')}, ${formatBytes(report.bytes)} in ${formatDuration(report.durationMs)}`;
  if (report.ok) return [`${style.green('Everything is there and intact')}: ${read}`];
  return [
    `${style.red(`${plural(report.errors.length, 'error')} found`)}: ${read}`,
    ...report.errors.flatMap(({ what, where, message, snapshots }) => [
      `  ${style.red(what)} ${printable(where)}: ${printable(message)}`,
      ...(snapshots.length === 0
        ? []
        : [`    misses something: ${snapshots.map(shortId).join(', ')}`]),
    ]),
    'What is not named here can still be restored.',
  ];
}
