import { z } from 'zod';
import type { WorktreeInfo } from '../../protocol/entities';
import type { HealthStatus } from '../../protocol/health-entities';
import { isoTime } from '../../support/clock';
import { displayName } from '../../support/names';
import {
  alertFor,
  alertShape,
  lossFor,
  lossShape,
  snapshotFor,
  snapshotShape,
  time,
} from './shapes';
import { path } from './snapshot-tools';
import { ADDS, LOOKS, tool } from './tool';

const changes = z.object({
  staged: z.int(),
  unstaged: z.int(),
  untracked: z.int(),
  conflicted: z.int(),
});

const worktreeShape = z.object({
  path: z.string(),
  branch: z.string().nullable(),
  state: z.string().describe('clean, dirty, conflicted, merging, rebasing …'),
  changes: changes
    .nullable()
    .describe('files with uncommitted changes; null where git cannot tell'),
  kept: z
    .string()
    .describe('"current": the newest state that is kept is what is on the disk; or why it is not'),
  newestState: time.nullable(),
  snapshots: z.int(),
  alerts: z.array(alertShape),
  losses: z.array(lossShape).describe('what was lost there and not restored since'),
});

export const listWorktrees = tool({
  name: 'list_worktrees',
  title: 'List worktrees and their health',
  description:
    'The worktrees that are protected, whether their newest state is kept, what is wrong with them, with the machine and with the store, and what was lost and can be restored. Look here first when files are missing or git fails.',
  input: {},
  output: {
    worst: z.enum(['ok', 'info', 'warning', 'critical']),
    worktrees: z.array(worktreeShape),
    alerts: z.array(alertShape).describe('that are of no single worktree'),
  },
  annotations: LOOKS,
  run: async (_args, { ask }) => {
    const { worktrees, losses = [] } = await ask('agent/status', {});
    const health = await ask('health/status', {});
    const ids = new Set<string>(worktrees.map(({ source }) => source));
    return {
      worst: health.worst,
      worktrees: worktrees.map((worktree) => ({
        ...described(worktree, health),
        losses: losses.filter(({ source }) => source === worktree.source).map(lossFor),
      })),
      alerts: health.alerts.filter(({ subject }) => !ids.has(subject.id)).map(alertFor),
    };
  },
});

function described(
  worktree: WorktreeInfo,
  { alerts }: HealthStatus,
): Omit<z.infer<typeof worktreeShape>, 'losses'> {
  const { path: place, branch, state, lastSnapshot, journal, snapshots, source } = worktree;
  const newest = Math.max(lastSnapshot?.createdAt ?? 0, journal?.lastAt ?? 0);
  const { protection } = worktree;
  return {
    path: displayName(place),
    branch: branch === null ? null : displayName(branch),
    state,
    changes: worktree.changes,
    kept: protection.kind === 'failing' ? displayName(protection.message) : protection.kind,
    newestState: newest === 0 ? null : isoTime(newest),
    snapshots,
    alerts: alerts.filter(({ subject }) => subject.id === source).map(alertFor),
  };
}

export const reportTrouble = tool({
  name: 'report_trouble',
  title: 'Report trouble',
  description:
    'Say that something is wrong in a worktree (files are missing or damaged, git fails, a command destroyed something), before you try to repair it. Its present state is kept and pinned, the person is told, and the answer is what is known: alerts, and losses with the snapshot that has them.',
  input: {
    path,
    message: z.string().min(1).max(2000).describe('what is wrong and what came before it'),
  },
  output: {
    kept: snapshotShape.nullable().describe('the state as it is now, pinned'),
    problem: z.string().nullable().describe('why it could not be kept'),
    alerts: z.array(alertShape),
    losses: z.array(lossShape),
  },
  annotations: ADDS,
  run: async ({ path: at, message }, { ask, cwd, who }) => {
    const told = await ask('trouble/report', { path: at ?? cwd, message, by: who });
    return {
      kept: told.kept === null ? null : snapshotFor(told.kept),
      problem: told.problem === null ? null : displayName(told.problem),
      alerts: told.alerts.map(alertFor),
      losses: told.losses.map(lossFor),
    };
  },
});
