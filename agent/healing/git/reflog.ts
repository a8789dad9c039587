import { readUpTo } from '../../monitor/git/read-file';
import { decodeName } from '../../support/names';
import { isObjectId } from '../../worktrees/head';

/** One move that a log of git tells. */
export interface LogEntry {
  readonly to: string;
  readonly message: string;
}

const MAX_BYTES = 64 * 1024 * 1024;

/** The moves in a log of git, newest first; lines that a crash damaged are left out. */
export async function readReflog(path: string): Promise<LogEntry[]> {
  const data = await readUpTo(path, MAX_BYTES);
  return data === null ? [] : reflogEntries(data);
}

/** The same of a log's bytes. */
export function reflogEntries(data: Buffer): LogEntry[] {
  const entries: LogEntry[] = [];
  for (const line of decodeName(data).split('\n')) {
    const [, to = ''] = line.split(' ', 2);
    if (!isObjectId(to) || /^0+$/.test(to)) continue;
    const tab = line.indexOf('\t');
    entries.push({ to, message: tab < 0 ? '' : line.slice(tab + 1) });
  }
  return entries.reverse();
}
