import type { AgentEvent } from '../../protocol/events';
import { faultWords } from '../../manager/fault-words';
import type { HardeningManager } from '../../manager/hardening-manager';
import { waitingFor } from '../../manager/recoveries';
import { sourceId, type Notice } from '../../protocol/entities';
import { alertOf, componentOf } from './health-answers';

type HealthEvent = Parameters<Parameters<HardeningManager['health']['onEvent']['on']>[0]>[0];
type Told = Extract<HealthEvent, { kind: 'notification' }>['notification'];

/** Knows which recoveries wait for a yes. */
type Healing = Pick<HardeningManager['healing'], 'list'>;

/** What clients are told of health. @param now ms since 1970 */
export function healthEvent(event: HealthEvent, now: number, healing: Healing): AgentEvent {
  switch (event.kind) {
    case 'alert-changed':
      return { kind: 'alert/changed', alert: alertOf(event.alert) };
    case 'component-changed':
      return { kind: 'component/changed', component: componentOf(event.component) };
    case 'component-removed':
      return { kind: 'component/removed', id: event.id };
    case 'sampled':
      return { kind: 'metrics/sampled', at: event.at };
    case 'notification':
      return { kind: 'notice/raised', notice: noticeOf(event.notification, now, healing) };
  }
}

/** So many consequences are named. */
const NAMED = 3;

/** One notice a group, however many alerts are in it; with what waits for a yes, where something does. */
function noticeOf(told: Told, now: number, healing: Healing): Notice {
  const { group, place, fault, number, kind, severity, alerts, consequences } = told;
  const [first] = alerts;
  const more = alerts.length > 1 ? ` And ${String(alerts.length - 1)} more like it.` : '';
  const follows =
    consequences.length > 0
      ? ` It has consequences: ${[...new Set(consequences.map(({ message }) => message))].slice(0, NAMED).join('; ')}${consequences.length > NAMED ? ` and ${String(consequences.length - NAMED)} more` : ''}.`
      : '';
  const again = kind === 'reminder' ? 'Still: ' : '';
  const recovery = waitingFor(
    healing.list(),
    new Set(alerts.map(({ fingerprint }) => fingerprint)),
  );
  const source = first?.subject.kind === 'worktree' ? sourceId.parse(first.subject.id) : null;
  return {
    // Unlike that of the same group after a restart: a notice is claimed once.
    id: `alert-${String(now)}-${String(number)}-${first?.fingerprint ?? group.replaceAll(/\W+/g, '-').slice(-20)}`.slice(
      0,
      64,
    ),
    severity: severity === 'critical' ? 'error' : severity,
    message:
      first === undefined
        ? `It is over: ${faultWords(fault).title} (${place})`
        : `${again}${first.message}.${more}${follows} ${faultWords(first.fault).hint}`,
    source,
    action: recovery === null ? null : { kind: 'recovery', recovery },
    alerts: alerts.map(({ fingerprint }) => fingerprint),
  };
}
