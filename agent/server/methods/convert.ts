import * as entities from '../../protocol/entities';
import type {
  Exclusion,
  ListedSnapshot,
  SnapshotDetails,
  SnapshotSummary,
  TreeEntry,
  WorktreeInfo,
} from '../../protocol/entities';
import { BulwarkError } from '../../support/errors';
import type { HardeningManager, WorktreeView } from '../../manager/hardening-manager';
import type { LeftOut, SnapshotRecord, TimedEntry } from '../../protection/snapshots';

/** Refs are shown by their short names. */
const HEADS = 'refs/heads/';

/** The root with the files; every snapshot that shows on the wire has one. */
function filesOf(record: SnapshotRecord): SnapshotRecord['roots'][number] {
  const root = record.roots.find(({ name }) => name === 'files');
  if (root === undefined)
    throw new BulwarkError('store-damaged', `snapshot ${record.id} holds no files`);
  return root;
}

/** A snapshot as the wire tells it. */
export function summaryOf(record: SnapshotRecord): SnapshotSummary {
  const { totals } = filesOf(record);
  return {
    id: entities.snapshotId.parse(record.id),
    source: entities.sourceId.parse(record.source.id),
    worktree: record.source.path,
    kind: record.kind,
    backup: record.backup,
    label: record.label,
    createdAt: record.createdAt,
    branch: shortBranch(record.git?.branch ?? null),
    head: record.git?.head ?? null,
    files: totals.files,
    bytes: totals.bytes,
    newBytes: record.newBytes,
    storedBytes: record.storedBytes,
    excluded: totals.excluded,
    durationMs: record.durationMs,
  };
}

/** What lists tell about snapshots beside what is in them. */
export interface Keep {
  /** What is pinned, by id. */
  readonly pins: ReadonlyMap<string, { readonly reason: string }>;
  /** When a snapshot's time is over, ms since 1970. */
  readonly keptUntil: (record: SnapshotRecord) => number;
}

/** What is to be told now about how long snapshots are kept. */
export async function keepOf({
  snapshots,
  keeping,
}: Pick<HardeningManager, 'snapshots' | 'keeping'>): Promise<Keep> {
  return { pins: await snapshots.pins(), keptUntil: (record) => keeping.keptUntil(record) };
}

/** A snapshot as lists tell it. */
export function listedOf(record: SnapshotRecord, { pins, keptUntil }: Keep): ListedSnapshot {
  const pinned = pins.get(record.id)?.reason ?? null;
  return { ...summaryOf(record), pinned, keptUntil: keptUntil(record) };
}

export function detailsOf(
  record: SnapshotRecord,
  leftOut: readonly LeftOut[],
  keep: Keep,
): SnapshotDetails {
  const { totals } = filesOf(record);
  return {
    ...listedOf(record, keep),
    folders: totals.folders,
    links: totals.links,
    exclusions: leftOut.map((item): Exclusion => ({
      path: item.path,
      reason: entities.exclusion.shape.reason.parse(item.reason),
      rule: item.rule,
      bytes: item.bytes,
    })),
  };
}

/** A worktree as the wire tells it. */
export function infoOf(view: WorktreeView): WorktreeInfo {
  const { guard, status } = view;
  const { source, newest } = guard;
  const worktree = source.kind === 'worktree' ? source.worktree : null;
  return {
    source: entities.sourceId.parse(source.id),
    path: source.path,
    name: view.name,
    repository: worktree?.commonDir ?? null,
    main: worktree === null || worktree.role === 'main',
    branch: status?.branch ?? shortBranch(newest?.git?.branch ?? null),
    head: status?.head ?? newest?.git?.head ?? null,
    state: worktree === null ? 'plain' : (status?.state ?? 'unreadable'),
    changes:
      status === null
        ? null
        : {
            staged: status.staged,
            unstaged: status.unstaged,
            untracked: status.untracked,
            conflicted: status.conflicted,
          },
    locked: worktree?.locked?.reason ?? null,
    protection: guard.cover,
    watch: guard.watch,
    lastSnapshot:
      newest === null
        ? null
        : { id: entities.snapshotId.parse(newest.id), createdAt: newest.createdAt },
    snapshots: view.snapshots,
    journal: {
      lastAt: guard.journal.last?.at ?? null,
      seen: guard.journal.last?.seen ?? null,
      why: guard.journal.last?.why ?? null,
      behindMs: guard.journal.behindMs,
    },
  };
}

/** An entry of a snapshot's folder; null for what was left out, which has no content to show. */
export function entryOf({ entry, times }: TimedEntry): TreeEntry | null {
  if (entry.kind === 'excluded') return null;
  return {
    name: entry.name,
    kind: entry.kind,
    size: entry.kind === 'file' ? entry.size : 0,
    mode: entry.kind === 'file' || entry.kind === 'folder' ? entry.mode : 0,
    mtime: Number(times.mtime / 1000n) / 1000,
    target: entry.kind === 'link' ? entry.target : null,
  };
}

/** The root, which no folder holds an entry for. */
export function rootEntryOf({ createdAt }: SnapshotRecord): TreeEntry {
  return { name: '', kind: 'folder', size: 0, mode: 0o755, mtime: createdAt, target: null };
}

/** A branch as people name it. */
export function shortBranch(ref: string | null): string | null {
  return ref?.startsWith(HEADS) === true ? ref.slice(HEADS.length) : ref;
}
