import { join } from 'node:path';
import { PROJECT_KINDS, type Condition, type ProjectKind } from '../../worktrees/project-kinds';
import { entriesOf, readUpTo } from '../git/read-file';

/** Projects that are looked at in one worktree; a monorepo has more. */
const MAX_FOLDERS = 50;
const MAX_FILE_BYTES = 1024 * 1024;

/** A project in a worktree. */
export interface Project {
  /** Absolute. */
  readonly folder: string;
  /** Relative to the worktree, '/'-separated; '' is its root. */
  readonly at: string;
  readonly kinds: readonly ProjectKind[];
  /** Names in the folder. */
  readonly names: ReadonlySet<string>;
}

/** The projects at the root of a worktree and in the folders right below it, by the files that they have. */
export async function projectsIn(root: string): Promise<Project[]> {
  const entries = await entriesOf(root);
  const found = [project(root, '', entries)];
  const folders = entries.filter(({ name, isFolder }) => isFolder && !name.startsWith('.'));
  for (const { name } of folders.slice(0, MAX_FOLDERS))
    if (name !== 'node_modules' && name !== 'vendor') {
      const folder = join(root, name);
      found.push(project(folder, name, await entriesOf(folder).catch(() => [])));
    }
  return found.filter(({ kinds }) => kinds.length > 0);
}

function project(folder: string, at: string, entries: readonly { name: string }[]): Project {
  const names = new Set(entries.map(({ name }) => name));
  const kinds = PROJECT_KINDS.filter(({ markers }) =>
    markers.some((marker) => fileNamed(names, marker) !== null),
  );
  return { folder, at, kinds, names };
}

/** The file that a marker means, or null. */
function fileNamed(names: ReadonlySet<string>, marker: string): string | null {
  if (!marker.startsWith('*')) return names.has(marker) ? marker : null;
  return [...names].find((name) => name.endsWith(marker.slice(1))) ?? null;
}

/** Whether a condition is met there; for one of a script, what the script says. */
export async function meets(
  { folder, names }: Project,
  { file, contains, script }: Condition,
): Promise<string | null> {
  const name = fileNamed(names, file);
  if (name === null) return null;
  if (contains === undefined && script === undefined) return '';
  const text = (await readUpTo(join(folder, name), MAX_FILE_BYTES))?.toString('utf8') ?? '';
  if (contains !== undefined) return text.includes(contains) ? '' : null;
  const scripts = valueOf(parsed(text), 'scripts');
  const line = valueOf(scripts, script ?? '');
  return typeof line === 'string' ? line : null;
}

/** What JSON text stands for; null where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A value of an object that may be anything. */
export function valueOf(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  return Object.entries(object).find(([name]) => name === key)?.[1];
}
