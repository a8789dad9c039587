import type { JournalChange, JournalRecord } from '../../repository/record';
import type { TreeEntry } from '../../repository/tree';
import type { RememberedEntry } from './folder-memory';

/** What differs between what was remembered of a source and what a capture found. */
export interface Changes {
  readonly changes: readonly JournalChange[];
  readonly counts: JournalRecord['counts'];
}

/** So many are listed in a record; the rest is counted. */
const LISTED = 200;
/** So many that came or went are looked through for renames; more is no renaming of files by hand. */
const PAIRED = 5_000;

interface Moved {
  readonly path: string;
  readonly entry: TreeEntry;
}

/**
 * Gathers, folder by folder, what became of entries. A folder that came or went is one change, with
 * the number of files in it. What went and what came with the same content is a rename.
 */
export class ChangeList {
  readonly #came: Moved[] = [];
  readonly #went: Moved[] = [];
  readonly #other: JournalChange[] = [];
  readonly #counts = { created: 0, written: 0, deleted: 0, renamed: 0, other: 0 };

  /** Takes the entries of a folder that was there before. @param of the source's files, or git's own */
  compare(
    folder: string,
    before: readonly RememberedEntry[],
    after: readonly RememberedEntry[],
    of: 'files' | 'git',
  ): void {
    if (of === 'git') {
      this.#git(folder, before, after);
      return;
    }
    const known = new Map(before.map((item) => [item.entry.name, item]));
    for (const item of after) {
      const { name } = item.entry;
      const path = folder === '' ? name : `${folder}/${name}`;
      const was = known.get(name);
      known.delete(name);
      if (was === undefined) this.#new(path, item.entry);
      else if (was.entry.kind === item.entry.kind) this.#differs(path, was, item);
      else if (!isLeftOut(item.entry)) {
        this.#gone(path, was.entry);
        this.#new(path, item.entry);
      }
    }
    for (const { entry } of known.values())
      this.#gone(folder === '' ? entry.name : `${folder}/${entry.name}`, entry);
  }

  finish(): Changes {
    const renames = this.#pairs();
    const came = this.#came.map(({ path, entry }) => listed('create', path, entry));
    const went = this.#went.map(({ path, entry }) => listed('delete', path, entry));
    const changes = [...renames, ...went, ...came, ...this.#other];
    return { changes: changes.slice(0, LISTED), counts: { ...this.#counts } };
  }

  /** Of git's own files it is enough which are others now; logs tell of what is told already. */
  #git(
    folder: string,
    before: readonly RememberedEntry[],
    after: readonly RememberedEntry[],
  ): void {
    if (folder === 'logs' || folder.startsWith('logs/')) return;
    const known = new Map(before.map((item) => [item.entry.name, item]));
    const tell = (name: string): void => {
      const path = folder === '' ? name : `${folder}/${name}`;
      this.#add('other', { change: 'git', path });
    };
    for (const { entry } of after) {
      const was = known.get(entry.name)?.entry;
      known.delete(entry.name);
      if (entry.kind === 'folder' && was?.kind === 'folder') continue;
      if (was === undefined || contentOf(was) !== contentOf(entry)) tell(entry.name);
    }
    for (const name of known.keys()) tell(name);
  }

  #new(path: string, entry: TreeEntry): void {
    if (isLeftOut(entry)) return;
    this.#counts.created += filesOf(entry);
    if (this.#came.length < PAIRED) this.#came.push({ path, entry });
  }

  #gone(path: string, entry: TreeEntry): void {
    if (isLeftOut(entry)) return;
    this.#counts.deleted += filesOf(entry);
    if (this.#went.length < PAIRED) this.#went.push({ path, entry });
  }

  #differs(path: string, was: RememberedEntry, now: RememberedEntry): void {
    const a = was.entry;
    const b = now.entry;
    if (a.kind === 'file' && b.kind === 'file') {
      if (a.id !== b.id || a.size !== b.size) this.#add('written', { change: 'write', path });
      else if (a.mode !== b.mode) this.#add('other', { change: 'mode', path });
      else if (was.signature.mtime !== now.signature.mtime)
        this.#add('other', { change: 'touch', path });
    } else if (a.kind === 'link' && b.kind === 'link') {
      if (a.target !== b.target) this.#add('written', { change: 'write', path });
    } else if (a.kind === 'folder' && b.kind === 'folder' && a.mode !== b.mode)
      this.#add('other', { change: 'mode', path });
  }

  #add(count: 'written' | 'other', change: JournalChange): void {
    this.#counts[count] += 1;
    if (this.#other.length < LISTED) this.#other.push(change);
  }

  /** Takes what went and came with the same content out of both lists. */
  #pairs(): JournalChange[] {
    const byContent = new Map<string, Moved[]>();
    for (const item of this.#went) {
      const content = contentOf(item.entry);
      if (content === null) continue;
      const same = byContent.get(content);
      if (same === undefined) byContent.set(content, [item]);
      else same.push(item);
    }
    if (byContent.size === 0) return [];
    const renames: JournalChange[] = [];
    const paired = new Set<Moved>();
    for (const item of this.#came) {
      const content = contentOf(item.entry);
      const from = content === null ? undefined : byContent.get(content)?.shift();
      if (from === undefined) continue;
      paired.add(item).add(from);
      const files = filesOf(item.entry);
      this.#counts.created -= files;
      this.#counts.deleted -= files;
      this.#counts.renamed += files;
      renames.push({ ...listed('rename', item.path, item.entry), from: from.path });
    }
    for (const list of [this.#came, this.#went])
      list.splice(0, list.length, ...list.filter((item) => !paired.has(item)));
    return renames;
  }
}

function listed(
  change: 'create' | 'delete' | 'rename',
  path: string,
  entry: TreeEntry,
): JournalChange {
  return entry.kind === 'folder' ? { change, path, files: filesOf(entry) } : { change, path };
}

/** Files and links; an empty folder counts as one, so that it is not passed over. */
function filesOf(entry: TreeEntry): number {
  if (entry.kind !== 'folder') return 1;
  return Math.max(1, entry.totals.files + entry.totals.links);
}

function contentOf(entry: TreeEntry): string | null {
  if (entry.kind === 'file') return entry.id;
  return entry.kind === 'folder' && entry.totals.files > 0 ? entry.tree : null;
}

/** Whether an entry says that what is there is not kept; it is neither new nor lost. */
function isLeftOut({ kind }: TreeEntry): boolean {
  return kind === 'excluded' || kind === 'nested';
}
