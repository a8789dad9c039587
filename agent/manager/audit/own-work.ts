import type { HealthMonitor } from '../../monitor/health-monitor';
import { PhaseChanges } from '../../healing/phase-changes';
import type { SelfHealingSystem } from '../../healing/self-healing-system';
import type { Disposable } from '../../support/emitter';
import type { HardeningManager } from '../hardening-manager';
import type { ManagerEvent } from '../manager-event';
import type { AuditTrail } from './audit-trail';
import type { Operation } from './entry';
import { ownActor } from './own-actor';

/** How a recovery ended that brought about what it was for, or needed not. */
const HELPED: ReadonlySet<string> = new Set(['healed', 'cleared', 'undone']);

interface OwnWorkOptions {
  readonly trail: Pick<AuditTrail, 'record'>;
  readonly manager: Pick<HardeningManager, 'onEvent'>;
  readonly healing: Pick<SelfHealingSystem, 'onChange'>;
  readonly health: Pick<HealthMonitor, 'onEvent'>;
}

/** Writes down what the agent does without being asked. */
export class OwnWork {
  readonly #trail: OwnWorkOptions['trail'];
  readonly #subscriptions: readonly Disposable[];
  readonly #phases = new PhaseChanges();
  /** Restarts of components that are written down. */
  readonly #restarts = new Map<string, number>();

  constructor({ trail, manager, healing, health }: OwnWorkOptions) {
    this.#trail = trail;
    this.#subscriptions = [
      manager.onEvent.on((event) => {
        const what = managersWork(event);
        if (what !== null) this.#record(what);
      }),
      healing.onChange.on((recovery) => {
        const { id, phase, endedAt, startedAt, steps, why, incident, by } = recovery;
        if (endedAt === null || !this.#phases.take(recovery)) return;
        this.#record({
          action: `recovery/${phase}`,
          phase: HELPED.has(phase) ? 'done' : 'failed',
          why: incident.message,
          target: incident.subject.name,
          input: {
            recovery: id,
            trigger: incident.trigger,
            strategies: steps.map(({ plan }) => plan.strategy).join(', '),
            ...(by === null ? {} : { askedBy: by }),
          },
          outcome: why,
          durationMs: Math.max(0, Math.round(endedAt - startedAt)),
        });
      }),
      health.onEvent.on((event) => {
        if (event.kind === 'component-removed') this.#restarts.delete(event.id);
        if (event.kind !== 'component-changed') return;
        const { id, restarts, state } = event.component;
        const known = this.#restarts.get(id) ?? 0;
        this.#restarts.set(id, restarts);
        if (restarts <= known) return;
        this.#record({
          action: 'component/restarted',
          phase: 'done',
          why: 'it ended with a failure',
          target: id,
          input: { restarts },
          outcome: state.kind,
          durationMs: null,
        });
      }),
    ];
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #record(what: Omit<Operation, 'by'>): void {
    void this.#trail.record({ ...what, by: ownActor() });
  }
}

function managersWork(event: ManagerEvent): Omit<Operation, 'by'> | null {
  switch (event.kind) {
    case 'snapshot-created': {
      const { id, kind, backup, label, source, newBytes, durationMs } = event.record;
      // What was asked for is written down as a request.
      if (kind === 'manual') return null;
      return {
        action: `snapshot/${kind}`,
        phase: 'done',
        why: label,
        target: source.path,
        input: { backup },
        outcome: `snapshot ${id}, ${String(newBytes)} new bytes`,
        durationMs: Math.round(durationMs),
      };
    }
    case 'snapshots-forgotten':
      return {
        ...QUICK,
        action: 'snapshot/forgotten',
        phase: 'done',
        target: event.records.length === 1 ? (event.records[0]?.source.path ?? null) : null,
        input: { snapshots: event.records.length },
        outcome: event.records
          .slice(0, 20)
          .map(({ id }) => id)
          .join(', '),
      };
    case 'backup-failed':
      return {
        ...QUICK,
        action: 'backup/scheduled',
        phase: 'failed',
        target: event.source.path,
        input: { kind: event.backup },
        outcome: event.message,
      };
    case 'damage-found': {
      const { blobsFound: found, blobsCopied: copied, lost } = event.outcome;
      return {
        ...QUICK,
        action: 'store/repaired',
        phase: lost.length === 0 ? 'done' : 'failed',
        target: null,
        input: { found },
        outcome: `${String(copied)} blobs copied again, ${String(lost.length)} are nowhere`,
      };
    }
    case 'drill-failed':
      return {
        ...QUICK,
        action: 'drill/scheduled',
        phase: 'failed',
        target: null,
        input: {},
        outcome: 'not everything came back as it was',
      };
    // Findings and requests: told elsewhere, or nothing was done.
    case 'worktree-changed':
    case 'worktree-removed':
    case 'snapshot-changed':
    case 'journal-written':
    case 'loss':
    case 'space':
    case 'trouble':
    case 'restore-completed':
      return null;
  }
}

const QUICK = { why: null, durationMs: null } as const;
