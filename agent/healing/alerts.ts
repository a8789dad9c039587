import { FAILURES_UNTIL_DOWN } from '../components/component';
import type { ComponentRegistry } from '../components/component-registry';
import type { Alert } from '../monitor/alerts/alert';
import { judgeComponent } from '../monitor/judge-component';
import { incidentOf, type Incident } from './incident';

/** The incident of an alert, with when it began; null where nothing can be done about it here. */
export function alertIncident(
  components: Pick<ComponentRegistry, 'list'>,
  alert: Alert,
): Incident | null {
  const all = components.list();
  const view = all.find(({ id }) => alert.subject.kind === 'component' && id === alert.subject.id);
  const failing = new Set<string>(
    all.filter(({ state }) => state.kind === 'down' || state.kind === 'failed').map(({ id }) => id),
  );
  const incident = incidentOf(alert, view ?? null, failing);
  return incident === null
    ? null
    : { ...incident, details: { ...incident.details, since: alert.startsAt } };
}

/** An alert outlives its fault by a minute; and its supervisor is at work while it backs off. */
export function isStillSo(
  components: Pick<ComponentRegistry, 'list'>,
  { subject, fault }: Alert,
): boolean {
  if (subject.kind !== 'component') return true;
  const view = components.list().find(({ id }) => id === subject.id);
  if (view === undefined || view.state.kind === 'backing-off') return false;
  return judgeComponent(view).findings.some((one) => one.fault === fault);
}

/** How the subject of an incident is now, for people, one line. */
export function observe(components: ComponentRegistry, { subject, message }: Incident): string {
  if (subject.kind !== 'component') return message;
  const view = components.list().find(({ id }) => id === subject.id);
  if (view === undefined) return 'it is not described any more';
  const { state, restarts, figures, pid } = view;
  const why = 'why' in state ? `: ${state.why}` : '';
  const answers = figures.p95 === null ? '' : `, answers in ${String(Math.round(figures.p95))} ms`;
  return `${state.kind}${why}${answers}, process ${String(pid ?? '-')}, ${String(restarts)} restarts`;
}

/** Looks at what a component depends on: it may have failed first, and not have been looked at since. */
export async function lookAtDependencies(
  components: ComponentRegistry,
  { subject }: Incident,
): Promise<void> {
  const view = components
    .list()
    .find(({ id }) => subject.kind === 'component' && id === subject.id);
  for (let look = 0; look < FAILURES_UNTIL_DOWN; look += 1)
    await Promise.all((view?.dependsOn ?? []).map((id) => components.check(id)));
}

/** Something is well again: what depends on it, and was held back, may try at once. */
export function wakeDependents(components: ComponentRegistry, { subject }: Incident): void {
  for (const { id, dependsOn, circuit } of components.list())
    if (circuit === 'open' && dependsOn.some((one) => one === subject.id)) components.halfOpen(id);
}
