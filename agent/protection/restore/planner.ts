import type { FileEntry, LinkEntry, FolderEntry, TreeEntry } from '../../repository/tree';
import { BulwarkError } from '../../support/errors';
import { displayName } from '../../support/names';
import { isAllowedName } from './allowed-names';
import { sameContent, type DiffStep, type TimedEntry } from './diff';
import { toSeconds } from './file-time';
import { nameOf, parentOf, parentsOf } from './path-filter';
import type { Held, Move } from './work';

/**
 * `exact`: as the snapshot has it, what it has not is deleted. `overlay`:
 * nothing is deleted, files that differ are replaced. `fill`: only what is missing.
 */
export type Policy = 'exact' | 'overlay' | 'fill';

/** One line of a plan, for people. */
export interface PlanStep {
  readonly path: string;
  readonly action: 'create' | 'overwrite' | 'delete' | 'mode';
  readonly kind: 'file' | 'folder' | 'link';
  /** Bytes that are written. */
  readonly bytes: number;
}

export type WrittenEntry = FileEntry | LinkEntry | FolderEntry;

/** Something to be made in the staging folder: the entry `number`, or what is `below` it. */
export interface StageItem {
  readonly number: number;
  /** Path below the staged entry, `''` for itself. */
  readonly below: string;
  /** Where it will be in the area. */
  readonly path: string;
  readonly entry: WrittenEntry;
  readonly mtime: bigint;
  /** The content itself, where no snapshot holds it. */
  readonly text?: string;
}

/** All that one area needs. */
export interface AreaWork {
  readonly steps: readonly PlanStep[];
  readonly removes: readonly Move[];
  readonly puts: readonly Move[];
  readonly finishes: readonly Move[];
  readonly items: readonly StageItem[];
  /** Entries that are as wanted already. */
  readonly unchanged: number;
  readonly bytes: number;
  readonly notes: readonly string[];
}

type Replace = {
  readonly path: string;
  readonly step: PlanStep;
  readonly moves: Move[];
  readonly items: StageItem[];
};

/** Turns the comparison of what is there with what is wanted into the moves of one area. */
export class Planner {
  readonly #area: number;
  readonly #policy: Policy;
  readonly #atomic: boolean;
  readonly #number: () => number;
  readonly #platform: NodeJS.Platform;
  readonly #deletes: { step: PlanStep | null; move: Move; folder: boolean }[] = [];
  readonly #writes: Replace[] = [];
  readonly #finishes: Move[] = [];
  /** Folders below which something must stay. */
  readonly #kept = new Set<string>();
  /** Paths at and below which nothing is touched. */
  readonly #blocked = new Set<string>();
  readonly #wantedTimes = new Map<string, bigint>();
  readonly #notes: string[] = [];
  #unit: { path: string; number: number; write: Replace } | null = null;
  #unchanged = 0;
  #lost = { excluded: 0, nested: 0 };
  readonly #unnameable: string[] = [];

  /**
   * @param number gives each staged entry its number, one sequence for all areas of a restore
   * @param platform whose names are allowed; this one's unless given
   * @param atomic files are replaced without a moment in which they are missing
   */
  constructor(options: {
    area: number;
    policy: Policy;
    atomic: boolean;
    number: () => number;
    platform?: NodeJS.Platform;
  }) {
    this.#area = options.area;
    this.#policy = options.policy;
    this.#atomic = options.atomic;
    this.#number = options.number;
    this.#platform = options.platform ?? process.platform;
  }

  /** Takes the steps in the order of the comparison. */
  add(step: DiffStep): void {
    if (step.kind === 'same') {
      this.#unchanged += step.entries;
      return;
    }
    if (this.#isBlocked(step.path)) return;
    if (step.kind === 'entered') {
      this.#unchanged += 1;
      this.#wantedTimes.set(step.path, step.to.mtime);
      return;
    }
    const { path, from, to } = step;
    if (to !== null && !isAllowedName(nameOf(path), this.#platform)) {
      this.#block(path);
      this.#unnameable.push(path);
      return;
    }
    if (from !== null && !isWritten(from.entry)) this.#meetUntouchable(path, from.entry, to?.entry);
    else if (to === null) this.#surplus(path, from, step.standing);
    else if (!isWritten(to.entry)) this.#leftOut(path, from, to.entry);
    else if (from === null) this.#create(path, to.entry, to.mtime);
    else if (this.#policy !== 'fill')
      this.#replace(path, from.entry, to.entry, to.mtime, step.standing);
  }

  finish(): AreaWork {
    const writes = this.#writes.filter(({ path }) => !this.#mustStay(path));
    const deletes = this.#deletes.filter(
      ({ move, folder }) =>
        'path' in move && !this.#isBlocked(move.path) && !(folder && this.#kept.has(move.path)),
    );
    const files = deletes.filter(({ folder }) => !folder);
    // What is deeper comes later in the comparison and has to go first.
    const folders = deletes.filter(({ folder }) => folder).reverse();
    const removes = [...files, ...folders].map(({ move }) => move);
    const puts = writes.flatMap(({ moves }) => moves);
    const items = writes.flatMap((write) => write.items);
    return {
      steps: [...deletes.flatMap(({ step }) => step ?? []), ...writes.flatMap(stepsOf)].sort(
        (a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
      ),
      removes,
      puts,
      finishes: [...this.#finishes, ...this.#folderTimes([...removes, ...puts])],
      items,
      unchanged: this.#unchanged,
      bytes: items.reduce((sum, { entry }) => sum + (entry.kind === 'file' ? entry.size : 0), 0),
      notes: [...this.#notes, ...this.#lostNotes()],
    };
  }

  #create(path: string, entry: WrittenEntry, mtime: bigint): void {
    const unit = this.#unit;
    if (unit !== null && path.startsWith(`${unit.path}/`)) {
      const below = path.slice(unit.path.length + 1);
      unit.write.items.push({ number: unit.number, below, path, entry, mtime });
      return;
    }
    this.#put(path, entry, mtime, 'create', null);
  }

  #put(
    path: string,
    entry: WrittenEntry,
    mtime: bigint,
    action: 'create' | 'overwrite',
    was: Held | null,
  ): void {
    const number = this.#number();
    const write: Replace = {
      path,
      step: { path, action, kind: entry.kind, bytes: entry.kind === 'file' ? entry.size : 0 },
      moves: [
        {
          kind: 'put',
          area: this.#area,
          number,
          path,
          entry: entry.kind,
          was,
          atomic: this.#atomic,
        },
      ],
      items: [{ number, below: '', path, entry, mtime }],
    };
    this.#writes.push(write);
    if (entry.kind !== 'folder') return;
    this.#unit = { path, number, write };
    this.#finishes.push({
      kind: 'finish',
      area: this.#area,
      path,
      mode: entry.mode,
      oldMode: null,
      mtime: toSeconds(mtime),
    });
  }

  #replace(
    path: string,
    from: TreeEntry,
    to: WrittenEntry,
    mtime: bigint,
    standing: 'inside' | 'above',
  ): void {
    if (from.kind === 'folder' && to.kind === 'folder') {
      this.#wantedTimes.set(path, mtime);
      if (from.tree === to.tree)
        this.#unchanged += to.totals.files + to.totals.folders + to.totals.links;
      this.#mode(path, from.mode, to, mtime);
      return;
    }
    if (from.kind === 'folder' || to.kind === 'folder') this.#changeType(path, from, to, standing);
    else if (from.kind === 'file' && to.kind === 'file' && sameContent(from, to)) {
      this.#mode(path, from.mode, to, mtime);
      return;
    }
    // A folder that gives way is emptied first, and what it held is among the deletions.
    const was = heldBy(from);
    if (from.kind === 'folder')
      this.#deletes.push({ step: null, move: this.#removeFolder(path, from.mode), folder: true });
    this.#put(path, to, mtime, 'overwrite', was);
  }

  /** A file for a folder, or a folder for a file: only where the whole place is put back. */
  #changeType(path: string, from: TreeEntry, to: WrittenEntry, standing: 'inside' | 'above'): void {
    if (this.#policy === 'exact' && standing === 'inside') return;
    const shown = displayName(path);
    if (from.kind === 'link')
      throw new BulwarkError('path-refused', `${shown} is a link; nothing is written through it`, {
        hint: 'Move the link away, or restore the folder that holds it.',
        details: { path },
      });
    if (to.kind === 'folder')
      throw new BulwarkError('not-a-directory', `${shown} is a file where a folder must be`, {
        hint: 'Move the file away, or restore to another folder.',
        details: { path },
      });
    throw new BulwarkError('restore-refused', `${shown} is a folder where a file must be`, {
      hint: 'Move the folder away, or restore to another folder.',
      details: { path },
    });
  }

  #mode(path: string, oldMode: number, to: FileEntry | FolderEntry, mtime: bigint): void {
    const { mode } = to;
    this.#writes.push({
      path,
      step: { path, action: 'mode', kind: to.kind, bytes: 0 },
      moves: to.kind === 'file' ? [{ kind: 'mode', area: this.#area, path, mode, oldMode }] : [],
      items: [],
    });
    // A folder gets its bits last: without the right to write it could not be filled.
    if (to.kind === 'folder')
      this.#finishes.push({
        kind: 'finish',
        area: this.#area,
        path,
        mode,
        oldMode,
        mtime: toSeconds(mtime),
      });
  }

  #surplus(path: string, from: TimedEntry | null, standing: 'inside' | 'above'): void {
    if (this.#policy !== 'exact' || from === null) return;
    const { entry } = from;
    const kind = entry.kind === 'folder' || entry.kind === 'link' ? entry.kind : 'file';
    const step: PlanStep = { path, action: 'delete', kind, bytes: 0 };
    if (entry.kind === 'folder')
      this.#deletes.push({
        // A folder on the way goes only if nothing else is in it; that shows when it is tried.
        step: standing === 'above' ? null : step,
        move: this.#removeFolder(path, entry.mode),
        folder: true,
      });
    else
      this.#deletes.push({
        step,
        move: {
          kind: 'remove',
          area: this.#area,
          number: this.#number(),
          path,
          was: heldBy(entry),
        },
        folder: false,
      });
  }

  #removeFolder(path: string, mode: number): Move {
    return { kind: 'remove-folder', area: this.#area, path, mode };
  }

  /** What is there now is in no snapshot, so it is neither deleted nor overwritten. */
  #meetUntouchable(path: string, from: TreeEntry, to: TreeEntry | undefined): void {
    this.#block(path);
    if (to === undefined || !isWritten(to) || this.#policy === 'fill') return;
    const what = from.kind === 'nested' ? 'another worktree' : 'something that snapshots leave out';
    this.#notes.push(`${displayName(path)} was left as it is: ${what} is there now.`);
  }

  #leftOut(path: string, from: TimedEntry | null, to: TreeEntry): void {
    if (from !== null) this.#block(path);
    else if (to.kind === 'nested') this.#lost.nested += 1;
    else this.#lost.excluded += 1;
  }

  /** A folder that should give way to a file but holds something untouchable stays, all of it. */
  #mustStay(path: string): boolean {
    if (this.#isBlocked(path)) return true;
    const replaced =
      this.#kept.has(path) &&
      this.#deletes.some(({ move }) => 'path' in move && move.path === path);
    if (!replaced) return false;
    this.#blocked.add(path);
    this.#notes.push(
      `${displayName(path)} stays a folder: it holds something that snapshots leave out.`,
    );
    return true;
  }

  #block(path: string): void {
    this.#blocked.add(path);
    for (const parent of parentsOf(path)) this.#kept.add(parent);
  }

  #isBlocked(path: string): boolean {
    if (this.#blocked.size === 0) return false;
    return this.#blocked.has(path) || parentsOf(path).some((parent) => this.#blocked.has(parent));
  }

  /** Folders in which something moved get back their time of change. */
  #folderTimes(moves: readonly Move[]): Move[] {
    if (this.#policy !== 'exact') return [];
    const touched = new Set<string>();
    for (const move of moves) if ('path' in move) touched.add(parentOf(move.path));
    const done = new Set(this.#finishes.map((move) => ('path' in move ? move.path : '')));
    return [...touched].flatMap((path): Move[] => {
      const mtime = this.#wantedTimes.get(path);
      if (mtime === undefined || done.has(path)) return [];
      return [
        {
          kind: 'finish',
          area: this.#area,
          path,
          mode: null,
          oldMode: null,
          mtime: toSeconds(mtime),
        },
      ];
    });
  }

  #lostNotes(): string[] {
    const { excluded, nested } = this.#lost;
    const notes = this.#unnameable.map(
      (path) => `${displayName(path)} was left out: this system cannot have a file of that name.`,
    );
    if (excluded > 0)
      notes.push(
        `${String(excluded)} ${excluded === 1 ? 'entry was' : 'entries were'} left out of the snapshot and cannot come back from it.`,
      );
    if (nested > 0)
      notes.push(
        `${String(nested)} worktree${nested === 1 ? '' : 's'} inside this one ${nested === 1 ? 'is' : 'are'} missing; restore ${nested === 1 ? 'it' : 'each'} from its own snapshots.`,
      );
    return notes;
  }
}

function stepsOf({ step, items }: Replace): PlanStep[] {
  const below = items.flatMap(({ below: rest, path, entry }): PlanStep[] =>
    rest === ''
      ? []
      : [
          {
            path,
            action: 'create',
            kind: entry.kind,
            bytes: entry.kind === 'file' ? entry.size : 0,
          },
        ],
  );
  return [step, ...below];
}

function isWritten(entry: TreeEntry): entry is WrittenEntry {
  return entry.kind === 'file' || entry.kind === 'folder' || entry.kind === 'link';
}

/** What a file or link holds; null for anything else. */
function heldBy(entry: TreeEntry): Held | null {
  if (entry.kind === 'file') return { size: entry.size, id: entry.id, chunked: entry.chunked };
  return entry.kind === 'link' ? { target: entry.target } : null;
}
