import type {
  JournalRecord,
  OperationRecord,
  SnapshotRecord,
} from '../../../agent/repository/record';
import type { Picture } from './pictures';

const DAY = 86_400_000;

/** How long each class is kept, ms, as docs/backups.md promises. */
const KEPT_FOR = {
  full: 30 * DAY,
  incremental: 7 * DAY,
  differential: 14 * DAY,
  snapshot: 3 * DAY,
  manual: 30 * DAY,
  safety: 7 * DAY,
  journal: DAY,
} as const;

type Class = keyof typeof KEPT_FOR;

/** What of git belongs to a state. */
export interface GitFacts {
  readonly head: string;
  readonly branch: string;
  readonly index: string;
}

/** A snapshot or a moment that the store has acknowledged. */
export interface Known {
  readonly id: string;
  readonly sequence: number;
  readonly source: string;
  readonly path: string;
  readonly at: number;
  readonly kept: Class;
  readonly picture: Picture;
  /** Where it is known exactly. */
  readonly git: GitFacts | null;
}

export function classOf(record: SnapshotRecord | JournalRecord): Class {
  if (record.type === 'journal') return 'journal';
  if (record.kind === 'safety') return 'safety';
  return record.kind === 'manual' && record.backup === 'snapshot' ? 'manual' : record.backup;
}

/** A restore or an undo that was acknowledged, and what was there before it. */
export type Done = Pick<
  OperationRecord,
  'id' | 'sequence' | 'target' | 'undo' | 'undoes' | 'paths' | 'withGitState'
>;

/** What was promised: every acknowledged state, byte by byte, and what is done with it. */
export class Model {
  readonly records: Map<string, Known>;
  readonly pins: Set<string>;
  readonly operations: Map<string, Done>;

  constructor(from?: Model) {
    this.records = new Map(from?.records);
    this.pins = new Set(from?.pins);
    this.operations = new Map(from?.operations);
  }

  add(known: Known): void {
    this.records.set(known.id, known);
  }

  /** Oldest first. */
  of(path: string): Known[] {
    return [...this.records.values()]
      .filter((known) => known.path === path)
      .sort((a, b) => a.sequence - b.sequence);
  }

  /** The state that a place was in at a time, as docs/journal.md has it. */
  at(path: string, time: number): Known | null {
    return this.of(path).findLast(({ at }) => at <= time) ?? null;
  }

  /** The restore that an undo takes back. */
  get undoable(): Done | null {
    const undone = new Set([...this.operations.values()].map(({ undoes }) => undoes));
    const left = [...this.operations.values()].filter(({ id }) => !undone.has(id));
    return left.sort((a, b) => a.sequence - b.sequence).at(-1) ?? null;
  }

  /** Ids of what a clean-up gives up at a time, by the rules of docs/backups.md. */
  expired(now: number): Set<string> {
    const newest = new Map<string, Known>();
    for (const known of this.records.values()) {
      const group = `${known.source} ${known.kept}`;
      if ((newest.get(group)?.sequence ?? 0) < known.sequence) newest.set(group, known);
    }
    const stays = new Set([...newest.values()].map(({ id }) => id));
    for (const id of [...this.pins, ...this.#forUndo()]) stays.add(id);
    return new Set(
      [...this.records.values()]
        .filter(({ id, at, kept }) => !stays.has(id) && now - at >= KEPT_FOR[kept])
        .map(({ id }) => id),
    );
  }

  /** Ids of what may be given up for room: all but the pinned, and the newest of each source and journal. */
  spare(): Set<string> {
    const newest = new Map<string, Known>();
    for (const known of this.records.values()) {
      const group = `${known.source} ${String(known.kept === 'journal')}`;
      if ((newest.get(group)?.sequence ?? 0) < known.sequence) newest.set(group, known);
    }
    const stays = new Set([...this.pins, ...[...newest.values()].map(({ id }) => id)]);
    return new Set([...this.records.keys()].filter((id) => !stays.has(id)));
  }

  /** The safety snapshot of the last restore of each folder, as long as it can be undone. */
  #forUndo(): string[] {
    const undone = new Set([...this.operations.values()].map(({ undoes }) => undoes));
    const last = new Map<string, Done>();
    for (const done of [...this.operations.values()].sort((a, b) => a.sequence - b.sequence))
      if (!undone.has(done.id) && done.undo !== null) last.set(done.target, done);
    return [...last.values()].flatMap(({ undo }) => undo ?? []);
  }
}
