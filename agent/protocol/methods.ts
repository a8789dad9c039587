import { z } from 'zod';
import { AUDIT_METHODS } from './audit-methods';
import { BACKUP_METHODS } from './backup-methods';
import { DOCTOR_METHODS } from './doctor-methods';
import { EMERGENCY_METHODS } from './emergency-methods';
import * as e from './entities';
import * as store from './store-entities';
import { sequencedEvent } from './events';
import { HEALTH_METHODS } from './health-methods';
import { INCIDENT_METHODS } from './incident-methods';
import { METRICS_METHODS } from './metrics-methods';
import type { MethodSpec } from './method-spec';

import { waitingWork } from './operation-entities';
import { absolutePath, placePath } from './path-entities';
import { RECOVERY_METHODS } from './recovery-methods';
import { REPORT_METHODS } from './report-methods';
import { STORE_METHODS } from './store-methods';
import { dataSourceInfo } from './source-entities';
import { SOURCE_METHODS } from './source-methods';
import { TROUBLE_METHODS } from './trouble-methods';

const clientKind = z
  .enum(['terminal', 'editor', 'coding-agent', 'program'])
  .describe('what acts there; `program` unless told');
export type ClientKind = z.infer<typeof clientKind>;

const nothing = z.object({});
const token = { progressToken: z.union([z.string(), z.int()]).optional() };

/** Every request that a client can send. Names are `area/verb`. */
export const METHODS = {
  'client/identify': {
    summary: 'Tells who the client is, so that notices reach a person once and status can name it.',
    params: z.object({
      name: z.string().min(1).max(100),
      version: z.string().max(50),
      interactive: z.boolean().describe('whether a person can see notices there'),
      kind: clientKind.optional(),
      pid: z.int().positive().optional().describe('of its process'),
    }),
    result: z.object({
      agent: z.object({ version: z.string(), pid: z.int() }),
      epoch: z.string().max(64).describe('names this run of the agent; event numbers belong to it'),
      sequence: z.int().nonnegative().describe('number of the last event before this answer'),
    }),
    progress: false,
    mutates: false,
  },
  'agent/status': {
    summary: 'The agent, its worktrees and what it is doing.',
    params: nothing,
    result: z.object({
      agent: z.object({
        pid: z.int(),
        version: z.string(),
        node: z.string(),
        uptimeMs: z.number().nonnegative(),
        home: e.pathText,
        draining: z.boolean(),
        clients: z.int().nonnegative(),
        codingAgents: z
          .object({ restore: z.enum(['ask', 'allow']) })
          .optional()
          .describe('what the settings allow to coding agents'),
      }),
      worktrees: z.array(e.worktreeInfo),
      store: store.storeStats,
      losses: z
        .array(e.notice)
        .optional()
        .describe('losses of which nothing was restored since, the newest of each worktree'),
      sources: z.array(dataSourceInfo).optional().describe('what programs have registered'),
      waiting: z
        .array(waitingWork)
        .optional()
        .describe('work that waits for its turn or for a better moment, the longest first'),
    }),
    progress: false,
    mutates: false,
  },
  'agent/drain': {
    summary: 'Finish what runs, refuse new work, close the store, and exit.',
    params: z.object({ reason: z.string().max(200).optional() }),
    result: nothing,
    progress: false,
    mutates: false,
  },
  'worktree/protect': {
    summary:
      'Protect a folder: every worktree of its repository, or the folder alone when it is none.',
    params: z.object({ path: absolutePath, ...token }),
    result: z.object({ worktrees: z.array(e.worktreeInfo) }),
    progress: true,
    mutates: true,
  },
  'worktree/unprotect': {
    summary: 'Stop watching a worktree or folder. Its snapshots stay.',
    params: z.object({ path: placePath }),
    result: nothing,
    progress: false,
    mutates: true,
  },
  'worktree/list': {
    summary: 'What is protected.',
    params: nothing,
    result: z.object({ worktrees: z.array(e.worktreeInfo) }),
    progress: false,
    mutates: false,
  },
  'snapshot/create': {
    summary: 'Take a snapshot of the worktree that holds a path.',
    params: z.object({
      path: placePath.describe('anything in the worktree'),
      label: z.string().max(200).optional().describe('a name for people'),
      ...token,
    }),
    result: e.snapshotSummary,
    progress: true,
    mutates: true,
  },
  'snapshot/list': {
    summary: 'Snapshots, newest first; of the worktree that holds a path, or of all.',
    params: z.object({
      path: placePath.optional().describe('anything in the worktree; all worktrees without it'),
      before: e.timestamp.optional().describe('only older ones: for the next page'),
      limit: z.int().min(1).max(1000).optional().describe('100 unless told'),
    }),
    result: z.object({
      snapshots: z.array(e.listedSnapshot),
      more: z.boolean().describe('whether there are older ones'),
    }),
    progress: false,
    mutates: false,
  },
  'snapshot/show': {
    summary: 'One snapshot, with what was left out of it.',
    params: z.object({
      snapshot: e.snapshotRef,
      path: placePath.optional().describe('where "latest" is looked up'),
    }),
    result: e.snapshotDetails,
    progress: false,
    mutates: false,
  },
  'snapshot/diff': {
    summary: 'What changed from a snapshot to another one, or to a folder as it is now.',
    params: z.object({
      snapshot: e.snapshotRef,
      to: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('snapshot'), snapshot: e.snapshotRef }),
        z.object({ kind: z.literal('path'), path: placePath }),
        z.object({ kind: z.literal('worktree').describe('the worktree of the snapshot, now') }),
      ]),
      path: placePath.optional().describe('where "latest" is looked up'),
      ...token,
    }),
    result: z.object({
      from: e.snapshotSummary,
      changes: z.array(e.change).describe('the first 10000'),
      total: z.int().nonnegative(),
    }),
    progress: true,
    mutates: false,
  },
  'snapshot/readFolder': {
    summary: 'The entries of a folder in a snapshot.',
    params: z.object({
      snapshot: e.snapshotRef,
      path: e.treePath.describe('empty for the root'),
    }),
    result: z.object({ entries: z.array(e.treeEntry) }),
    progress: false,
    mutates: false,
  },
  'snapshot/stat': {
    summary: 'One entry of a snapshot; its root has the path `""`.',
    params: z.object({ snapshot: e.snapshotRef, path: e.treePath }),
    result: e.treeEntry,
    progress: false,
    mutates: false,
  },
  'snapshot/readFile': {
    summary: 'A part of a file in a snapshot.',
    params: z.object({
      snapshot: e.snapshotRef,
      path: e.treePath,
      offset: z.int().nonnegative(),
      length: z.int().min(1).max(524288).describe('bytes'),
    }),
    result: z.object({
      data: z.string().describe('base64'),
      size: z.int().nonnegative().describe('of the whole file'),
    }),
    progress: false,
    mutates: false,
  },
  'journal/list': {
    summary: 'Records of the journal, newest first; of what holds a path, or of everything.',
    params: z.object({
      path: placePath.optional().describe('only records that touch it'),
      before: z.int().positive().optional().describe('only records with a lower sequence'),
      after: z.int().nonnegative().optional().describe('only records with a higher sequence'),
      limit: z.int().min(1).max(500).optional().describe('50 unless told'),
    }),
    result: z.object({
      entries: z.array(e.journalEntry),
      next: z.int().nullable().describe('`before` of the next page; null at the end'),
    }),
    progress: false,
    mutates: false,
  },
  'journal/moment': {
    summary: 'The state that something was in at a time, or before an operation.',
    params: z.object({
      moment: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('time'), path: placePath, at: e.timestamp }),
        z.object({
          kind: z.literal('operation'),
          operation: z.string().min(1).max(64).describe('its id, or the beginning of it'),
        }),
      ]),
    }),
    result: e.moment,
    progress: false,
    mutates: false,
  },
  'restore/plan': {
    summary: 'What a restore would write and delete. Changes nothing.',
    params: z.object({
      snapshot: e.snapshotRef,
      path: placePath.optional().describe('where "latest" is looked up'),
      paths: z.array(e.treePath).max(1000).optional().describe('only these files and folders'),
      to: absolutePath.optional().describe('another folder; nothing is deleted there'),
      withGitState: z.boolean().optional().describe('HEAD, index and the branch go back too'),
      ...token,
    }),
    result: e.restorePlan,
    progress: true,
    mutates: false,
  },
  'restore/apply': {
    summary: 'Save the present state, then do what the plan says, then read it back.',
    params: z.object({ plan: z.string().max(64).describe('`id` of a plan'), ...token }),
    result: e.restoreResult,
    progress: true,
    mutates: true,
  },
  'restore/undo': {
    summary: 'Go back to the state before the last restore (or before a named one).',
    params: z.object({
      operation: z.string().max(64).optional().describe('the newest restore of all without it'),
      ...token,
    }),
    result: e.restoreResult,
    progress: true,
    mutates: true,
  },
  'restore/history': {
    summary: 'Restores and undos, newest first.',
    params: z.object({ limit: z.int().min(1).max(1000).optional().describe('20 unless told') }),
    result: z.object({ operations: z.array(e.operation) }),
    progress: false,
    mutates: false,
  },
  ...BACKUP_METHODS,
  ...SOURCE_METHODS,
  ...HEALTH_METHODS,
  ...RECOVERY_METHODS,
  ...DOCTOR_METHODS,
  ...TROUBLE_METHODS,
  ...AUDIT_METHODS,
  ...INCIDENT_METHODS,
  ...EMERGENCY_METHODS,
  ...REPORT_METHODS,
  ...METRICS_METHODS,
  'store/verify': {
    summary: 'Read every pack back, check every hash, and that each snapshot is complete.',
    params: z.object({ ...token }),
    result: store.verifyReport,
    progress: true,
    mutates: false,
  },
  'store/repair': {
    summary: 'Mend what store/verify found: from other packs, protected folders and replicas.',
    params: z.object({ plan: z.string().max(64).describe('`repair.id` of the report'), ...token }),
    result: store.repairResult,
    progress: true,
    mutates: true,
  },
  'drill/run': {
    summary:
      'Restore the newest backups to a scratch folder, compare everything, let git judge, remove it.',
    params: z.object({
      path: placePath.optional().describe('anything in the worktree; all of them without it'),
      ...token,
    }),
    result: store.drillReport,
    progress: true,
    mutates: false,
  },
  'drill/last': {
    summary: 'The last drill of everything that is protected.',
    params: nothing,
    result: z.object({ drill: store.drillReport.nullable() }),
    progress: false,
    mutates: false,
  },
  'store/stats': {
    summary: 'Sizes and counts of the store.',
    params: nothing,
    result: store.storeStats,
    progress: false,
    mutates: false,
  },
  'store/rebuildCatalog': {
    summary: 'Throw the catalog away and make it again from the packs.',
    params: z.object({ ...token }),
    result: z.object({
      packs: z.int(),
      blobs: z.int(),
      snapshots: z.int(),
      durationMs: z.number(),
    }),
    progress: true,
    mutates: true,
  },
  'store/exportKey': {
    summary: 'The recovery key: with it and the packs, everything can be read on another machine.',
    params: nothing,
    result: z.object({
      key: z.string(),
      keyFile: e.pathText.nullable().describe('null when a passphrase guards the store'),
    }),
    progress: false,
    mutates: false,
  },
  ...STORE_METHODS,
  'event/since': {
    summary: 'Events after a number, for a client that was away.',
    params: z.object({
      sequence: z.int().nonnegative().describe('number of the last event that was seen'),
      epoch: z
        .string()
        .max(64)
        .optional()
        .describe('of the agent that sent it, from client/identify'),
    }),
    result: z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('events'),
        events: z.array(sequencedEvent),
      }),
      z.object({
        kind: z
          .literal('reload')
          .describe('too long ago or another agent: ask for everything again'),
      }),
    ]),
    progress: false,
    mutates: false,
  },
  'notice/claim': {
    summary: 'Ask to be the one window that shows a notice.',
    params: z.object({ id: z.string().max(64).describe('of the notice') }),
    result: z.object({ claimed: z.boolean() }),
    progress: false,
    mutates: false,
  },
} as const satisfies Record<string, MethodSpec>;

export type MethodName = keyof typeof METHODS;
export type ParamsOf<M extends MethodName> = z.infer<(typeof METHODS)[M]['params']>;
export type ResultOf<M extends MethodName> = z.infer<(typeof METHODS)[M]['result']>;

/** Whether `name` is a request that this version knows. */
export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}

type Specs = {
  readonly [M in MethodName]: MethodSpec & {
    readonly params: z.ZodType<ParamsOf<M>>;
    readonly result: z.ZodType<ResultOf<M>>;
  };
};

const SPECS: Specs = METHODS;

/** The schemas of one method, in a form that generic code can use. */
export function specOf<M extends MethodName>(method: M): Specs[M] {
  return SPECS[method];
}
