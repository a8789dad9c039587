import { z } from 'zod';
import { parseBlobId } from './blob-id';

const blobId = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform(parseBlobId);
const id = z.string().regex(/^[0-9a-f]{32}$/);

const totals = z.object({
  files: z.number(),
  folders: z.number(),
  links: z.number(),
  bytes: z.number(),
  excluded: z.number(),
});

/** One tree of a snapshot: the files, or a part of git's own state. */
const root = z.object({
  name: z.enum(['files', 'git-worktree', 'git-common']),
  tree: blobId,
  times: blobId,
  totals,
});
export type SnapshotRoot = z.infer<typeof root>;

/** What a snapshot is of, complete enough to restore it when all of git is gone. */
const source = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  kind: z.enum(['worktree', 'repository', 'folder', 'files', 'records']),
  path: z.string(),
  /** Of a data source. */
  name: z.string().optional(),
  /** Of a set of files: which paths in `path` it is; none for everything. */
  files: z.array(z.string()).optional(),
});
export type RecordedSource = z.infer<typeof source>;

const git = z.object({
  commonDir: z.string(),
  gitDir: z.string(),
  role: z.enum(['main', 'linked']),
  branch: z.string().nullable(),
  head: z.string().nullable(),
});
export type SnapshotGit = z.infer<typeof git>;

const backupKind = z.enum(['full', 'incremental', 'differential', 'snapshot']);
export type BackupKind = z.infer<typeof backupKind>;

export const snapshotRecord = z.object({
  type: z.literal('snapshot'),
  id,
  /** Order among all records of the store; clocks jump, this does not. */
  sequence: z.int().positive(),
  source,
  kind: z.enum(['manual', 'automatic', 'safety']),
  /** How it was taken: what was read, compared and proven, and how long it is kept. */
  backup: backupKind.default('snapshot'),
  label: z.string().nullable(),
  createdAt: z.number(),
  durationMs: z.number(),
  roots: z.array(root),
  git: git.nullable(),
  newBytes: z.number(),
  storedBytes: z.number(),
});
export type SnapshotRecord = z.infer<typeof snapshotRecord>;

export const operationRecord = z.object({
  type: z.literal('operation'),
  id,
  sequence: z.int().positive(),
  kind: z.enum(['restore', 'undo']),
  at: z.number(),
  snapshot: id,
  target: z.string(),
  /** The safety snapshot, null where there was nothing to save. */
  undo: id.nullable(),
  /** The operation that this one took back. */
  undoes: id.nullable(),
  /** What was restored: everything, or these paths. */
  paths: z.array(z.string()).nullable(),
  withGitState: z.boolean(),
  restored: z.number(),
  deleted: z.number(),
});
export type OperationRecord = z.infer<typeof operationRecord>;

/** Something that became of a path between two states of a source. */
const journalChange = z.object({
  change: z.enum(['create', 'write', 'delete', 'rename', 'mode', 'touch', 'git']),
  /** In the source's files; of git's own files for `git`. */
  path: z.string(),
  /** Where it was before a rename. */
  from: z.string().optional(),
  /** Files in a folder that came, went or was renamed as a whole. */
  files: z.number().optional(),
});
export type JournalChange = z.infer<typeof journalChange>;

/** A moment of a source between two snapshots: its whole state, and what had changed. */
export const journalRecord = z.object({
  type: z.literal('journal'),
  id,
  sequence: z.int().positive(),
  source,
  /** Wall clock when it was seen, ms; `sequence` tells the order. */
  at: z.number(),
  /** From the beginning of the capture until it was handed in, ms. */
  durationMs: z.number(),
  roots: z.array(root),
  git: git.nullable(),
  /** The first of them; the counts are of all. */
  changes: z.array(journalChange),
  counts: z.object({
    created: z.number(),
    written: z.number(),
    deleted: z.number(),
    renamed: z.number(),
    other: z.number(),
  }),
  /** `scanned`: everything was compared, because events were lost or came too fast. */
  seen: z.enum(['watched', 'scanned']),
  /** Why it was a scan, in one word. */
  why: z.string().nullable(),
  newBytes: z.number(),
  storedBytes: z.number(),
});
export type JournalRecord = z.infer<typeof journalRecord>;

/** What disappeared after a state. */
const lossFacts = z.object({
  kind: z.enum(['deleted', 'reverted', 'folder', 'git', 'stash']),
  /** Files, or stashes. */
  lost: z.number(),
  /** The first of them. */
  paths: z.array(z.string()),
  withGitState: z.boolean(),
});

/** Keeps a snapshot or a journal record from being given up, or lets go of it; the newest for a target counts. */
export const pinRecord = z.object({
  type: z.literal('pin'),
  id,
  sequence: z.int().positive(),
  at: z.number(),
  /** The snapshot or journal record. */
  target: id,
  pinned: z.boolean(),
  /** Why, in words for the user. */
  reason: z.string(),
  /** Of a state that was pinned because of what was lost after it. */
  loss: lossFacts.optional(),
});
export type PinRecord = z.infer<typeof pinRecord>;

/** A journal record in the shape of a snapshot: a moment can be looked at and restored like one. */
export function momentOf(record: JournalRecord): SnapshotRecord {
  const { id, sequence, source, at, durationMs, roots, git, newBytes, storedBytes } = record;
  const facts = { id, sequence, source, durationMs, roots, git, newBytes, storedBytes };
  return {
    type: 'snapshot',
    kind: 'automatic',
    backup: 'snapshot',
    label: null,
    createdAt: at,
    ...facts,
  };
}

/** Gives snapshots (and journal records) up. Their records may still lie in packs, and count no more. */
const forgetRecord = z.object({
  type: z.literal('forget'),
  id,
  sequence: z.int().positive(),
  at: z.number(),
  snapshots: z.array(id),
  /** Why, in words for the user. */
  reason: z.string(),
});

/** Gives a pack up: what counts in it was copied to others before, and it will be deleted. */
export const tombstoneRecord = z.object({
  type: z.literal('tombstone'),
  id,
  sequence: z.int().positive(),
  at: z.number(),
  pack: id,
});
export type TombstoneRecord = z.infer<typeof tombstoneRecord>;

/** A data source was registered, or is no more; the newest for a name counts. */
export const dataSourceRecord = z.object({
  type: z.literal('data-source'),
  id,
  sequence: z.int().positive(),
  at: z.number(),
  name: z.string(),
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('folder'), path: z.string() }),
    z.object({ kind: z.literal('files'), path: z.string(), files: z.array(z.string()) }),
    z.object({ kind: z.literal('records') }),
  ]),
  registered: z.boolean(),
});
export type DataSourceRecord = z.infer<typeof dataSourceRecord>;

/** A fact that the packs keep beside the blobs. */
export const storeRecord = z.discriminatedUnion('type', [
  snapshotRecord,
  operationRecord,
  pinRecord,
  journalRecord,
  forgetRecord,
  tombstoneRecord,
  dataSourceRecord,
]);
export type StoreRecord = z.infer<typeof storeRecord>;

/** Whether these bytes (JSON) are that record; the order of fields does not count. */
export function sameRecord(bytes: Buffer, record: StoreRecord): boolean {
  try {
    const other = storeRecord.safeParse(JSON.parse(bytes.toString('utf8')));
    return (
      other.success && JSON.stringify(other.data) === JSON.stringify(storeRecord.parse(record))
    );
  } catch {
    return false;
  }
}
