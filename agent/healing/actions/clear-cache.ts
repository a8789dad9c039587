import { lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { ComponentView } from '../../components/component';
import { regenerableByContent, regenerableByName } from '../../worktrees/regenerable';
import { BulwarkError } from '../../support/errors';
import type { ActionMaker } from '../action';
import { ownProcess, startAnew, type ProcessActionsOptions } from './processes';

export interface ClearCacheOptions extends ProcessActionsOptions {
  /** Folder that what is moved away lies in. */
  readonly quarantine: string;
}

const TIMEOUT_MS = 180_000;

/** `clear_cache`: only folders that are declared, or recognised as made again by a tool; moved, not deleted. */
export function clearCache(options: ClearCacheOptions): ActionMaker {
  return async (incident) => {
    const view = ownProcess(options, incident);
    if (view === null) return null;
    const folders = await cachesOf(view);
    if (folders.length === 0) return null;
    const { id } = view;
    return {
      action: 'clear_cache',
      tier: 'automatic',
      explain: `Move ${folders.join(', ')} away, and start ${id}: it makes them again`,
      touches: [id, ...folders],
      timeoutMs: TIMEOUT_MS,
      async apply({ signal, keep, say }) {
        await options.components.stop(id);
        for (const from of folders) {
          const to = await placeFor(from, options);
          await keep({ kind: 'moved', from, to });
          say(`moving ${from} to ${to}`);
          await rename(from, to);
        }
        await startAnew(options, id, signal);
      },
    };
  };
}

/** Of the regenerable folders those that are mere caches: nothing has to be installed anew. */
const CACHES: ReadonlySet<string> = new Set([
  '__pycache__',
  '.mypy_cache',
  '.pytest_cache',
  '.ruff_cache',
  '.next',
  '.nuxt',
  '.turbo',
  '.parcel-cache',
  '.svelte-kit',
  '.angular',
]);

/** Declared folders that are there; without any, recognised ones in its working folder. */
async function cachesOf({ spec, folder }: ComponentView): Promise<string[]> {
  if (spec.kind !== 'process') return [];
  const cwd = resolve(folder, spec.cwd ?? '.');
  const declared = spec.caches?.map((one) => resolve(folder, one)) ?? null;
  const names = new Set(await readdir(cwd).catch(() => []));
  const wanted =
    declared ?? [...names].filter((name) => CACHES.has(name)).map((name) => join(cwd, name));
  const found: string[] = [];
  for (const path of wanted) {
    if (!path.startsWith(resolve(folder) + sep) || !(await isFolder(path))) continue;
    const inside = new Set(await readdir(path).catch(() => []));
    const known = regenerableByName(basename(path), names) ?? regenerableByContent(inside);
    if (declared !== null || known !== null) found.push(path);
  }
  return found;
}

async function isFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found?.isDirectory() ?? false;
}

/** A name that is free, on the same file system: only there a move is all or nothing. */
async function placeFor(path: string, { quarantine, clock }: ClearCacheOptions): Promise<string> {
  const name = `${basename(path)}.${String(clock.now())}`;
  try {
    await mkdir(quarantine, { recursive: true, mode: 0o700 });
    const [here, there] = await Promise.all([lstat(path), lstat(quarantine)]);
    if (here.dev === there.dev) return join(quarantine, name);
  } catch (error) {
    throw new BulwarkError('recovery-refused', `nothing can be moved to ${quarantine}`, {
      cause: error,
    });
  }
  return join(dirname(path), `.bulwark-quarantine.${name}`);
}
