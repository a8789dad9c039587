import type { Command } from 'commander';
import type { RepairResult, VerifyReport } from '../../protocol/store-entities';
import { EXIT } from '../failure';
import { displayPath, formatBytes, formatDuration, plural, shortId } from '../format';
import { affectedLines } from '../integrity-view';
import { affectedJson, verifyJson } from '../json-shapes';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { printable } from '../style';

/** So many files are listed; `--json` has the first thousand. */
const SHOWN = 20;

/** `bulwark verify [--repair]` */
export function registerVerify(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'verify',
    summary: 'Read the whole store back and check everything',
    more: 'Every hash is checked, and that each snapshot is complete. Exits with 0 only when everything can be restored.',
    examples: [
      ['bulwark verify', 'exits with 0 only when everything can be restored'],
      ['bulwark verify --repair', 'and mends what is damaged, as far as it can be'],
    ],
  })
    .option('--repair', 'mend what is damaged: from other packs, your folders and replicas')
    .action(({ repair = false }: { repair?: boolean }) => does(() => verify(run, repair)));
}

async function verify(run: Run, repair: boolean): Promise<number> {
  const client = await run.connect();
  const report = await run.ask(
    client,
    'store/verify',
    {},
    'The store was not read to its end, so this says nothing about it; nothing was changed.',
  );
  run.print(...reportLines(report, run));
  const plan = report.repair;
  if (!repair || plan === null) {
    const also = repair ? { repaired: null } : {};
    run.result({ ...verifyJson(report), ...also });
    if (plan !== null) run.print('Mend what can be mended with: bulwark verify --repair');
    return report.ok ? EXIT.ok : EXIT.failed;
  }
  run.print('', 'To be done:', ...planLines(plan, run));
  const result = await run.ask(
    client,
    'store/repair',
    { plan: plan.id },
    'The repair was not finished; what was copied stays, and nothing was lost by it.',
  );
  run.result({
    ...verifyJson(report),
    repaired: { ...result, affected: affectedJson(result.affected) },
  });
  run.print('', ...resultLines(result, run));
  return result.lost === 0 && result.closedPacks.length === 0 ? EXIT.ok : EXIT.failed;
}

function reportLines(report: VerifyReport, run: Run): string[] {
  const { style } = run;
  const read =
    `${plural(report.snapshots, 'snapshot')}, ${plural(report.blobs, 'blob')}, ` +
    `${plural(report.packs, 'pack')}, ${formatBytes(report.bytes)} in ${formatDuration(report.durationMs)}`;
  if (report.ok) return [`${style.green('Everything is there and intact')}: ${read}`];
  const { affected, affectedTotal } = report;
  return [
    `${style.red(`${plural(report.errors.length, 'error')} found`)}: ${read}`,
    ...report.errors.flatMap(({ what, where, message, snapshots }) => [
      `  ${style.red(what)} ${printable(where)}: ${printable(message)}`,
      ...(snapshots.length === 0
        ? []
        : [`    misses something: ${snapshots.map(shortId).join(', ')}`]),
    ]),
    ...(affectedTotal === 0
      ? ['No file of any snapshot is affected.']
      : [`${plural(affectedTotal, 'file')} cannot be read now:`]),
    ...affectedLines(affected, affectedTotal, SHOWN, viewPart(run)),
    'What is not named here can still be restored.',
  ];
}

function planLines(plan: NonNullable<VerifyReport['repair']>, run: Run): string[] {
  const lines: string[] = [];
  if (plan.strays > 0)
    lines.push(`take ${plural(plan.strays, 'blob')} from another place of the store`);
  for (const pack of plan.packs)
    lines.push(`copy what is whole in pack ${shortId(pack)} to a new one, and set it aside`);
  for (const pack of plan.missingPacks) lines.push(`forget pack ${shortId(pack)}, which is gone`);
  if (plan.records > 0) lines.push(`write ${plural(plan.records, 'record')} again`);
  if (plan.rebuildsCatalog) lines.push('make the catalog again from the packs');
  if (plan.lost > 0) {
    const places = plan.searched.map((path) => displayPath(path, run.environment.homedir));
    const where = places.length === 0 ? '' : `, read again: ${places.join(', ')}`;
    lines.push(
      `look for ${plural(plan.lost, 'lost blob')} in replicas and in what is protected${where}`,
    );
  }
  for (const pack of plan.closedPacks)
    lines.push(`nothing about pack ${shortId(pack)}: it cannot be opened, see the error above`);
  return lines.map((line) => `  - ${line}`);
}

function resultLines(result: RepairResult, run: Run): string[] {
  const { style } = run;
  const { homedir } = run.environment;
  const lines: string[] = [];
  if (result.found + result.copied > 0)
    lines.push(`${plural(result.found + result.copied, 'blob')} came from the store itself.`);
  if (result.records > 0) lines.push(`${plural(result.records, 'record')} written again.`);
  if (result.catalogRebuilt) lines.push('The catalog was made again.');
  for (const { path, blobs } of result.fromWorktrees)
    lines.push(`${plural(blobs, 'blob')} read again from ${displayPath(path, homedir)}.`);
  if (result.fromReplicas > 0)
    lines.push(`${plural(result.fromReplicas, 'blob')} came from a replica.`);
  for (const path of result.quarantined)
    lines.push(`The damaged pack is kept as ${displayPath(path, homedir)}.`);
  if (result.closedPacks.length > 0)
    lines.push(
      style.red(
        `${plural(result.closedPacks.length, 'pack')} cannot be opened and were left alone.`,
      ),
    );
  if (result.lost === 0) {
    if (result.closedPacks.length === 0) lines.push(style.green('Everything is mended.'));
    return lines;
  }
  return [
    ...lines,
    result.affectedTotal === 0
      ? `${plural(result.lost, 'blob')} were found nowhere; no snapshot needs them.`
      : style.red(`${plural(result.affectedTotal, 'file')} could not be mended:`),
    ...affectedLines(result.affected, result.affectedTotal, SHOWN, viewPart(run)),
  ];
}

function viewPart({ style, environment }: Run): Parameters<typeof affectedLines>[3] {
  return { style, homedir: environment.homedir };
}
