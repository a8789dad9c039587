import { PROJECT_KINDS } from './project-kinds';

/**
 * Folders that a tool makes again by itself, so that keeping every state of
 * them would only cost space: what the kinds of project say. `docs/snapshots.md`
 * lists them for users.
 */

/** Folders with one of these names, wherever they stand. */
const NAMES: ReadonlySet<string> = new Set(
  PROJECT_KINDS.flatMap(({ regenerable = [] }) => regenerable),
);

/** Folders that count only beside a file of the tool that makes them. */
const BESIDE: readonly { readonly folder: string; readonly markers: readonly string[] }[] =
  PROJECT_KINDS.flatMap(({ beside = [] }) =>
    beside.map(({ folder, files }) => ({ folder, markers: files })),
  );

/** Files inside a folder that say that all of it can be made again. */
const INSIDE: readonly string[] = ['CACHEDIR.TAG', 'pyvenv.cfg'];

/**
 * The rule by which a folder is regenerable, or null.
 * @param siblings names beside it
 */
export function regenerableByName(name: string, siblings: ReadonlySet<string>): string | null {
  if (NAMES.has(name)) return name;
  for (const { folder, markers } of BESIDE) {
    if (folder !== name) continue;
    const marker = markers.find((file) => siblings.has(file));
    if (marker !== undefined) return `${folder} beside ${marker}`;
  }
  return null;
}

/** The marker by which a folder with these entries is regenerable, or null. */
export function regenerableByContent(names: ReadonlySet<string>): string | null {
  return INSIDE.find((name) => names.has(name)) ?? null;
}

/** Whether what becomes of other entries may depend on an entry of this name being there. */
export function isMarker(name: string): boolean {
  return INSIDE.includes(name) || BESIDE.some(({ markers }) => markers.includes(name));
}

/** Names that a watcher can ignore without looking at anything beside them. */
export function regenerableNames(): string[] {
  return [...NAMES];
}
