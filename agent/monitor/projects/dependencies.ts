import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { LockFile } from '../../worktrees/project-kinds';
import { readUpTo, stampOf, statOf } from '../git/read-file';
import { parsed, projectsIn, valueOf } from './recognise';

/** How what is installed stands to a lock file. */
export interface Dependencies {
  /** The lock file, relative to the worktree. */
  readonly lock: string;
  /** `perhaps-behind`: the lock file is newer, which a change of branch alone can bring about. */
  readonly state: 'in-step' | 'behind' | 'perhaps-behind' | 'not-installed';
  /** What installs them. */
  readonly install: string;
}

const MAX_LOCK_BYTES = 32 * 1024 * 1024;

/** Compares lock files with what is installed; again only when one of them has changed. */
export class DependencyCheck {
  readonly #known = new Map<string, { readonly stamps: string; readonly found: Dependencies }>();

  /** @param root absolute path of a worktree */
  async of(root: string): Promise<Dependencies[]> {
    const found: Dependencies[] = [];
    for (const { folder, at, kinds, names } of await projectsIn(root))
      for (const lock of kinds.flatMap(({ locks = [] }) => locks))
        if (names.has(lock.file) && (lock.onlyWith === undefined || names.has(lock.onlyWith)))
          found.push(await this.#check(folder, at, lock));
    return found;
  }

  async #check(folder: string, at: string, lock: LockFile): Promise<Dependencies> {
    const path = join(folder, lock.file);
    const locked = await statOf(path);
    const marker = await firstOf(lock.marker.paths.map((one) => join(folder, one)));
    const stamps = [locked, marker?.stats ?? null]
      .map((one) => (one === null ? '' : stampOf(one)))
      .join(' ');
    const known = this.#known.get(path);
    if (known?.stamps === stamps) return known.found;
    const name = at === '' ? lock.file : `${at}/${lock.file}`;
    const isNewer = (locked?.mtimeNs ?? 0n) > (marker?.stats.mtimeNs ?? 0n);
    const state =
      marker === null
        ? 'not-installed'
        : lock.marker.by === 'after'
          ? isNewer
            ? 'perhaps-behind'
            : 'in-step'
          : await compare(path, marker.path, lock.marker.by);
    const found = { lock: name, state, install: lock.install } as const;
    this.#known.set(path, { stamps, found });
    return found;
  }
}

async function firstOf(
  paths: readonly string[],
): Promise<{ readonly path: string; readonly stats: BigIntStats } | null> {
  for (const path of paths) {
    const stats = await statOf(path);
    if (stats !== null) return { path, stats };
  }
  return null;
}

async function compare(
  lock: string,
  marker: string,
  by: 'copy' | 'versions',
): Promise<Dependencies['state']> {
  const [wanted, there] = await Promise.all([
    readUpTo(lock, MAX_LOCK_BYTES),
    readUpTo(marker, MAX_LOCK_BYTES),
  ]);
  if (wanted === null || there === null) return 'perhaps-behind';
  const isSame =
    by === 'copy' ? wanted.equals(there) : hasVersions(wanted.toString(), there.toString());
  return isSame ? 'in-step' : 'behind';
}

/**
 * Whether two lists of packages agree: what is in both has one version, nothing is installed that the
 * lock file does not name, and what it names is installed unless it is optional or for development.
 */
function hasVersions(wanted: string, there: string): boolean {
  const locked = packagesOf(wanted);
  const installed = packagesOf(there);
  for (const [name, { version }] of installed)
    if (locked.get(name)?.version !== version) return false;
  for (const [name, { needed }] of locked) if (needed && !installed.has(name)) return false;
  return true;
}

function packagesOf(
  text: string,
): Map<string, { readonly version: unknown; readonly needed: boolean }> {
  const packages = valueOf(parsed(text), 'packages');
  const found = new Map<string, { version: unknown; needed: boolean }>();
  if (typeof packages !== 'object' || packages === null) return found;
  for (const [name, one] of Object.entries(packages)) {
    // Of the project itself, and of its workspaces.
    if (!name.includes('node_modules/') || valueOf(one, 'link') === true) continue;
    const needed = !['optional', 'dev', 'devOptional', 'peer'].some(
      (mark) => valueOf(one, mark) === true,
    );
    found.set(name, { version: valueOf(one, 'version'), needed });
  }
  return found;
}
