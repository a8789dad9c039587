import { stat, statfs } from 'node:fs/promises';
import { toFsPath } from '../../support/names';

export interface DiskFigures {
  /** The first of the paths that lie on it. */
  readonly path: string;
  /** All of them. */
  readonly paths: readonly string[];
  readonly totalBytes: number;
  /** What this user can still write. */
  readonly freeBytes: number;
  /** Null where the file system has no fixed number of them. */
  readonly inodes: { readonly total: number; readonly free: number } | null;
}

/** The disks that hold these paths, each once; paths that are not there are left out. */
export async function diskFigures(paths: readonly string[]): Promise<DiskFigures[]> {
  const byDevice = new Map<number, DiskFigures & { readonly paths: string[] }>();
  for (const path of paths) {
    try {
      const { dev } = await stat(toFsPath(path));
      const known = byDevice.get(dev);
      if (known !== undefined) {
        known.paths.push(path);
        continue;
      }
      const { bsize, blocks, bavail, files, ffree } = await statfs(toFsPath(path));
      byDevice.set(dev, {
        path,
        paths: [path],
        totalBytes: blocks * bsize,
        freeBytes: bavail * bsize,
        inodes: files > 0 ? { total: files, free: ffree } : null,
      });
    } catch {
      // Gone, or not readable: others tell of that.
    }
  }
  return [...byDevice.values()];
}
