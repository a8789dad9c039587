import { AgentServer } from '../../agent/server/agent-server';
import {
  snapshotId,
  sourceId,
  type Change,
  type JournalEntry,
  type Operation,
  type RestorePlan,
  type RestoreResult,
  type ListedSnapshot,
  type WorktreeInfo,
} from '../../agent/protocol/entities';
import type {
  DrillReport,
  RepairResult,
  StoreStats,
  VerifyReport,
} from '../../agent/protocol/store-entities';
import type { AgentEvent } from '../../agent/protocol/events';
import type { Handler, Handlers } from '../../agent/protocol/handlers';
import type { ParamsOf, ResultOf } from '../../agent/protocol/methods';
import { systemClock } from '../../agent/support/clock';
import { Emitter } from '../../agent/support/emitter';
import { BulwarkError } from '../../agent/support/errors';
import { silentLog } from '../../agent/support/log';
import { NO_BACKUPS, NO_SOURCES } from './no-backups';
import { NO_HEALTH } from './no-health';

/** 2026-05-04T10:00:00.000Z, when everything in this agent happened. */
export const AT = Date.UTC(2026, 4, 4, 10);
export const SNAPSHOT_ID = snapshotId.parse('3f2a91c0d4e5f60718293a4b5c6d7e8f');
export const SAFETY_ID = snapshotId.parse('80b1000000000000000000000000beef');
const HEAD = '1c11482a5d2b4e6f8091a2b3c4d5e6f708192a3b';

/** A worktree as an agent would describe it. */
export function worktree(path: string, changes: Partial<WorktreeInfo> = {}): WorktreeInfo {
  return {
    source: sourceId.parse('a'.repeat(16)),
    path,
    name: 'app',
    repository: `${path}/.git`,
    main: true,
    branch: 'main',
    head: HEAD,
    state: 'dirty',
    changes: { staged: 1, unstaged: 2, untracked: 3, conflicted: 0 },
    locked: null,
    protection: { kind: 'current' },
    watch: 'native',
    lastSnapshot: { id: SNAPSHOT_ID, createdAt: AT },
    snapshots: 1,
    ...changes,
  };
}

/** A snapshot as an agent would describe it. */
export function snapshot(path: string, changes: Partial<ListedSnapshot> = {}): ListedSnapshot {
  return {
    id: SNAPSHOT_ID,
    source: sourceId.parse('a'.repeat(16)),
    worktree: path,
    kind: 'manual',
    backup: 'snapshot',
    pinned: null,
    keptUntil: AT + 3 * 86_400_000,
    label: null,
    createdAt: AT,
    branch: 'main',
    head: HEAD,
    files: 1234,
    bytes: 5_242_880,
    newBytes: 4096,
    storedBytes: 1500,
    excluded: 2,
    durationMs: 42,
    ...changes,
  };
}

/** What a restore of {@link snapshot} would do. */
export function plan(path: string, changes: Partial<RestorePlan> = {}): RestorePlan {
  return {
    id: 'plan-1',
    snapshot: snapshot(path),
    target: path,
    inPlace: true,
    steps: [
      { path: 'lost.txt', action: 'create', kind: 'file', bytes: 10 },
      { path: 'src/app.ts', action: 'overwrite', kind: 'file', bytes: 2048 },
      { path: 'extra', action: 'delete', kind: 'folder', bytes: 0 },
    ],
    creates: 1,
    overwrites: 1,
    deletes: 1,
    unchanged: 1231,
    bytes: 2058,
    gitState: [],
    notes: [],
    ...changes,
  };
}

/** What is left of an agent when everything behind it is made up; tests change what it says. */
interface CliAgentScript {
  worktrees: WorktreeInfo[];
  snapshots: ListedSnapshot[];
  /** What `snapshot/diff` finds, by the snapshot it starts from. */
  changes: ReadonlyMap<string, readonly Change[]>;
  plan: RestorePlan;
  operations: Operation[];
  journal: JournalEntry[];
  verify: VerifyReport;
  repair: RepairResult;
  drill: DrillReport;
  /** Requests in the order in which they came. */
  readonly asked: { readonly method: string; readonly params: object }[];
  /** Requests of this method report progress and wait until they are cancelled. */
  hang: string | null;
  /** Requests of this method fail with this. */
  failure: { readonly method: string; readonly error: BulwarkError } | null;
}

const CHANGES: readonly Change[] = [
  { path: 'new.txt', change: 'added', kind: 'file', oldSize: null, newSize: 10 },
  { path: 'caf\udce9', change: 'modified', kind: 'file', oldSize: 10, newSize: 2048 },
];

const STATS: StoreStats = {
  path: '/store',
  packs: 2,
  packBytes: 1_048_576,
  catalogBytes: 4096,
  blobs: 1200,
  blobBytes: 5_000_000,
  snapshots: 1,
  protectedBytes: 5_242_880,
  freeBytes: 80_000_000_000,
  codec: 'zstd',
  integrity: {
    score: 1,
    provenBytes: 1_048_576,
    totalBytes: 1_048_576,
    oldestProof: AT,
    structure: { at: AT, ok: true, note: null },
    meaning: { at: AT, ok: true, note: null },
    damage: null,
  },
};

/** A drill that went well. */
function drillReport(path: string): DrillReport {
  return {
    ok: true,
    at: AT,
    durationMs: 2500,
    sources: [
      {
        source: sourceId.parse('a'.repeat(16)),
        worktree: path,
        snapshot: SNAPSHOT_ID,
        createdAt: AT,
        ok: true,
        entries: 1234,
        bytes: 5_242_880,
        restoreMs: 1200,
        compareMs: 800,
        git: { kind: 'accepted' },
        problems: [],
      },
    ],
  };
}

/** A server of the real protocol with made-up answers. */
export interface CliAgent {
  readonly script: CliAgentScript;
  publish(event: AgentEvent): void;
  /** Resolves when the next request of this method arrived. */
  whenAsked(method: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a {@link CliAgent} whose discovery file is in `home`. @param path the worktree it protects */
export async function startCliAgent(
  home: string,
  path: string,
  { version = '0.1.0' }: { version?: string } = {},
): Promise<CliAgent> {
  const script: CliAgentScript = {
    worktrees: [worktree(path)],
    snapshots: [snapshot(path)],
    changes: new Map(),
    plan: plan(path),
    operations: [],
    journal: [],
    verify: {
      ok: true,
      snapshots: 1,
      blobs: 1200,
      bytes: 5_000_000,
      packs: 2,
      errors: [],
      affected: [],
      affectedTotal: 0,
      repair: null,
      durationMs: 30,
    },
    repair: {
      found: 0,
      copied: 12,
      records: 1,
      quarantined: ['/store/quarantine/p7.pack'],
      fromWorktrees: [{ path, blobs: 2 }],
      fromReplicas: 0,
      catalogRebuilt: false,
      lost: 0,
      affected: [],
      affectedTotal: 0,
      closedPacks: [],
    },
    drill: drillReport(path),
    asked: [],
    hang: null,
    failure: null,
  };
  const arrived = new Emitter<string>();
  const server: AgentServer = new AgentServer({
    home,
    version,
    handlers: handlersOf(script, answers(script, arrived), path, home),
    clock: systemClock,
    log: silentLog,
    onDrain: () => server.close(),
  });
  await server.listen();
  await server.announce();
  return {
    script,
    publish: (event) => server.publish(event),
    whenAsked: (method) =>
      new Promise((resolve) => {
        const listening = arrived.on((name) => {
          if (name !== method) return;
          listening.dispose();
          resolve();
        });
      }),
    close: () => server.close(),
  };
}

type Answer = <M extends keyof Handlers>(
  method: M,
  make: (params: ParamsOf<M>) => ResultOf<M>,
) => Handler<M>;

/** Answers that are recorded first, and that hang or fail as the script says. */
function answers(script: CliAgentScript, arrived: Emitter<string>): Answer {
  return (method, make) => async (params, context) => {
    // The token that names a progress report is the client's own business.
    const asked = Object.entries(params).filter(([name]) => name !== 'progressToken');
    script.asked.push({ method, params: Object.fromEntries<unknown>(asked) });
    arrived.emit(method);
    if (script.failure?.method === method) throw script.failure.error;
    for (let done = 0; script.hang === method; done += 1000) {
      if (context.signal.aborted) throw new BulwarkError('cancelled', 'cancelled');
      context.progress({ phase: 'reading', done, total: 1_000_000, unit: 'bytes' });
      await systemClock.sleep(20, context.signal);
    }
    return make(params);
  };
}

function handlersOf(script: CliAgentScript, answer: Answer, path: string, home: string): Handlers {
  const result: RestoreResult = {
    operation: 'op-1',
    target: path,
    restored: 2,
    deleted: 1,
    unchanged: 1231,
    undo: SAFETY_ID,
    verified: true,
    notes: [],
    durationMs: 12,
  };
  const unused = (): never => {
    throw new BulwarkError('internal', 'not asked');
  };
  return {
    'agent/status': answer('agent/status', () => ({
      agent: {
        pid: process.pid,
        version: '0.1.0',
        node: process.version,
        uptimeMs: 3_723_000,
        home,
        draining: false,
        clients: 1,
      },
      worktrees: script.worktrees,
      store: STATS,
    })),
    'worktree/protect': answer('worktree/protect', () => ({ worktrees: script.worktrees })),
    'worktree/unprotect': answer('worktree/unprotect', () => ({})),
    'worktree/list': answer('worktree/list', () => ({ worktrees: script.worktrees })),
    'snapshot/create': answer('snapshot/create', ({ label }) =>
      snapshot(path, { label: label ?? null }),
    ),
    'snapshot/list': answer('snapshot/list', () => ({ snapshots: script.snapshots, more: true })),
    'snapshot/show': answer('snapshot/show', () => ({
      ...snapshot(path),
      folders: 80,
      links: 1,
      exclusions: [
        { path: 'node_modules', reason: 'regenerable', rule: 'node_modules', bytes: null },
        { path: 'video.mov', reason: 'too-large', rule: 'larger than 1 GiB', bytes: 2 ** 31 },
      ],
    })),
    'snapshot/diff': answer('snapshot/diff', (params) => {
      const changes = script.changes.get(params.snapshot) ?? CHANGES;
      return { from: snapshot(path), changes: [...changes], total: changes.length };
    }),
    'snapshot/readFolder': answer('snapshot/readFolder', unused),
    'snapshot/stat': answer('snapshot/stat', unused),
    'snapshot/readFile': answer('snapshot/readFile', unused),
    'journal/list': answer('journal/list', () => ({ entries: script.journal, next: null })),
    'journal/moment': answer('journal/moment', () => ({
      snapshot: snapshot(path),
      from: 'journal' as const,
      until: null,
    })),
    'restore/plan': answer('restore/plan', () => script.plan),
    'restore/apply': answer('restore/apply', () => result),
    'restore/undo': answer('restore/undo', () => result),
    'restore/history': answer('restore/history', () => ({ operations: script.operations })),
    ...NO_BACKUPS,
    ...NO_SOURCES,
    ...NO_HEALTH,
    'store/verify': answer('store/verify', () => script.verify),
    'store/repair': answer('store/repair', () => script.repair),
    'drill/run': answer('drill/run', () => script.drill),
    'drill/last': answer('drill/last', () => ({ drill: script.drill })),
    'store/stats': answer('store/stats', () => STATS),
    'store/rebuildCatalog': answer('store/rebuildCatalog', () => ({
      packs: 2,
      blobs: 1200,
      snapshots: 1,
      durationMs: 9,
    })),
    'store/exportKey': answer('store/exportKey', () => ({
      key: 'bulwark-key-1',
      keyFile: `${home}/key`,
    })),
    'key/status': unused,
    'key/change': unused,
    'key/rotate': unused,
    'replica/add': unused,
    'replica/remove': unused,
    'replica/status': unused,
    'replica/sync': unused,
    'replica/verify': unused,
  };
}
