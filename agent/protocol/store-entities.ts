import { z } from 'zod';
import { pathText, snapshotId, sourceId, timestamp, treePath } from './entities';

export const affectedPath = z.object({
  source: sourceId,
  worktree: pathText.describe('the folder that the snapshots are of'),
  root: z.enum(['files', 'git-worktree', 'git-common']).describe('a file of the user, or of git'),
  path: treePath.describe('empty for all of it'),
  what: z
    .enum(['file', 'folder', 'times'])
    .describe('times: only when the entries of a folder were changed is lost'),
  snapshots: z.array(snapshotId).describe('the first 100 in which it is like that'),
  first: timestamp.describe('when the oldest of them was taken'),
  last: timestamp,
});
export type AffectedPath = z.infer<typeof affectedPath>;

/** What `store/repair` would do after a verification. */
const repairPlan = z.object({
  id: z.string().describe('hand it to store/repair; good until the next store/verify'),
  strays: z.int().nonnegative().describe('blobs that the catalog has in a wrong place'),
  records: z.int().nonnegative().describe('records that are written again from the catalog'),
  packs: z.array(z.string()).describe('packs that are copied to others and then set aside'),
  missingPacks: z.array(z.string()).describe('packs that are not there any more'),
  closedPacks: z.array(z.string()).describe('packs that cannot be opened: a person must look'),
  rebuildsCatalog: z.boolean(),
  lost: z.int().nonnegative().describe('blobs that no pack has whole'),
  searched: z.array(pathText).describe('folders that are read again to find what is lost'),
});

export const verifyReport = z.object({
  ok: z.boolean(),
  snapshots: z.int().nonnegative(),
  blobs: z.int().nonnegative(),
  bytes: z.int().nonnegative().describe('plain bytes whose hash was checked'),
  packs: z.int().nonnegative(),
  errors: z.array(
    z.object({
      what: z.enum(['pack', 'frame', 'blob', 'tree', 'snapshot', 'catalog']),
      where: z.string(),
      message: z.string(),
      snapshots: z.array(snapshotId).describe('snapshots that miss something because of it'),
    }),
  ),
  affected: z.array(affectedPath).describe('files that cannot be read now, the first 1000'),
  affectedTotal: z.int().nonnegative(),
  repair: repairPlan.nullable().describe('null when there is nothing to be mended'),
  durationMs: z.number().nonnegative(),
});
export type VerifyReport = z.infer<typeof verifyReport>;

export const repairResult = z.object({
  found: z.int().nonnegative().describe('blobs that were in another place of the store'),
  copied: z.int().nonnegative().describe('blobs that were copied out of damaged packs'),
  records: z.int().nonnegative().describe('records that were written again'),
  quarantined: z.array(pathText).describe('damaged packs, where they are kept now'),
  fromWorktrees: z.array(z.object({ path: pathText, blobs: z.int().positive() })),
  fromReplicas: z.int().nonnegative(),
  catalogRebuilt: z.boolean(),
  lost: z.int().nonnegative().describe('blobs that were found nowhere'),
  affected: z.array(affectedPath).describe('files that stay unreadable, the first 1000'),
  affectedTotal: z.int().nonnegative(),
  closedPacks: z.array(z.string()).describe('packs that are there and cannot be opened'),
});
export type RepairResult = z.infer<typeof repairResult>;

const gitVerdict = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none').describe('it has no git state') }),
  z.object({ kind: z.literal('accepted') }),
  z.object({ kind: z.literal('rejected'), message: z.string() }),
  z.object({
    kind: z.literal('unproven').describe('git could not be asked, by no fault of the backup'),
    message: z.string(),
  }),
]);

export const drillReport = z.object({
  ok: z.boolean(),
  at: timestamp.describe('when it ended'),
  durationMs: z.number().nonnegative(),
  sources: z.array(
    z.object({
      source: sourceId,
      worktree: pathText,
      snapshot: snapshotId.nullable().describe('null where there is no backup yet'),
      createdAt: timestamp.nullable(),
      ok: z.boolean(),
      entries: z.int().nonnegative().describe('files, folders and links that were restored'),
      bytes: z.int().nonnegative(),
      restoreMs: z.number().nonnegative().describe('until everything was back'),
      compareMs: z.number().nonnegative().describe('reading it back and comparing'),
      git: gitVerdict,
      problems: z.array(z.string()),
    }),
  ),
});
export type DrillReport = z.infer<typeof drillReport>;

const proofLevel = z
  .object({
    at: timestamp,
    ok: z.boolean(),
    note: z.string().nullable().describe('why it is not proven, where that is no damage'),
  })
  .nullable()
  .describe('null when it was never looked at');

export const integrity = z.object({
  score: z
    .number()
    .min(0)
    .max(1)
    .describe(
      '1 only when all bytes, references and git states were proven and nothing is damaged',
    ),
  provenBytes: z.int().nonnegative().describe('bytes of the packs that were read back'),
  totalBytes: z.int().nonnegative(),
  oldestProof: timestamp.nullable().describe('of all bytes that were read back'),
  structure: proofLevel,
  meaning: proofLevel,
  damage: z
    .object({
      foundAt: timestamp,
      message: z.string(),
      files: z.int().nonnegative(),
      snapshots: z.int().nonnegative(),
    })
    .nullable()
    .describe('what could not be mended'),
});
export type Integrity = z.infer<typeof integrity>;

export const storeStats = z.object({
  path: pathText,
  packs: z.int().nonnegative(),
  packBytes: z.int().nonnegative(),
  catalogBytes: z.int().nonnegative(),
  blobs: z.int().nonnegative(),
  blobBytes: z.int().nonnegative().describe('plain bytes of all distinct blobs'),
  snapshots: z.int().nonnegative(),
  protectedBytes: z.int().nonnegative().describe('plain bytes of all snapshots added up'),
  freeBytes: z.int().nonnegative().describe('free space of the disk'),
  codec: z.string(),
  integrity,
});
export type StoreStats = z.infer<typeof storeStats>;
