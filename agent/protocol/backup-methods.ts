import { z } from 'zod';
import * as e from './entities';
import type { MethodSpec } from './method-spec';
import { placePath } from './path-entities';

const token = { progressToken: z.union([z.string(), z.int()]).optional() };
const latestPath = placePath.optional().describe('where "latest" is looked up');

const backup = z.object({
  snapshot: e.snapshotSummary,
  provenBlobs: z.int().nonnegative().describe('stored blobs that were read back and checked'),
  provenBytes: z.int().nonnegative().describe('bytes of the packs that were read for it'),
  mended: z.boolean().describe('whether something in the store was damaged and was stored anew'),
});

const expiring = z.object({
  snapshot: e.snapshotSummary,
  why: z.enum(['age', 'space']).describe('its time is over, or there is no room'),
});

const packFate = z.object({
  pack: z.string(),
  bytes: z.int().nonnegative(),
  liveBytes: z.int().nonnegative().describe('about how much of it is still needed, and is copied'),
  cause: z
    .enum(['empty', 'sparse', 'small'])
    .describe('nothing in it is needed, little of it is, or it is one of many small ones'),
  fate: z
    .enum(['deleted', 'given-up', 'waiting', 'damaged'])
    .describe('a pack that was given up is deleted after a grace; a damaged one is left alone'),
});

/** Requests about kinds of backups, and about what is kept. */
export const BACKUP_METHODS = {
  'backup/run': {
    summary: 'Take a backup of a kind now, of the worktree that holds a path or of all.',
    params: z.object({
      kind: e.backupKind,
      path: placePath.optional().describe('anything in the worktree; all worktrees without it'),
      ...token,
    }),
    result: z.object({ backups: z.array(backup) }),
    progress: true,
    mutates: true,
  },
  'backup/schedule': {
    summary: 'When backups run by themselves, and how long each kind is kept.',
    params: z.object({}),
    result: z.object({
      kinds: z.array(
        z.object({
          kind: z
            .enum([...e.backupKind.options, 'journal'])
            .describe('`journal`: the transaction log'),
          pattern: z.string().nullable().describe('cron pattern in local time; null for never'),
          keepMs: z.number().nonnegative(),
          last: e.timestamp.nullable(),
          next: e.timestamp.nullable(),
          heldBy: z
            .string()
            .nullable()
            .optional()
            .describe('why one that is due waits, for people; null where none does'),
        }),
      ),
    }),
    progress: false,
    mutates: false,
  },
  'snapshot/pin': {
    summary:
      'Keep a snapshot until it is unpinned, whatever its age and however little room there is.',
    params: z.object({
      snapshot: e.snapshotRef,
      path: latestPath,
      reason: z.string().max(200).optional().describe('why, for people'),
    }),
    result: e.listedSnapshot,
    progress: false,
    mutates: true,
  },
  'snapshot/unpin': {
    summary: 'Let a pinned snapshot go when its time is over.',
    params: z.object({ snapshot: e.snapshotRef, path: latestPath }),
    result: e.listedSnapshot,
    progress: false,
    mutates: true,
  },
  'snapshot/planDelete': {
    summary: 'What deleting snapshots would mean. Changes nothing.',
    params: z.object({ snapshots: z.array(e.snapshotRef).min(1).max(1000), path: latestPath }),
    result: z.object({
      snapshots: z.array(e.snapshotSummary),
      notes: z.array(z.string()).describe('what a person should know before'),
    }),
    progress: false,
    mutates: false,
  },
  'snapshot/delete': {
    summary: 'Delete snapshots for good. Their space is given back by store/collectGarbage.',
    params: z.object({ snapshots: z.array(e.snapshotId).min(1).max(1000) }),
    result: z.object({ deleted: z.int().nonnegative() }),
    progress: false,
    mutates: true,
  },
  'store/collectGarbage': {
    summary: 'Delete the snapshots whose time is over, and give back space that nothing needs.',
    params: z.object({
      dryRun: z.boolean().optional().describe('only tell what would be done'),
      now: z.boolean().optional().describe('do not wait for the grace before packs are deleted'),
      ...token,
    }),
    result: z.object({
      dryRun: z.boolean(),
      expired: z.array(expiring).describe('the first 1000'),
      expiredTotal: z.int().nonnegative(),
      moments: z.int().nonnegative().describe('moments of the journal whose time is over'),
      snapshots: z.int().nonnegative().describe('snapshots that stay'),
      packs: z.array(packFate).describe('the first 1000'),
      packsTotal: z.int().nonnegative(),
      freedBytes: z.int().nonnegative(),
      waitingBytes: z.int().nonnegative().describe('freed when the grace is over'),
      copiedBytes: z.int().nonnegative(),
      durationMs: z.number().nonnegative(),
    }),
    progress: true,
    mutates: true,
  },
} as const satisfies Record<string, MethodSpec>;
