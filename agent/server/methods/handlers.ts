import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import type { Clock } from '../../support/clock';
import type { MetricsPage } from '../metrics-door';
import { auditMethods } from './audit';
import { backupMethods } from './backups';
import { infoOf } from './convert';
import { doctorMethods } from './doctor';
import { emergencyMethods } from './emergencies';
import { healthMethods } from './health';
import { drillMethods } from './drills';
import { statsOf } from './integrity-answers';
import { incidentMethods } from './incidents';
import { journalMethods } from './journal';
import { lossNotice } from './loss-notice';
import { keyMethods } from './keys';
import { recoveryMethods } from './recoveries';
import { replicaMethods } from './replicas';
import { metricsMethods } from './metrics';
import { reportMethods } from './report';
import { restoreMethods } from './restore';
import { sourceInfos, sourceMethods } from './data-sources';
import { snapshotMethods } from './snapshots';
import { storeMethods } from './store';
import { troubleMethods } from './trouble';
import { worktreeMethods } from './worktrees';

/** What the answers tell about the agent itself. */
export interface AgentFacts {
  readonly clock: Clock;
  readonly home: string;
  readonly version: string;
  readonly metrics: Pick<MetricsPage, 'text'>;
  /** What the settings allow to coding agents. */
  readonly codingAgents: { readonly restore: 'ask' | 'allow' };
  server(): { readonly connections: number; readonly draining: boolean };
}

/** The answers to all requests that are about what the agent does. */
export function handlersFor(manager: HardeningManager, facts: AgentFacts): Handlers {
  const started = facts.clock.monotonic();
  return {
    ...worktreeMethods(manager),
    ...snapshotMethods(manager),
    ...restoreMethods(manager),
    ...journalMethods(manager),
    ...storeMethods(manager),
    ...backupMethods(manager),
    ...sourceMethods(manager),
    ...healthMethods(manager, facts.home),
    ...metricsMethods(manager, facts.metrics),
    ...recoveryMethods(manager),
    ...doctorMethods(manager),
    ...troubleMethods(manager),
    ...auditMethods(manager),
    ...incidentMethods(manager),
    ...emergencyMethods(manager),
    ...reportMethods(manager, facts.home),
    ...drillMethods(manager),
    ...keyMethods(manager),
    ...replicaMethods(manager),
    'agent/status': async () => {
      const { connections, draining } = facts.server();
      return {
        agent: {
          pid: process.pid,
          version: facts.version,
          node: process.version,
          uptimeMs: facts.clock.monotonic() - started,
          home: facts.home,
          draining,
          clients: connections,
          codingAgents: facts.codingAgents,
        },
        worktrees: (await manager.worktrees()).map(infoOf),
        store: statsOf(await manager.store.facts()),
        losses: manager.losses.map(lossNotice),
        sources: await sourceInfos(manager),
        waiting: manager.waiting,
      };
    },
  };
}
