import { z } from 'zod';

/** Milliseconds since 1970, UTC. */
export const timestamp = z.int().nonnegative().describe('milliseconds since 1970, UTC');

/**
 * A path or file name. A byte that is not valid UTF-8 is a lone surrogate
 * U+DC80–U+DCFF (Python's `surrogateescape`), written as `\udcXX` in JSON.
 */
export const pathText = z.string().min(1).max(8192).describe('path; invalid UTF-8 bytes as U+DCXX');

/** A path inside a snapshot: relative, `/`-separated, `""` is the root. */
export const treePath = z.string().max(8192).describe('path in a snapshot, "/"-separated');

export const snapshotId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'SnapshotId'>()
  .describe('32 hexadecimal digits');
export type SnapshotId = z.infer<typeof snapshotId>;

/** What a person types for a snapshot: any unambiguous beginning of its id, or `latest`. */
export const snapshotRef = z.string().min(1).max(64).describe('an id, its beginning, or "latest"');

export const sourceId = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .brand<'SourceId'>()
  .describe('16 hexadecimal digits');
export type SourceId = z.infer<typeof sourceId>;

export const snapshotKind = z
  .enum(['manual', 'automatic', 'safety'])
  .describe('asked for, after changes settled, or taken before a restore');
export type SnapshotKind = z.infer<typeof snapshotKind>;

export const backupKind = z
  .enum(['full', 'incremental', 'differential', 'snapshot'])
  .describe('how it was taken: what was read, compared and proven');
export type BackupKind = z.infer<typeof backupKind>;

export const worktreeState = z.enum([
  'clean',
  'dirty',
  'conflicted',
  'merging',
  'rebasing',
  'cherry-picking',
  'reverting',
  'bisecting',
  'unborn',
  'plain',
  'missing',
  'unreadable',
]);
export type WorktreeState = z.infer<typeof worktreeState>;

/** Files with uncommitted changes, as `git status` counts them. */
const changeCounts = z.object({
  staged: z.int().nonnegative(),
  unstaged: z.int().nonnegative(),
  untracked: z.int().nonnegative(),
  conflicted: z.int().nonnegative(),
});

export const snapshotSummary = z.object({
  id: snapshotId,
  source: sourceId,
  worktree: pathText.describe('the folder that the snapshot is of'),
  kind: snapshotKind,
  backup: backupKind,
  label: z.string().nullable(),
  createdAt: timestamp,
  branch: z.string().nullable(),
  head: z.string().nullable().describe('commit of HEAD'),
  files: z.int().nonnegative(),
  bytes: z.int().nonnegative().describe('size of all files'),
  newBytes: z.int().nonnegative().describe('bytes that the store did not have yet'),
  storedBytes: z.int().nonnegative().describe('bytes added to the packs, compressed and encrypted'),
  excluded: z.int().nonnegative().describe('entries left out'),
  durationMs: z.number().nonnegative(),
});
export type SnapshotSummary = z.infer<typeof snapshotSummary>;

/** A snapshot as lists have it. */
export const listedSnapshot = snapshotSummary.extend({
  pinned: z.string().nullable().describe('why it is pinned; null when it is not'),
  keptUntil: timestamp.describe(
    'when its time is over; what is pinned, the newest of its kind and what an undo needs stay longer',
  ),
});
export type ListedSnapshot = z.infer<typeof listedSnapshot>;

export const exclusion = z.object({
  path: treePath,
  reason: z.enum([
    'regenerable',
    'too-large',
    'pattern',
    'unreadable',
    'special-file',
    'nested-worktree',
    'changing',
  ]),
  rule: z.string().describe('the pattern, limit or marker that decided'),
  bytes: z.int().nonnegative().nullable().describe('null where nobody counted: a folder'),
});
export type Exclusion = z.infer<typeof exclusion>;

export const snapshotDetails = listedSnapshot.extend({
  exclusions: z.array(exclusion).describe('the first 1000 entries left out'),
  folders: z.int().nonnegative(),
  links: z.int().nonnegative(),
});
export type SnapshotDetails = z.infer<typeof snapshotDetails>;

const protection = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('current').describe('the newest snapshot holds what is on disk'),
  }),
  z.object({ kind: z.literal('pending').describe('changes wait to settle') }),
  z.object({ kind: z.literal('capturing') }),
  z.object({ kind: z.literal('failing'), message: z.string() }),
  z.object({ kind: z.literal('never').describe('no snapshot yet') }),
]);

const journalSeen = z
  .enum(['watched', 'scanned'])
  .describe('told by the system, or found by comparing because events were lost or came too fast');

const journalState = z.object({
  lastAt: timestamp.nullable().describe('of the newest record since the agent started'),
  seen: journalSeen.nullable(),
  why: z.string().nullable().describe('why it was a scan: "burst", "missed", "restore" …'),
  behindMs: z
    .number()
    .nonnegative()
    .describe('age of the oldest change that is not durable yet; 0 when there is none'),
});

export const worktreeInfo = z.object({
  source: sourceId,
  path: pathText,
  name: z.string(),
  repository: pathText.nullable().describe('the common git directory; null for a plain folder'),
  main: z.boolean(),
  branch: z.string().nullable(),
  head: z.string().nullable(),
  state: worktreeState,
  changes: changeCounts.nullable(),
  locked: z.string().nullable().describe('reason of the lock; empty where none was given'),
  protection,
  watch: z.enum(['native', 'polling', 'off']),
  lastSnapshot: z.object({ id: snapshotId, createdAt: timestamp }).nullable(),
  snapshots: z.int().nonnegative(),
  journal: journalState.optional(),
});
export type WorktreeInfo = z.infer<typeof worktreeInfo>;

const entryKind = z.enum(['file', 'folder', 'link', 'nested']);

export const treeEntry = z.object({
  name: z.string(),
  kind: entryKind,
  size: z.int().nonnegative().describe('bytes of a file, 0 otherwise'),
  mode: z.int().nonnegative().describe('permission bits'),
  mtime: z.number().describe('milliseconds since 1970, fractions kept'),
  target: z.string().nullable().describe('where a link points'),
});
export type TreeEntry = z.infer<typeof treeEntry>;

export const change = z.object({
  path: treePath,
  change: z.enum(['added', 'removed', 'modified', 'type', 'mode']),
  kind: entryKind,
  oldSize: z.int().nonnegative().nullable(),
  newSize: z.int().nonnegative().nullable(),
});
export type Change = z.infer<typeof change>;

export const journalEntry = z.object({
  id: snapshotId.describe('names the state after it, wherever a snapshot can be named'),
  sequence: z.int().positive().describe('the order of all records; clocks jump, this does not'),
  source: sourceId,
  worktree: pathText,
  at: timestamp,
  branch: z.string().nullable(),
  head: z.string().nullable(),
  changes: z
    .array(
      z.object({
        change: z.enum(['create', 'write', 'delete', 'rename', 'mode', 'touch', 'git']),
        path: treePath.describe('of git’s own files for "git"'),
        from: treePath.optional().describe('where it was before a rename'),
        files: z.int().nonnegative().optional().describe('files in a folder that came or went'),
      }),
    )
    .describe('the first 200; the counts are of all'),
  created: z.int().nonnegative(),
  written: z.int().nonnegative(),
  deleted: z.int().nonnegative(),
  renamed: z.int().nonnegative(),
  other: z.int().nonnegative().describe('modes, times, git’s own files'),
  seen: journalSeen,
  why: z.string().nullable(),
  newBytes: z.int().nonnegative(),
  storedBytes: z.int().nonnegative(),
});
export type JournalEntry = z.infer<typeof journalEntry>;

export const moment = z.object({
  snapshot: snapshotSummary.describe('the state; its id can be restored'),
  from: z.enum(['snapshot', 'journal']),
  until: timestamp.nullable().describe('when the next state was seen; null for the newest'),
});
export type Moment = z.infer<typeof moment>;

export const planStep = z.object({
  path: treePath,
  action: z.enum(['create', 'overwrite', 'delete', 'mode']),
  kind: entryKind,
  bytes: z.int().nonnegative().describe('bytes written; 0 for a deletion'),
});
export type PlanStep = z.infer<typeof planStep>;

const gitChange = z.object({
  what: z.string().describe('HEAD, index, refs/heads/x, …'),
  from: z.string().nullable(),
  to: z.string().nullable(),
});

export const restorePlan = z.object({
  id: z.string().describe('hand it to restore/apply; good until the agent ends or an hour passed'),
  snapshot: snapshotSummary,
  target: pathText.describe('the folder that is written to'),
  inPlace: z.boolean(),
  steps: z.array(planStep).describe('the first 5000 steps; the counts are of all'),
  creates: z.int().nonnegative(),
  overwrites: z.int().nonnegative(),
  deletes: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  bytes: z.int().nonnegative().describe('bytes to be written'),
  gitState: z.array(gitChange).describe('what moves in git; empty unless asked for or missing'),
  notes: z.array(z.string()).describe('what a person should know before'),
});
export type RestorePlan = z.infer<typeof restorePlan>;

export const restoreResult = z.object({
  operation: z.string().describe('id of the operation'),
  target: pathText,
  restored: z.int().nonnegative().describe('entries written'),
  deleted: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  undo: snapshotId.nullable().describe('the safety snapshot that undo goes back to'),
  verified: z.boolean().describe('read back and compared'),
  notes: z.array(z.string()),
  durationMs: z.number().nonnegative(),
});
export type RestoreResult = z.infer<typeof restoreResult>;

export const operation = z.object({
  id: z.string(),
  kind: z.enum(['restore', 'undo']),
  at: timestamp,
  snapshot: snapshotId,
  target: pathText,
  undo: snapshotId.nullable(),
  undone: z.boolean(),
  restored: z.int().nonnegative(),
  deleted: z.int().nonnegative(),
});
export type Operation = z.infer<typeof operation>;

/** Something that was there and is not any more. */
export const loss = z.object({
  kind: z
    .enum(['deleted', 'reverted', 'folder', 'git', 'stash'])
    .describe(
      'many files at once; uncommitted changes with HEAD where it was; the folder; git’s state; a stash',
    ),
  at: timestamp.describe('of the state just before, which is pinned'),
  worktree: pathText,
  lost: z.int().nonnegative().describe('files, or stashes'),
  paths: z.array(z.string()).describe('the first 20; messages of stashes'),
  withGitState: z.boolean().describe('whether to restore the git state as well'),
});
export type Loss = z.infer<typeof loss>;

/** Something that needs a person. */
export const notice = z.object({
  id: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  source: sourceId.nullable(),
  action: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('show-log') }),
      z.object({ kind: z.literal('verify').describe('show what is damaged: store/verify') }),
      z.object({ kind: z.literal('drill').describe('show what did not come back: drill/last') }),
      z.object({ kind: z.literal('restore'), snapshot: snapshotId }),
      z.object({ kind: z.literal('undo'), operation: z.string() }),
      z.object({
        kind: z.literal('recovery').describe('it waits for a yes: recovery/approve'),
        recovery: z.string(),
      }),
    ])
    .nullable(),
  loss: loss.optional().describe('what was lost, where that is what it tells'),
  alerts: z
    .array(z.string())
    .optional()
    .describe('ids of the alerts that it tells of, worst first; empty when they are over'),
});
export type Notice = z.infer<typeof notice>;

export const progress = z.object({
  phase: z.enum([
    ...(['scanning', 'reading', 'planning', 'saving'] as const),
    ...(['staging', 'applying', 'verifying', 'copying'] as const),
  ]),
  done: z.number().nonnegative(),
  total: z.number().nonnegative().nullable().describe('null while nobody knows'),
  unit: z.enum(['files', 'bytes', 'snapshots', 'packs']),
});
export type Progress = z.infer<typeof progress>;
