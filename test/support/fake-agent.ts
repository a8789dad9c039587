import { randomUUID } from 'node:crypto';
import type {
  ListedSnapshot,
  Operation,
  PlanStep,
  RestorePlan,
  RestoreResult,
  SnapshotId,
} from '../../agent/protocol/entities';
import type { StoreStats } from '../../agent/protocol/store-entities';
import type { AgentEvent } from '../../agent/protocol/events';
import type { Handlers } from '../../agent/protocol/handlers';
import { AgentServer } from '../../agent/server/agent-server';
import { systemClock, type Clock } from '../../agent/support/clock';
import { BulwarkError } from '../../agent/support/errors';
import { silentLog } from '../../agent/support/log';
import { FakeHealth } from './fake-health';
import { FakeWorld } from './fake-world';
import { NO_BACKUPS, NO_SOURCES } from './no-backups';

export interface FakeAgentOptions {
  readonly home: string;
  readonly version?: string;
  readonly clock?: Clock;
}

/**
 * An agent without a store: it listens, authenticates and speaks like the real
 * one, and keeps its snapshots in memory. For tests of those who talk to agents.
 */
export class FakeAgent {
  readonly world: FakeWorld;
  readonly health = new FakeHealth((event) => {
    this.publish(event);
  });
  /** Called once when a client asked the agent to leave. */
  onDrained: () => void = () => undefined;
  readonly #server: AgentServer;
  readonly #plans = new Map<string, { plan: RestorePlan; steps: readonly PlanStep[] }>();
  readonly #operations: Operation[] = [];
  readonly #clock: Clock;

  private constructor({ home, version = '0.1.0', clock = systemClock }: FakeAgentOptions) {
    this.#clock = clock;
    this.world = new FakeWorld(() => clock.now());
    this.#server = new AgentServer({
      home,
      version,
      clock,
      log: silentLog,
      handlers: this.#handlers(home, version),
      onDrain: async () => {
        await this.#server.close();
        this.onDrained();
      },
    });
  }

  static async start(options: FakeAgentOptions): Promise<FakeAgent> {
    const agent = new FakeAgent(options);
    await agent.#server.listen();
    await agent.#server.announce();
    return agent;
  }

  publish(event: AgentEvent): void {
    this.#server.publish(event);
  }

  /** Takes a snapshot by itself, and tells. */
  async capture(file: string, label: string | null = null): Promise<void> {
    const snapshot = await this.world.capture(file, 'automatic', { label });
    this.publish({ kind: 'snapshot/created', snapshot: this.world.listed(snapshot) });
    this.publish({ kind: 'worktree/changed', worktree: this.world.worktreeOf(file) });
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #pin(ref: string, reason: string | null): Promise<ListedSnapshot> {
    const snapshot = this.world.pin(this.world.snapshot(ref).id, reason);
    this.publish({ kind: 'snapshot/changed', snapshot });
    return Promise.resolve(snapshot);
  }

  async #restore(
    kind: Operation['kind'],
    snapshot: SnapshotId,
    steps: readonly PlanStep[],
  ): Promise<RestoreResult> {
    const { worktree } = this.world.snapshot(snapshot);
    const safety = await this.world.capture(worktree, 'safety');
    this.publish({ kind: 'snapshot/created', snapshot: this.world.listed(safety) });
    await this.world.apply(snapshot, steps);
    const deleted = steps.filter((step) => step.action === 'delete').length;
    const restored = steps.length - deleted;
    const result: RestoreResult = {
      operation: randomUUID(),
      target: worktree,
      restored,
      deleted,
      unchanged: 0,
      undo: safety.id,
      verified: true,
      notes: [],
      durationMs: 1,
    };
    this.#operations.unshift({
      id: result.operation,
      kind,
      at: this.#clock.now(),
      snapshot,
      target: worktree,
      undo: safety.id,
      undone: false,
      restored,
      deleted,
    });
    this.publish({ kind: 'restore/completed', result });
    return result;
  }

  #handlers(home: string, version: string): Handlers {
    const world = this.world;
    const stats = {
      path: home,
      packs: 0,
      packBytes: 0,
      catalogBytes: 0,
      blobs: 0,
      blobBytes: 0,
      snapshots: 0,
      protectedBytes: 0,
      freeBytes: 1,
      codec: 'none',
      integrity: NOTHING_PROVEN,
    };
    return {
      'agent/status': () =>
        Promise.resolve({
          agent: {
            pid: process.pid,
            version,
            node: process.version,
            uptimeMs: 1,
            home,
            draining: false,
            clients: 1,
          },
          worktrees: world.worktrees,
          store: stats,
        }),
      'worktree/list': () => Promise.resolve({ worktrees: world.worktrees }),
      'worktree/protect': async ({ path }) => {
        const worktree = world.add(path);
        await this.capture(path);
        return { worktrees: [world.worktreeOf(worktree.path)] };
      },
      'worktree/unprotect': ({ path }) => {
        this.publish({ kind: 'worktree/removed', source: world.remove(path).source });
        return Promise.resolve({});
      },
      ...NO_BACKUPS,
      'snapshot/pin': ({ snapshot, reason = 'asked for' }) => this.#pin(snapshot, reason),
      'snapshot/unpin': ({ snapshot }) => this.#pin(snapshot, null),
      'snapshot/planDelete': ({ snapshots }) => {
        const found = snapshots.map((ref) => world.listed(world.snapshot(ref)));
        const pinned = found.some((one) => one.pinned !== null);
        if (pinned) return Promise.reject(new BulwarkError('snapshot-pinned', 'it is pinned'));
        return Promise.resolve({ snapshots: found, notes: [] });
      },
      'snapshot/delete': ({ snapshots }) => {
        for (const id of snapshots) world.forget(id);
        this.publish({ kind: 'snapshot/removed', snapshots });
        return Promise.resolve({ deleted: snapshots.length });
      },
      ...NO_SOURCES,
      ...this.health.methods(),
      'snapshot/create': async ({ path, label }) => {
        const snapshot = await world.capture(path, 'manual', { label: label ?? null });
        this.publish({ kind: 'snapshot/created', snapshot: world.listed(snapshot) });
        this.publish({ kind: 'worktree/changed', worktree: world.worktreeOf(path) });
        return snapshot;
      },
      'snapshot/list': ({ path, before, limit = 100 }) => {
        const all = world
          .list(path)
          .filter(({ createdAt }) => before === undefined || createdAt < before);
        const listed = all.slice(0, limit).map((one) => world.listed(one));
        return Promise.resolve({ snapshots: listed, more: all.length > limit });
      },
      'journal/list': ({ path, before = Number.MAX_SAFE_INTEGER, limit = 50 }) => {
        const all = path === undefined ? [] : world.journal(path);
        const older = all.filter(({ sequence }) => sequence < before);
        const entries = older.slice(0, limit);
        const next = older.length > limit ? (entries.at(-1)?.sequence ?? null) : null;
        return Promise.resolve({ entries, next });
      },
      'journal/moment': () => Promise.reject(new BulwarkError('snapshot-unknown', 'not kept here')),
      'snapshot/show': ({ snapshot }) =>
        Promise.resolve({
          ...world.listed(world.snapshot(snapshot)),
          exclusions: [],
          folders: 0,
          links: 0,
        }),
      'snapshot/diff': async ({ snapshot }) => {
        const changes = await world.changes(snapshot);
        return { from: world.snapshot(snapshot), changes, total: changes.length };
      },
      'snapshot/readFolder': ({ snapshot, path }) =>
        Promise.resolve({ entries: world.folder(snapshot, path) }),
      'snapshot/stat': async ({ snapshot, path }) => Promise.resolve(world.stat(snapshot, path)),
      'snapshot/readFile': async ({ snapshot, path, offset, length }) => {
        const data = world.data(snapshot, path);
        const page = data.subarray(offset, offset + length).toString('base64');
        return Promise.resolve({ data: page, size: data.length });
      },
      'restore/plan': async ({ snapshot, paths }) => {
        const steps = await world.steps(snapshot, paths);
        const number = (action: PlanStep['action']): number =>
          steps.filter((step) => step.action === action).length;
        const summary = world.snapshot(snapshot);
        const plan: RestorePlan = {
          id: randomUUID(),
          snapshot: summary,
          target: summary.worktree,
          inPlace: true,
          steps,
          creates: number('create'),
          overwrites: number('overwrite'),
          deletes: number('delete'),
          unchanged: 0,
          bytes: steps.reduce((sum, { bytes }) => sum + bytes, 0),
          gitState: [],
          notes: [],
        };
        this.#plans.set(plan.id, { plan, steps });
        return plan;
      },
      'restore/apply': async ({ plan: id }) => {
        const known = this.#plans.get(id);
        if (known === undefined) throw new BulwarkError('plan-stale', 'the plan is not known');
        return this.#restore('restore', known.plan.snapshot.id, known.steps);
      },
      'restore/undo': async ({ operation: id }) => {
        const at = this.#operations.findIndex(
          (one) => !one.undone && (id === undefined || one.id === id),
        );
        const operation = this.#operations[at];
        if (operation?.undo == null) throw new BulwarkError('nothing-to-undo', 'nothing to undo');
        this.#operations[at] = { ...operation, undone: true };
        return this.#restore('undo', operation.undo, await world.steps(operation.undo, undefined));
      },
      'restore/history': ({ limit = 20 }) =>
        Promise.resolve({ operations: this.#operations.slice(0, limit) }),
      'store/verify': () => Promise.reject(withoutStore()),
      'store/repair': () => Promise.reject(withoutStore()),
      'drill/run': () => Promise.reject(withoutStore()),
      'drill/last': () => Promise.resolve({ drill: null }),
      'store/stats': () => Promise.resolve(stats),
      'store/rebuildCatalog': () => Promise.reject(withoutStore()),
      'store/exportKey': () => Promise.reject(withoutStore()),
      'key/status': () => Promise.reject(withoutStore()),
      'key/change': () => Promise.reject(withoutStore()),
      'key/rotate': () => Promise.reject(withoutStore()),
      'replica/add': () => Promise.reject(withoutStore()),
      'replica/remove': () => Promise.reject(withoutStore()),
      'replica/status': () => Promise.reject(withoutStore()),
      'replica/sync': () => Promise.reject(withoutStore()),
      'replica/verify': () => Promise.reject(withoutStore()),
    };
  }
}

const NOTHING_PROVEN: StoreStats['integrity'] = {
  score: 0,
  provenBytes: 0,
  totalBytes: 0,
  oldestProof: null,
  structure: null,
  meaning: null,
  damage: null,
};

function withoutStore(): BulwarkError {
  return new BulwarkError('store-closed', 'this agent has no store');
}
