import type { ReplicaInfo } from '../protocol/replica-entities';
import { displayPath, formatAge, formatBytes, plural } from './format';
import { printable, type Style } from './style';

/** A replica in a few lines. @param now ms since 1970 */
export function replicaLines(
  replica: ReplicaInfo,
  homedir: string,
  now: number,
  style: Style,
): string[] {
  const { path, holds, verified, sameDisk } = replica;
  const lines = [`${printable(displayPath(path, homedir))}: ${stateWords(replica, now, style)}`];
  if (holds !== null) {
    const free = replica.freeBytes === null ? '' : `, ${formatBytes(replica.freeBytes)} free`;
    const extra =
      holds.extraPacks === 0 ? '' : `, ${plural(holds.extraPacks, 'pack')} that the store gave up`;
    lines.push(
      `  holds ${plural(holds.packs, 'pack')}, ${formatBytes(holds.bytes)}${extra}${free}`,
    );
    if (holds.missingPacks > 0)
      lines.push(
        `  lacks ${formatBytes(holds.missingBytes)} in ${plural(holds.missingPacks, 'pack')}`,
      );
  }
  if (verified !== null) {
    const { damaged, repaired } = verified;
    const read = `read back ${formatAge(verified.at, now)}, ${formatBytes(verified.bytes)}`;
    lines.push(
      damaged.length === 0
        ? `  ${read}: ${style.green('intact')}`
        : `  ${read}: ${style.red(plural(damaged.length, 'damaged pack'))}, ${String(repaired.length)} copied again`,
    );
  }
  if (sameDisk) lines.push('  on the same disk as the store: if that breaks, both are gone');
  return lines;
}

function stateWords({ state, syncedAt }: ReplicaInfo, now: number, style: Style): string {
  const synced = syncedAt === null ? '' : `, up to date ${formatAge(syncedAt, now)}`;
  switch (state.kind) {
    case 'current':
      return `${style.green('up to date')}${syncedAt === null ? '' : `, checked ${formatAge(syncedAt, now)}`}`;
    case 'behind':
      return `behind; copied within minutes${synced}`;
    case 'copying':
      return `copying${synced}`;
    case 'away':
      return `${style.yellow('not there')}; caught up with when its disk is back${synced}`;
    case 'failing':
      return `${style.red('failing')}: ${printable(state.message)}; tried again by itself${synced}`;
  }
}
