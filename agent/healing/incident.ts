import type { ComponentView } from '../components/component';
import { fingerprintOf, type Alert } from '../monitor/alerts/alert';
import type { FindingDetails, Subject } from '../monitor/finding';
import { triggerOf, type Trigger } from './trigger';

/** What a recovery is about. */
export interface IncidentSubject {
  readonly kind: Subject['kind'] | 'store';
  readonly id: string;
  readonly name: string;
  readonly group: string;
}

/** A fault that something may be done about. */
export interface Incident {
  readonly trigger: Trigger;
  /** Of the catalogue of faults, or `asked`, `circuit-open`, `store-damaged`. */
  readonly fault: string;
  readonly subject: IncidentSubject;
  readonly part: string;
  readonly message: string;
  readonly details: FindingDetails;
  /** What kind of thing it is: `process`, `http`, `worktree` … */
  readonly kind: string;
  /** Of the alert, or null where there is none. */
  readonly fingerprint: string | null;
}

/** Anything that a component depends on, by the ids of those that are in trouble. */
export type Failing = ReadonlySet<string>;

/** The incident of an alert, null where nothing can be done about it here. */
export function incidentOf(
  alert: Alert,
  component: ComponentView | null,
  failing: Failing,
): Incident | null {
  const trigger = triggerOf(
    alert.fault,
    component?.dependsOn.some((id) => failing.has(id)) ?? false,
  );
  if (trigger === null) return null;
  const { fault, subject, part, message, details, fingerprint } = alert;
  const kind = component?.spec.kind ?? subject.kind;
  return { trigger, fault, subject, part, message, details, kind, fingerprint };
}

/** The incident of a component that somebody asks to recover, whatever it has. */
export function askedIncident(component: ComponentView): Incident {
  const { id, scope, state, spec } = component;
  const subject = { kind: 'component', id, name: id, group: `components of ${scope}` } as const;
  return {
    trigger: 'asked',
    fault: 'asked',
    subject,
    part: '',
    message: `Somebody asks to recover ${id}, which is ${state.kind}`,
    details: {},
    kind: spec.kind,
    fingerprint: null,
  };
}

/** The incident of a component whose checks are held back because they failed too often. */
export function circuitIncident(component: ComponentView): Incident {
  return {
    ...askedIncident(component),
    trigger: 'circuit-open',
    fault: 'circuit-open',
    message: `The checks of ${component.id} failed so often that they are held back`,
  };
}

/** Names what only one recovery at a time may be about. */
export function subjectKey({ kind, id }: IncidentSubject): string {
  return `${kind} ${id}`;
}

/** Names one fault of one part of a subject, whether it has an alert or not. */
export function incidentKey({ fingerprint, fault, subject, part }: Incident): string {
  if (fingerprint !== null) return fingerprint;
  return subject.kind === 'store'
    ? `${fault} ${subjectKey(subject)}`
    : fingerprintOf(fault, { ...subject, kind: subject.kind }, part);
}
