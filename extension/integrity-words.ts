import type {
  AffectedPath,
  DrillReport,
  Integrity,
  RepairResult,
  VerifyReport,
} from '../agent/protocol/store-entities';
import { age, byteSize, count, moment } from './format';
import { baseName, displayName } from './names';

/** How much of the store is proven, and how old the oldest proof is: `store 100 % proven, 2 h ago`. */
export function integrityWords(integrity: Integrity, now: number): string {
  const { damage, oldestProof } = integrity;
  if (damage !== null) return `store damaged, found ${age(damage.foundAt, now)}`;
  if (oldestProof === null) return 'store not read back yet';
  return `store ${percent(integrity)} proven, ${age(oldestProof, now)}`;
}

/** The same as a line of a tooltip, with what is missing. */
export function integrityDetail(integrity: Integrity, now: number): string {
  const { damage, oldestProof, structure, meaning, provenBytes, totalBytes } = integrity;
  if (damage !== null) return `Store: damaged. ${displayName(damage.message)}`;
  const missing: string[] = [];
  if (totalBytes > provenBytes)
    missing.push(`${byteSize(totalBytes - provenBytes)} not read back yet`);
  if (structure === null) missing.push('references not checked yet');
  else if (!structure.ok) missing.push('a reference leads nowhere');
  if (meaning === null) missing.push('not judged by git yet');
  else if (!meaning.ok) missing.push(displayName(meaning.note ?? 'git does not accept all of it'));
  const why = missing.length === 0 ? '' : ` (${missing.join(', ')})`;
  const since = oldestProof === null ? '' : `, the oldest proof is from ${age(oldestProof, now)}`;
  return `Store: ${percent(integrity)} proven${why}${since}`;
}

/** Never rounded up: 100 % means all of it. */
function percent({ score }: Integrity): string {
  return `${(Math.floor(score * 1000) / 10).toString()} %`;
}

/** The result of a verification in a sentence. */
export function verifySummary(report: VerifyReport): string {
  const read = `${count(report.snapshots, 'snapshot')}, ${byteSize(report.bytes)} read back and checked`;
  if (report.ok) return `The store is sound: ${read}.`;
  const errors = count(report.errors.length, 'error');
  const { affectedTotal } = report;
  const files =
    affectedTotal === 0
      ? 'No file of any snapshot is affected.'
      : `${count(affectedTotal, 'file')} cannot be read now; everything else can be restored.`;
  return `The store is damaged: ${errors} found. ${files}`;
}

/** What a verification found, as lines of the log. */
export function verifyLines(report: VerifyReport, now: number): readonly string[] {
  return [
    verifySummary(report),
    ...report.errors.map(({ what, where, message }) => `${what} ${where}: ${message}`),
    ...affectedLines(report.affected, report.affectedTotal, now),
  ];
}

/** What a repair is about to do, as sentences of a question. */
export function repairDetail({ repair }: VerifyReport): readonly string[] {
  if (repair === null) return [];
  const lines: string[] = [];
  if (repair.strays > 0)
    lines.push(`Takes ${count(repair.strays, 'piece')} from another place of the store.`);
  if (repair.packs.length > 0)
    lines.push(
      `Copies what is whole in ${count(repair.packs.length, 'damaged pack')}, then sets it aside; nothing is deleted.`,
    );
  if (repair.missingPacks.length > 0)
    lines.push(`Forgets ${count(repair.missingPacks.length, 'pack')} that is gone.`);
  if (repair.records > 0) lines.push(`Writes ${count(repair.records, 'record')} again.`);
  if (repair.rebuildsCatalog) lines.push('Makes the catalog again from the packs.');
  if (repair.lost > 0)
    lines.push(
      `Looks for ${count(repair.lost, 'lost piece')} in replicas and in your folders, which are read again and not changed.`,
    );
  if (repair.closedPacks.length > 0)
    lines.push(`Leaves ${count(repair.closedPacks.length, 'pack')} alone that cannot be opened.`);
  return lines;
}

/** The result of a repair in a sentence. */
export function repairSummary({ lost, closedPacks, affectedTotal }: RepairResult): string {
  if (closedPacks.length > 0)
    return `${count(closedPacks.length, 'pack')} of the store cannot be opened and was left alone.`;
  if (lost === 0) return 'The store is mended: everything can be restored.';
  return affectedTotal === 0
    ? 'The store is mended. What was found nowhere is needed by no snapshot.'
    : `${count(affectedTotal, 'file')} could not be mended; everything else can be restored.`;
}

/** What a repair did, as lines of the log. */
export function repairLines(result: RepairResult, now: number): readonly string[] {
  return [
    repairSummary(result),
    ...result.fromWorktrees.map(({ path, blobs }) => `${count(blobs, 'piece')} from ${path}`),
    ...result.quarantined.map((path) => `set aside: ${path}`),
    ...affectedLines(result.affected, result.affectedTotal, now),
  ];
}

/** The result of a drill in a sentence. */
export function drillSummary({ ok, sources, durationMs }: DrillReport): string {
  if (sources.length === 0) return 'Nothing is protected yet, so there is nothing to try.';
  const tried = count(sources.length, 'worktree');
  if (!ok) {
    const failed = sources.filter((one) => !one.ok).map(({ worktree }) => nameOf(worktree));
    return `The newest backups of ${tried} were tried out. Not restored as it was: ${failed.join(', ')}.`;
  }
  const bytes = sources.reduce((sum, one) => sum + one.bytes, 0);
  const seconds = Math.max(1, Math.round(durationMs / 1000));
  return `The newest backup of ${tried} came back byte for byte: ${byteSize(bytes)} in ${count(seconds, 'second')}.`;
}

/** What a drill did, as lines of the log. */
export function drillLines(report: DrillReport, now: number): readonly string[] {
  return [
    `drill of ${moment(report.at, now)}: ${drillSummary(report)}`,
    ...report.sources.flatMap((one) => [
      `${one.ok ? 'restored' : 'FAILED'} ${displayName(one.worktree)}: ${count(one.entries, 'entry', 'entries')}, ${byteSize(one.bytes)}, git: ${one.git.kind}`,
      ...one.problems.map((problem) => `  ${displayName(problem)}`),
    ]),
  ];
}

function affectedLines(
  affected: readonly AffectedPath[],
  total: number,
  now: number,
): readonly string[] {
  const lines = affected.map(({ worktree, path, snapshots, first, last }) => {
    const file = displayName(path === '' ? worktree : `${worktree}/${path}`);
    const span =
      first === last ? moment(first, now) : `${moment(first, now)} to ${moment(last, now)}`;
    return `unreadable: ${file} in ${count(snapshots.length, 'snapshot')}, ${span}`;
  });
  const rest = total - lines.length;
  return rest > 0 ? [...lines, `and ${rest.toLocaleString('en')} more`] : lines;
}

function nameOf(worktree: string): string {
  return displayName(baseName(worktree.replaceAll('\\', '/')));
}
