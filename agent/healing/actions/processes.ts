import type { ComponentView } from '../../components/component';
import type { ComponentId } from '../../components/component-id';
import type { ComponentRegistry } from '../../components/component-registry';
import type { Clock } from '../../support/clock';
import { BulwarkError } from '../../support/errors';
import type { ActionMaker, PreparedAction } from '../action';
import type { Incident } from '../incident';

export interface ProcessActionsOptions {
  readonly components: ComponentRegistry;
  readonly clock: Clock;
}

/** What a start may take beyond the process's own time limits, ms: the back-off and its end. */
const SLACK_MS = 90_000;
const STARTUP_MS = 60_000;
const LOOK_MS = 200;

/** The component that an incident is about, if the agent runs it and it is approved. */
export function ownProcess(
  { components }: ProcessActionsOptions,
  { subject }: Incident,
): ComponentView | null {
  const view = components
    .list()
    .find(({ id }) => subject.kind === 'component' && id === subject.id);
  return view?.spec.kind === 'process' && view.state.kind !== 'unapproved' ? view : null;
}

/** `restart_component`: by its stop signal and time limit, then as after a failure. */
export function restartComponent(options: ProcessActionsOptions): ActionMaker {
  return async (incident) => {
    const view = ownProcess(options, incident);
    return view === null ? null : restartOf(options, view);
  };
}

function restartOf(options: ProcessActionsOptions, { id }: ComponentView): PreparedAction {
  return {
    action: 'restart_component',
    tier: 'automatic',
    explain: `Stop ${id} with all its children, and start it again`,
    touches: [id],
    timeoutMs: STARTUP_MS + SLACK_MS,
    async apply({ signal, say }) {
      say(`restarting ${id}`);
      await options.components.restartAfterFault(id, signal);
      await whenStarted(options, id, signal);
    },
  };
}

/** `restart_dependencies`: those it depends on that the agent runs, in order. */
export function restartDependencies(options: ProcessActionsOptions): ActionMaker {
  return async (incident) => {
    const { components } = options;
    const all = components.list();
    const view = all.find(
      ({ id }) => incident.subject.kind === 'component' && id === incident.subject.id,
    );
    const needed = view === undefined ? [] : dependenciesOf(view.id, all);
    if (needed.length === 0) return null;
    const names = needed.map(({ id }) => id);
    return {
      action: 'restart_dependencies',
      tier: 'automatic',
      explain: `Stop and start what ${incident.subject.name} depends on: ${names.join(', ')}`,
      touches: names,
      timeoutMs: (STARTUP_MS + SLACK_MS) * needed.length,
      async apply({ signal, say }) {
        for (const { id } of needed) {
          say(`restarting ${id}`);
          await components.restartAfterFault(id, signal);
          await whenStarted(options, id, signal);
        }
      },
    };
  };
}

/** Processes of the agent that a component depends on, those first that others of them need. */
function dependenciesOf(of: ComponentId, all: readonly ComponentView[]): ComponentView[] {
  const found: ComponentView[] = [];
  const visit = (id: ComponentId): void => {
    const view = all.find((one) => one.id === id);
    for (const next of view?.dependsOn ?? []) visit(next);
    if (view === undefined || id === of || found.includes(view)) return;
    if (view.spec.kind === 'process' && view.state.kind !== 'unapproved') found.push(view);
  };
  visit(of);
  return found;
}

/** `increase_resources`: the next values of its `resources`, and twice its time to start. */
export function increaseResources(options: ProcessActionsOptions): ActionMaker {
  return async (incident) => {
    const view = ownProcess(options, incident);
    if (view?.spec.kind !== 'process') return null;
    const { id, spec } = view;
    const { components } = options;
    const { step, most } = components.resources(id);
    if (step >= most) return null;
    const what = `more of ${Object.keys(spec.resources ?? {}).join(', ')}`;
    return {
      action: 'increase_resources',
      tier: 'automatic',
      explain: `Give ${id} ${what} (step ${String(step + 1)} of ${String(most)}), and start it`,
      touches: [id],
      timeoutMs: (spec.startupTimeoutMs ?? STARTUP_MS) * 4 + SLACK_MS,
      async apply({ signal, keep }) {
        await keep({ kind: 'resources', component: id, step });
        await components.setResources(id, step + 1);
        await startAnew(options, id, signal);
      },
    };
  };
}

/** Starts a process because something changed that it may have failed of. */
export async function startAnew(
  options: ProcessActionsOptions,
  id: ComponentId,
  signal: AbortSignal,
): Promise<void> {
  await options.components.restart(id);
  options.components.measureAnew(id);
  await whenStarted(options, id, signal);
}

/** @throws BulwarkError `recovery-refused` when it ends instead of starting, `cancelled` */
async function whenStarted(
  { components, clock }: ProcessActionsOptions,
  id: ComponentId,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const { state } = components.view(id);
    if (state.kind === 'failed' || state.kind === 'backing-off' || state.kind === 'stopped')
      throw new BulwarkError('recovery-refused', `${id} does not start: ${state.why}`);
    if (state.kind === 'up' || state.kind === 'down' || state.kind === 'unknown') return;
    if (signal.aborted) throw new BulwarkError('cancelled', `${id} has not started in time`);
    await clock.sleep(LOOK_MS, signal);
  }
}
