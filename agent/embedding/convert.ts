import type { ComponentView } from '../components/component';
import type { RecoveryRecord } from '../healing/recovery';
import type { EmergencyRecord } from '../manager/emergencies/emergency';
import { triggerWords } from '../manager/emergency-words';
import { faultWords } from '../manager/fault-words';
import { causeOf, type IncidentRecord } from '../manager/incidents/incident';
import type { Alert as KnownAlert } from '../monitor/alerts/alert';
import { sourceNameIn } from '../protection/source';
import type { RestoreOutcome } from '../protection/restore/restore-run';
import { filesRoot, type SnapshotRecord } from '../protection/snapshots';
import type { RegisteredSource } from '../protection/sources/data-sources';
import type * as views from './views';

/** The name under which a folder is registered as a data source, or null. */
export type NameOfFolder = (path: string) => string | null;

export function componentOf(view: ComponentView): views.ComponentStatus {
  const { id, state, since, checkedAt, dependsOn } = view;
  const why = 'why' in state ? state.why : null;
  return { name: id, state: state.kind, why, since, checkedAt, dependsOn: [...dependsOn] };
}

export function alertOf(alert: KnownAlert): views.Alert {
  const { fingerprint, fault, severity, phase, subject, message, startsAt, endsAt } = alert;
  const { title, hint } = faultWords(fault);
  return {
    id: fingerprint,
    fault,
    title,
    severity,
    state: phase.kind,
    subject: subjectOf(subject),
    message,
    hint,
    startsAt,
    endsAt,
  };
}

export function recoveryOf(record: RecoveryRecord): views.Recovery {
  const { id, incident, phase, why, startedAt, endedAt, steps } = record;
  return {
    id,
    fault: incident.fault,
    subject: subjectOf(incident.subject),
    message: incident.message,
    state: phase,
    why,
    startedAt,
    endedAt,
    steps: steps.map(({ plan, state, note }) => ({ strategy: plan.strategy, state, note })),
  };
}

export function incidentOf(incident: IncidentRecord): views.Incident {
  const { id, severity, state, openedAt, closedAt } = incident;
  const title = causeOf(incident)?.message ?? '';
  return { id, title, severity, state, openedAt, closedAt };
}

export function emergencyOf(emergency: EmergencyRecord): views.Emergency {
  const { id, trigger, level, message, openedAt, endedAt } = emergency;
  return { id, trigger, ...triggerWords(trigger), level, message, openedAt, endedAt };
}

export function snapshotOf(record: SnapshotRecord, nameOfFolder: NameOfFolder): views.Snapshot {
  const { id, source, kind, label, createdAt } = record;
  const { files, bytes } = filesRoot(record).totals;
  const of = source.name ?? nameOfFolder(source.path) ?? source.path;
  return { id, of, kind, label, createdAt, files, bytes };
}

export function dataSourceOf(
  { name, kind, state, newest }: RegisteredSource,
  nameOfFolder: NameOfFolder,
): views.DataSourceStatus {
  return {
    name,
    kind,
    state: state.kind,
    why: 'message' in state ? state.message : null,
    lastSnapshot: newest === null ? null : snapshotOf(newest, nameOfFolder),
  };
}

export function restoreOf(outcome: RestoreOutcome): views.RestoreResult {
  const { operation, target, restored, deleted, verified, notes } = outcome;
  return {
    operation,
    target: sourceNameIn(target) ?? target,
    restored,
    deleted,
    verified,
    notes: [...notes],
  };
}

function subjectOf({ kind, id, name }: views.Subject): views.Subject {
  return { kind, id, name };
}
