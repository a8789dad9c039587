import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import {
  snapshotId,
  sourceId,
  type Change,
  type JournalEntry,
  type ListedSnapshot,
  type PlanStep,
  type SnapshotId,
  type SnapshotKind,
  type SnapshotSummary,
  type SourceId,
  type TreeEntry,
  type WorktreeInfo,
} from '../../agent/protocol/entities';
import { BulwarkError } from '../../agent/support/errors';

const KEPT_MS = 3 * 86_400_000;

interface KeptFile {
  readonly data: Buffer;
  readonly mtime: number;
}

type Files = ReadonlyMap<string, KeptFile>;

interface KeptSnapshot {
  readonly summary: SnapshotSummary;
  readonly files: Files;
}

/** Worktrees with snapshots that are kept in memory: small, but what it answers is true. */
export class FakeWorld {
  readonly #worktrees = new Map<SourceId, WorktreeInfo>();
  readonly #snapshots = new Map<SnapshotId, KeptSnapshot>();
  /** Why what is pinned is, by id. */
  readonly #pins = new Map<SnapshotId, string>();
  /** Moments of the journal, by the id of their state. */
  readonly #journal = new Map<SnapshotId, JournalEntry>();
  readonly #now: () => number;
  #made = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get worktrees(): WorktreeInfo[] {
    return [...this.#worktrees.values()];
  }

  /** Starts to protect a folder; `known` replaces what it would say about itself. */
  add(folder: string, known: Partial<WorktreeInfo> = {}): WorktreeInfo {
    const source = sourceId.parse(hex(folder, 16));
    const worktree: WorktreeInfo = {
      source,
      path: folder,
      name: path.basename(folder),
      repository: null,
      main: true,
      branch: null,
      head: null,
      state: 'plain',
      changes: null,
      locked: null,
      protection: { kind: 'never' },
      watch: 'native',
      lastSnapshot: null,
      snapshots: 0,
      ...known,
    };
    this.#worktrees.set(source, worktree);
    return worktree;
  }

  remove(folder: string): WorktreeInfo {
    const worktree = this.worktreeOf(folder);
    this.#worktrees.delete(worktree.source);
    return worktree;
  }

  /** Changes what is told about a worktree. */
  update(source: SourceId, change: Partial<WorktreeInfo>): WorktreeInfo {
    const worktree = this.#worktrees.get(source);
    if (worktree === undefined) throw new BulwarkError('not-protected', 'not protected');
    const changed = { ...worktree, ...change };
    this.#worktrees.set(source, changed);
    return changed;
  }

  worktreeOf(file: string): WorktreeInfo {
    const found = this.worktrees.find(
      (worktree) => file === worktree.path || file.startsWith(worktree.path + path.sep),
    );
    if (found !== undefined) return found;
    throw new BulwarkError('not-protected', `${file} is not protected`, {
      hint: 'Protect its folder first.',
    });
  }

  /** Takes a snapshot, as if at `createdAt` (milliseconds since 1970). */
  async capture(
    file: string,
    kind: SnapshotKind,
    { label = null, createdAt = this.#now() }: { label?: string | null; createdAt?: number } = {},
  ): Promise<SnapshotSummary> {
    const worktree = this.worktreeOf(file);
    const files = await readFiles(worktree.path);
    const bytes = [...files.values()].reduce((sum, { data }) => sum + data.length, 0);
    this.#made += 1;
    const summary: SnapshotSummary = {
      id: snapshotId.parse(hex(`${worktree.path} ${this.#made.toString()}`, 32)),
      source: worktree.source,
      worktree: worktree.path,
      kind,
      backup: 'snapshot',
      label,
      createdAt,
      branch: worktree.branch,
      head: worktree.head,
      files: files.size,
      bytes,
      newBytes: bytes,
      storedBytes: Math.ceil(bytes / 3),
      excluded: 0,
      durationMs: 1,
    };
    this.#snapshots.set(summary.id, { summary, files });
    this.update(worktree.source, {
      lastSnapshot: { id: summary.id, createdAt },
      snapshots: worktree.snapshots + 1,
      protection: { kind: 'current' },
    });
    return summary;
  }

  /** Keeps the state of now as a moment of the journal, with what changed as the test says. */
  async keepMoment(
    file: string,
    changes: JournalEntry['changes'],
    { createdAt = this.#now() }: { createdAt?: number } = {},
  ): Promise<JournalEntry> {
    const { id, source, worktree, branch, head } = await this.capture(file, 'automatic', {
      createdAt,
    });
    const many = (change: string): number => changes.filter((one) => one.change === change).length;
    const entry: JournalEntry = {
      id,
      sequence: this.#made,
      source,
      worktree,
      at: createdAt,
      branch,
      head,
      changes,
      created: many('create'),
      written: many('write'),
      deleted: many('delete'),
      renamed: many('rename'),
      other: 0,
      seen: 'watched',
      why: null,
      newBytes: 0,
      storedBytes: 0,
    };
    this.#journal.set(id, entry);
    return entry;
  }

  /** The journal of what holds a path, newest first. */
  journal(file: string): JournalEntry[] {
    return [...this.#journal.values()]
      .filter(({ worktree, changes }) =>
        file === worktree ? true : changes.some((change) => `${worktree}/${change.path}` === file),
      )
      .sort((a, b) => b.sequence - a.sequence);
  }

  /** Snapshots of a worktree or of all, newest first. */
  list(file: string | undefined): SnapshotSummary[] {
    const source = file === undefined ? undefined : this.worktreeOf(file).source;
    return [...this.#snapshots.values()]
      .map(({ summary }) => summary)
      .filter(({ id }) => !this.#journal.has(id))
      .filter((summary) => source === undefined || summary.source === source)
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  snapshot(ref: string): SnapshotSummary {
    return this.#kept(ref).summary;
  }

  /** A snapshot as lists have it. */
  listed(snapshot: SnapshotSummary): ListedSnapshot {
    const pinned = this.#pins.get(snapshot.id) ?? null;
    return { ...snapshot, pinned, keptUntil: snapshot.createdAt + KEPT_MS };
  }

  /** Pins a snapshot, or unpins it where there is no reason. */
  pin(id: SnapshotId, reason: string | null): ListedSnapshot {
    if (reason === null) this.#pins.delete(id);
    else this.#pins.set(id, reason);
    return this.listed(this.snapshot(id));
  }

  /** Deletes a snapshot. */
  forget(id: SnapshotId): void {
    this.#snapshots.delete(id);
  }

  folder(ref: string, folder: string): TreeEntry[] {
    const prefix = folder === '' ? '' : `${folder}/`;
    const entries = new Map<string, TreeEntry>();
    for (const [file, kept] of this.#kept(ref).files) {
      if (!file.startsWith(prefix)) continue;
      const [name = '', ...rest] = file.slice(prefix.length).split('/');
      entries.set(name, rest.length > 0 ? folderEntry(name) : fileEntry(name, kept));
    }
    if (entries.size === 0 && folder !== '') throw missing(folder);
    return [...entries.values()];
  }

  stat(ref: string, file: string): TreeEntry {
    const kept = this.#kept(ref).files.get(file);
    if (kept !== undefined) return fileEntry(path.posix.basename(file), kept);
    this.folder(ref, file);
    return folderEntry(path.posix.basename(file));
  }

  data(ref: string, file: string): Buffer {
    const kept = this.#kept(ref).files.get(file);
    if (kept === undefined) throw missing(file);
    return kept.data;
  }

  /** What changed on disk since a snapshot. */
  async changes(ref: string): Promise<Change[]> {
    const { summary, files } = this.#kept(ref);
    const now = await readFiles(summary.worktree);
    return compare(files, now);
  }

  /** What would bring a snapshot back; `paths` limits it to files and folders. */
  async steps(ref: string, paths: readonly string[] | undefined): Promise<PlanStep[]> {
    const { summary, files } = this.#kept(ref);
    const now = await readFiles(summary.worktree);
    const inside = (file: string): boolean =>
      paths === undefined || paths.some((one) => file === one || file.startsWith(`${one}/`));
    return compare(now, files)
      .filter(({ path: file }) => inside(file))
      .map(({ path: file, change, newSize }) => ({
        path: file,
        action: change === 'added' ? 'create' : change === 'removed' ? 'delete' : 'overwrite',
        kind: 'file' as const,
        bytes: newSize ?? 0,
      }));
  }

  /** Does on disk what the steps say. */
  async apply(ref: string, steps: readonly PlanStep[]): Promise<void> {
    const { summary, files } = this.#kept(ref);
    for (const step of steps) {
      const target = path.join(summary.worktree, step.path);
      if (step.action === 'delete') await fs.rm(target);
      else {
        await fs.mkdir(path.dirname(target), { recursive: true });
        await fs.writeFile(target, files.get(step.path)?.data ?? Buffer.alloc(0));
      }
    }
  }

  #kept(ref: string): KeptSnapshot {
    for (const [id, kept] of this.#snapshots) if (id.startsWith(ref)) return kept;
    throw new BulwarkError('snapshot-unknown', `no snapshot ${ref}`);
  }
}

function compare(from: Files, to: Files): Change[] {
  const names = [...new Set([...from.keys(), ...to.keys()])].sort();
  return names.flatMap((name): Change[] => {
    const old = from.get(name);
    const now = to.get(name);
    if (old !== undefined && now !== undefined && old.data.equals(now.data)) return [];
    return [
      {
        path: name,
        change: old === undefined ? 'added' : now === undefined ? 'removed' : 'modified',
        kind: 'file',
        oldSize: old?.data.length ?? null,
        newSize: now?.data.length ?? null,
      },
    ];
  });
}

async function readFiles(root: string): Promise<Files> {
  const files = new Map<string, KeptFile>();
  const walk = async (folder: string): Promise<void> => {
    const entries = await fs.readdir(path.join(root, folder), { withFileTypes: true });
    for (const entry of entries) {
      const inside = path.posix.join(folder, entry.name);
      const full = path.join(root, inside);
      if (entry.isDirectory() && entry.name !== '.git') await walk(inside);
      if (!entry.isFile()) continue;
      const { mtimeMs } = await fs.stat(full);
      files.set(inside, { data: await fs.readFile(full), mtime: mtimeMs });
    }
  };
  await walk('');
  return files;
}

function fileEntry(name: string, { data, mtime }: KeptFile): TreeEntry {
  return { name, kind: 'file', size: data.length, mode: 0o644, mtime, target: null };
}

function folderEntry(name: string): TreeEntry {
  return { name, kind: 'folder', size: 0, mode: 0o755, mtime: 0, target: null };
}

function missing(file: string): BulwarkError {
  return new BulwarkError('entry-missing', `${file} is not in the snapshot`);
}

function hex(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
