import { readdir, readFile, readlink } from 'node:fs/promises';
import { decodeName } from '../../support/names';

const DELETED = ' (deleted)';
/** Who takes over processes whose parent has ended. */
const REAPERS = new Set(['systemd', 'init']);

/**
 * Processes whose folder was deleted below one of these, and whose parent has ended: a server that
 * nobody stops any more, not a shell that somebody has open there. Linux only; none elsewhere.
 * @returns pids by folder
 */
export async function orphansIn(folders: readonly string[]): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  if (process.platform !== 'linux') return found;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const cwd = await folderOf(name);
    if (cwd?.endsWith(DELETED) !== true) continue;
    const path = cwd.slice(0, -DELETED.length);
    const folder = folders.find((one) => path === one || path.startsWith(`${one}/`));
    if (folder === undefined || !(await isOrphan(name))) continue;
    found.set(folder, [...(found.get(folder) ?? []), Number(name)]);
  }
  return found;
}

async function folderOf(pid: string): Promise<string | null> {
  try {
    return decodeName(await readlink(`/proc/${pid}/cwd`, { encoding: 'buffer' }));
  } catch {
    // It has ended, or is somebody else's.
    return null;
  }
}

async function isOrphan(pid: string): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold anything.
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '0';
    if (parent === '1') return true;
    return REAPERS.has((await readFile(`/proc/${parent}/comm`, 'latin1')).trim());
  } catch {
    return false;
  }
}
