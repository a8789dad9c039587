import { causeOf } from '../../manager/incidents/incident';
import type { HardeningManager } from '../../manager/hardening-manager';
import type { AgentEvent } from '../../protocol/events';
import type { Handlers } from '../../protocol/handlers';
import type { IncidentInfo } from '../../protocol/incident-entities';

export type IncidentMethods = Pick<Handlers, Extract<keyof Handlers, `incident/${string}`>>;

/** What keeps the incidents. */
type IncidentBook = HardeningManager['incidents'];
type Incident = ReturnType<IncidentBook['get']>;
type Change = Parameters<Parameters<IncidentBook['onChange']['on']>[0]>[0];

const ALERT = 'alert ';

/** Answers about incidents. */
export function incidentMethods(manager: HardeningManager): IncidentMethods {
  const { incidents } = manager;
  return {
    'incident/list': async ({ withClosed = false }) => ({
      incidents: incidents.list(withClosed).map(incidentOf),
    }),
    'incident/show': async ({ incident }) => incidentOf(incidents.get(incident)),
    'incident/close': async ({ incident, by, note = '' }) =>
      incidentOf(incidents.close(incident, by, note)),
  };
}

/** What clients are told of an incident. */
export function incidentEvent({ kind, incident }: Change): AgentEvent {
  return { kind: `incident/${kind}`, incident: incidentOf(incident) };
}

function incidentOf(incident: Incident): IncidentInfo {
  const { id, severity, state, openedAt, closedAt, parts, timeline } = incident;
  return {
    id,
    title: causeOf(incident)?.message ?? '',
    severity,
    state,
    openedAt,
    closedAt,
    parts: parts.map(({ key, ...part }) => ({
      ...part,
      alert: key.startsWith(ALERT) ? key.slice(ALERT.length) : null,
    })),
    timeline: [...timeline],
  };
}
