import type { ComponentRegistry } from '../components/component-registry';
import { judgeComponent } from '../monitor/judge-component';
import { judgeAgent } from '../monitor/judge-machine';
import type { Finding, Look } from '../monitor/finding';
import type { HealthMonitor } from '../monitor/health-monitor';
import type { Clock } from '../support/clock';
import type { Incident } from './incident';

/** Whether a fault is still there, by the probe that found it. `unknown`: nobody can tell yet. */
export type Verdict = 'good' | 'bad' | 'unknown';

export interface RecheckOptions {
  readonly health: HealthMonitor;
  readonly clock: Clock;
}

/** How long two looks in a row are apart, ms. */
const CYCLE_MS = 3_000;
/** The machine and the agent are measured so often. */
const MEASURED_MS = 12_000;
const WELL = 1_500;

/** Looks again, with the probe that fired. */
export async function recheck(
  { health, clock }: RecheckOptions,
  incident: Incident,
  signal: AbortSignal,
): Promise<Verdict> {
  const { subject, fault } = incident;
  switch (subject.kind) {
    case 'component':
      return recheckComponent(health.components, incident);
    case 'worktree':
    case 'repository':
      return recheckWorktree(health, incident);
    case 'agent': {
      const before = health.agent;
      for (let waited = 0; health.agent === before && waited < MEASURED_MS; waited += 1_000)
        await clock.sleep(1_000, signal);
      return health.agent === null ? 'unknown' : verdictIn(judgeAgent(health.agent), fault, '');
    }
    default:
      // What a person asked for of the machine, or the store's own repair, which verifies itself.
      return 'good';
  }
}

/** How long to wait between two looks at an incident's subject, ms. */
export function cycleOf(components: ComponentRegistry, { subject }: Incident): number {
  if (subject.kind !== 'component') return CYCLE_MS / 3;
  const view = components.list().find(({ id }) => id === subject.id);
  return Math.min(CYCLE_MS, view?.spec.intervalMs ?? CYCLE_MS);
}

async function recheckComponent(
  components: ComponentRegistry,
  { subject, fault }: Incident,
): Promise<Verdict> {
  const known = components.list().find(({ id }) => id === subject.id);
  if (known === undefined) return 'unknown';
  await components.check(known.id);
  const view = components.find(known.id);
  if (view === null) return 'unknown';
  const { state, figures } = view;
  // Whatever was wrong with it: it has to run, and to answer.
  if (state.kind === 'down' || state.kind === 'failed' || state.kind === 'backing-off')
    return 'bad';
  if (state.kind === 'stopped') return fault === 'asked' ? 'good' : 'unknown';
  if (state.kind !== 'up') return 'unknown';
  // These look at many checks; what was before the action counts no more, so the few since then decide.
  if (fault === 'component.slow') return (figures.p95 ?? 0) < WELL ? 'good' : 'bad';
  if (fault === 'component.errors') return figures.errorRate === 0 ? 'good' : 'bad';
  return verdictIn(judgeComponent(view), fault, '');
}

async function recheckWorktree(
  health: HealthMonitor,
  { subject, fault, part }: Incident,
): Promise<Verdict> {
  const source = health
    .sources()
    .find(({ id, worktree }) => id === subject.id || worktree?.commonDir === subject.id);
  if (source === undefined) return 'unknown';
  // Not what others see meanwhile: that may be of before the action.
  const looks = await health.worktrees.look(source.id, 'ahead');
  const look = looks.find(
    (one) => one.subject.kind === subject.kind && one.subject.id === subject.id,
  );
  return look === undefined ? 'unknown' : verdictIn(look, fault, part);
}

function verdictIn(look: Look, fault: string, part: string): Verdict {
  const isIt = (one: Finding): boolean => one.fault === fault && one.part === part;
  if (look.findings.some(isIt)) return 'bad';
  return look.unknown.some((one) => one === fault) ? 'unknown' : 'good';
}
