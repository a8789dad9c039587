import { readdir, readFile, readlink } from 'node:fs/promises';

/** How much of a limit is used. */
export interface Usage {
  readonly used: number;
  readonly limit: number;
}

/** Files that this process has open, against its limit; null where the system does not say. */
export async function openFiles(): Promise<Usage | null> {
  try {
    const [descriptors, limits] = await Promise.all([
      readdir('/proc/self/fd'),
      readFile('/proc/self/limits', 'latin1'),
    ]);
    const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return limit === undefined ? null : { used: descriptors.length, limit: Number(limit) };
  } catch {
    return null;
  }
}

/**
 * Watches of inotify that this user has, in all processes that can be read, against the limit. Null
 * where there is no inotify. Reads every process: not for every few seconds.
 */
export async function inotifyWatches(): Promise<Usage | null> {
  try {
    const limit = Number(await readFile('/proc/sys/fs/inotify/max_user_watches', 'latin1'));
    let used = 0;
    for (const pid of await readdir('/proc')) if (/^\d+$/.test(pid)) used += await watchesOf(pid);
    return { used, limit };
  } catch {
    return null;
  }
}

async function watchesOf(pid: string): Promise<number> {
  let count = 0;
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (!target.includes('inotify')) continue;
      const text = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'latin1').catch(() => '');
      count += text.match(/^inotify wd:/gm)?.length ?? 0;
    }
  } catch {
    // Somebody else's, or it has ended.
  }
  return count;
}
