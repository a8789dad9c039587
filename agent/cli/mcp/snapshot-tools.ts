import { z } from 'zod';
import type { SnapshotSummary } from '../../protocol/entities';
import type { ParamsOf } from '../../protocol/methods';
import { reasonOf } from '../failure';
import { ADDS, LOOKS, tool, type ToolContext } from './tool';
import * as shapes from './shapes';

/** So many differences are handed to a model; the count is of all. */
const CHANGES_SHOWN = 500;
const LABEL_LENGTH = 200;

export const path = z
  .string()
  .min(1)
  .max(8192)
  .optional()
  .describe('absolute path of anything in the worktree; the folder of this session unless given');

export const snapshot = z
  .string()
  .regex(/^(latest|[0-9a-f]{4,32})$/, 'it must be an id, its beginning, or "latest"')
  .describe('id from list_snapshots, its beginning, or "latest" for the newest of the worktree');

export const takeSnapshot = tool({
  name: 'take_snapshot',
  title: 'Take a snapshot',
  description:
    'Keep the whole state of a worktree (tracked, untracked and ignored files, and the git state) before something risky: deleting, moving or generating files, git checkout, reset, rebase or clean, a migration. Takes milliseconds and changes nothing in the worktree.',
  input: {
    path,
    label: z
      .string()
      .min(1)
      .max(LABEL_LENGTH)
      .describe('what is about to be done, for people, as "before the rename of the API"'),
  },
  output: { snapshot: shapes.snapshotShape },
  annotations: ADDS,
  run: async ({ path: at, label }, context) => ({
    snapshot: shapes.snapshotFor(await take(at ?? context.cwd, label, context)),
  }),
});

/** A folder that is not protected yet is protected first: to be asked for a snapshot is to be asked for that. */
async function take(at: string, label: string, { ask }: ToolContext): Promise<SnapshotSummary> {
  try {
    return await ask('snapshot/create', { path: at, label });
  } catch (error) {
    if (reasonOf(error) !== 'not-protected') throw error;
    await ask('worktree/protect', { path: at });
    return await ask('snapshot/create', { path: at, label });
  }
}

export const listSnapshots = tool({
  name: 'list_snapshots',
  title: 'List snapshots',
  description:
    'The states of a worktree that can be restored, newest first. Beside those that were asked for there are automatic ones, taken whenever changes settled.',
  input: {
    path,
    limit: z.int().min(1).max(200).default(30),
    before: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('only older ones: for the next page'),
  },
  output: { snapshots: z.array(shapes.snapshotShape), more: z.boolean() },
  annotations: LOOKS,
  run: async ({ path: at, limit, before }, { ask, cwd }) => {
    const older = before === undefined ? {} : { before: Math.max(0, Date.parse(before)) };
    const listed = await ask('snapshot/list', { path: at ?? cwd, limit, ...older });
    return { snapshots: listed.snapshots.map(shapes.snapshotFor), more: listed.more };
  },
});

export const compareSnapshots = tool({
  name: 'compare_snapshots',
  title: 'Compare snapshots',
  description:
    'Which files differ between a snapshot and another one, or the worktree as it is now. To read a file as it was, read the resource bulwark://snapshot/{id}/{path}.',
  input: {
    snapshot,
    to: snapshot.optional().describe('another snapshot; the worktree as it is now unless given'),
    path,
  },
  output: {
    from: shapes.snapshotShape,
    changes: z.array(shapes.changeShape).describe(`the first ${String(CHANGES_SHOWN)}`),
    total: z.int(),
  },
  annotations: LOOKS,
  run: async ({ snapshot: from, to, path: at }, { ask, cwd }) => {
    const other: ParamsOf<'snapshot/diff'>['to'] =
      to === undefined ? { kind: 'worktree' } : { kind: 'snapshot', snapshot: to };
    const found = await ask('snapshot/diff', { snapshot: from, to: other, path: at ?? cwd });
    return {
      from: shapes.snapshotFor(found.from),
      changes: found.changes.slice(0, CHANGES_SHOWN).map(shapes.changeFor),
      total: found.total,
    };
  },
});
