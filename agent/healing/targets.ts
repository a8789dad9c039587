import type { HealthMonitor } from '../monitor/health-monitor';
import { BulwarkError } from '../support/errors';
import { alertIncident } from './alerts';
import { askedIncident, type Incident, type IncidentSubject } from './incident';

const SYSTEM = { machine: 'machine', agent: 'agent', store: 'store' } as const;

/**
 * What somebody means who asks for a recovery.
 * @param target id of an alert, id of a component, path of a protected worktree, `machine`, `agent` or `store`
 * @throws BulwarkError `component-unknown`
 */
export function incidentOfTarget(
  health: Pick<HealthMonitor, 'alerts' | 'components' | 'sources'>,
  target: string,
): Incident {
  const alert = health.alerts.list().find(({ fingerprint }) => fingerprint === target);
  if (alert !== undefined)
    return alertIncident(health.components, alert) ?? asked({ ...alert.subject });
  const component = health.components.list().find(({ id }) => id === target);
  if (component !== undefined) return askedIncident(component);
  const source = health.sources().find(({ path }) => path === target);
  if (source !== undefined)
    return asked({ kind: 'worktree', id: source.id, name: source.path, group: source.path });
  for (const kind of Object.values(SYSTEM))
    if (kind === target) return asked({ kind, id: kind, name: `the ${kind}`, group: kind });
  throw new BulwarkError('component-unknown', `there is nothing named ${target} to recover`, {
    hint: 'Name a component (bulwark components), a protected worktree by its path, machine, agent or store.',
  });
}

function asked(subject: IncidentSubject): Incident {
  return {
    trigger: 'asked',
    fault: 'asked',
    subject,
    part: '',
    message: `Somebody asks to recover ${subject.name}`,
    details: {},
    kind: subject.kind,
    fingerprint: null,
  };
}
