import { z } from 'zod';
import { alertRule } from './alert-rule';
import { componentId, componentName, componentSpec } from './component-spec';
import { pathText, sourceId, timestamp, worktreeState } from './entities';

const severity = z
  .enum(['info', 'warning', 'critical'])
  .describe('`info` is only shown; of the others people are told');

const usage = z.object({ used: z.number(), limit: z.number() });

/** How a component is. */
const componentState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('up') }),
  z.object({ kind: z.literal('down'), why: z.string() }),
  z.object({ kind: z.literal('unknown').describe('nobody can tell'), why: z.string() }),
  z.object({ kind: z.literal('starting') }),
  z.object({ kind: z.literal('stopping') }),
  z.object({ kind: z.literal('stopped'), why: z.string() }),
  z.object({ kind: z.literal('waiting'), for: z.array(componentId) }),
  z.object({
    kind: z.literal('backing-off').describe('it is started again soon'),
    why: z.string(),
  }),
  z.object({ kind: z.literal('failed').describe('it needs a person'), why: z.string() }),
  z.object({ kind: z.literal('unapproved') }),
]);

export const componentInfo = z.object({
  id: componentId,
  title: z.string().nullable(),
  kind: z.enum(['process', 'http', 'tcp', 'command', 'file', 'pid', 'heartbeat']),
  spec: componentSpec,
  origin: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('settings'), file: pathText }),
    z.object({ kind: z.literal('program'), name: z.string() }),
  ]),
  dependsOn: z.array(componentId),
  state: componentState,
  since: timestamp,
  checkedAt: timestamp.nullable(),
  pid: z.int().nullable(),
  restarts: z.int().nonnegative().describe('after failures, since the agent started'),
  memoryBytes: z
    .number()
    .nullable()
    .optional()
    .describe('of a process and its children; null unless `maxMemoryBytes` is set and it runs'),
  circuit: z
    .enum(['closed', 'open', 'half-open'])
    .optional()
    .describe('of its checks: `open` while they are held back because they failed too often'),
  checks: z.object({
    count: z.int().nonnegative().describe('at most the last 60'),
    errorRate: z.number().describe('from 0 to 1'),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
    perSecond: z
      .number()
      .nullable()
      .optional()
      .describe('answered checks; null before there are two'),
  }),
  uptime: z
    .object({
      upMs: z.number().nonnegative(),
      ofMs: z.number().nonnegative().describe('the time in which it was known whether it is up'),
    })
    .optional()
    .describe('since the agent watches it'),
});
export type ComponentInfo = z.infer<typeof componentInfo>;

export const logLine = z.object({
  number: z.int().positive(),
  at: timestamp,
  from: z.enum(['stdout', 'stderr', 'agent']),
  text: z.string(),
});
export type LogLine = z.infer<typeof logLine>;

export const settingsFile = z.object({
  file: pathText,
  foreign: z.boolean().describe('it lies in a repository or folder, not in the agent’s home'),
  approved: z.boolean(),
  hash: z.string().describe('SHA-256 of its content; empty where it cannot be read'),
  components: z.array(z.string()),
  rules: z
    .array(
      z.object({
        name: z.string(),
        rule: alertRule,
        of: z
          .string()
          .nullable()
          .describe('whole id of the component, path or severity that is meant; null for all'),
      }),
    )
    .optional()
    .describe('alert rules'),
  problems: z.array(
    z.object({
      component: z.string().nullable(),
      key: z.string(),
      message: z.string(),
      line: z.int().positive().nullable().optional().describe('from 1; null without a place'),
      column: z.int().positive().nullable().optional().describe('from 1, in UTF-16 units'),
    }),
  ),
});
export type SettingsFile = z.infer<typeof settingsFile>;

export const alertInfo = z.object({
  id: z.string().describe('the same for the same fault of the same thing'),
  fault: z.string().describe('from the catalogue of faults, as `git.index-damaged`'),
  title: z.string().describe('of the fault'),
  severity,
  state: z.enum(['pending', 'firing', 'resolving', 'resolved']),
  unknown: z.boolean().describe('nobody could tell the last time'),
  subject: z.object({
    kind: z.enum(['machine', 'agent', 'component', 'worktree', 'repository', 'settings']),
    id: z.string(),
    name: z.string(),
  }),
  message: z.string(),
  hint: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  startsAt: timestamp,
  endsAt: timestamp.nullable(),
  acknowledged: z
    .object({ by: z.string(), note: z.string(), at: timestamp, until: timestamp })
    .nullable(),
  silencedBy: z.string().nullable().describe('id of a silence'),
  inhibitedBy: z.string().nullable().describe('id of the alert that is its cause'),
  consequences: z
    .array(z.string())
    .optional()
    .describe('ids of the alerts that follow directly from it'),
  flapping: z.boolean(),
  recoverable: z
    .boolean()
    .optional()
    .describe('something may be known that can be done about it: ask `recovery/plan` with its id'),
});
export type AlertInfo = z.infer<typeof alertInfo>;

export const silenceMatcher = z.object({
  label: z.enum(['fingerprint', 'fault', 'subject', 'group', 'severity']),
  value: z.string().min(1).max(8192).describe('`*` stands for anything'),
});

export const silence = z.object({
  id: z.string(),
  matchers: z.array(silenceMatcher),
  author: z.string(),
  reason: z.string(),
  createdAt: timestamp,
  endsAt: timestamp,
});
export type Silence = z.infer<typeof silence>;

const dependencies = z.object({
  lock: pathText.describe('relative to the worktree'),
  state: z
    .enum(['in-step', 'behind', 'perhaps-behind', 'not-installed'])
    .describe(
      '`perhaps-behind`: the lock file is newer, which a change of branch alone can bring about',
    ),
  install: z.string().describe('the command that installs them'),
});

const worktreeDisk = z.object({
  at: timestamp.describe('when it was measured'),
  bytes: z.number().describe('of all files but git’s own'),
  files: z.int().nonnegative(),
  regenerableBytes: z.number().describe('of these, what a tool makes again'),
  regenerable: z
    .array(z.object({ path: pathText, bytes: z.number() }))
    .describe('such folders, largest first; at most 20'),
  partial: z.boolean().describe('there was more than is looked at'),
});

export const worktreeHealth = z.object({
  source: sourceId,
  path: pathText,
  state: worktreeState,
  branch: z.string().nullable(),
  detached: z.boolean(),
  locked: z.boolean(),
  prunable: z.boolean(),
  commitsNowhereElse: z.int().nonnegative().describe('that no branch, tag or remote has'),
  unpushed: z.int().nonnegative().nullable().describe('commits before the upstream; null without'),
  unpushedSince: timestamp.nullable().optional().describe('of the oldest such commit'),
  changes: z
    .object({
      staged: z.int().nonnegative(),
      unstaged: z.int().nonnegative(),
      untracked: z.int().nonnegative(),
      conflicted: z.int().nonnegative(),
    })
    .nullable()
    .optional()
    .describe('files that differ; null where git did not tell'),
  dependencies: z.array(dependencies).optional().describe('one a lock file'),
  disk: worktreeDisk.nullable().optional().describe('null until `health/worktree` was asked'),
  newestAt: timestamp.nullable().describe('of the newest kept state'),
  behindMs: z.number().nonnegative(),
  excluded: z.int().nonnegative().describe('entries that the newest snapshot left out'),
  alerts: z.int().nonnegative(),
});
export type WorktreeHealth = z.infer<typeof worktreeHealth>;

export const worktreeDetails = z.object({
  worktree: worktreeHealth,
  kinds: z.array(z.string()).describe('kinds of project that were recognised, for people'),
  alerts: z.array(alertInfo).describe('of this worktree, those that are not over'),
});
export type WorktreeDetails = z.infer<typeof worktreeDetails>;

export const componentSuggestion = z.object({
  kinds: z.array(z.string()).describe('kinds of project that were recognised, for people'),
  components: z.record(componentName, componentSpec).describe('as a `bulwark.json` has them'),
});

export const healthStatus = z.object({
  worst: z.enum(['ok', 'info', 'warning', 'critical']),
  machine: z
    .object({
      cpu: z.number().nullable().describe('from 0 to 1'),
      memoryTotalBytes: z.number().nullable(),
      memoryAvailableBytes: z.number().nullable(),
      memoryPressure: z.number().nullable().describe('percent of the last minute'),
      disks: z.array(
        z.object({
          path: pathText,
          totalBytes: z.number(),
          freeBytes: z.number(),
          inodes: usage.nullable(),
        }),
      ),
      watches: usage.nullable().describe('of inotify'),
      openFiles: usage.nullable().describe('of the agent'),
    })
    .nullable()
    .describe('null until it was measured'),
  agent: z
    .object({ loopDelayMs: z.number(), rssBytes: z.number() })
    .nullable()
    .describe('null until it was measured'),
  worktrees: z.array(worktreeHealth),
  components: z.array(componentInfo),
  settings: z.array(settingsFile),
  alerts: z.array(alertInfo).describe('those that are not over, worst first'),
});
export type HealthStatus = z.infer<typeof healthStatus>;
