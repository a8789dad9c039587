import type { AgentEvent } from '../../protocol/events';
import type { Notice } from '../../protocol/entities';
import type { RecoveryInfo, RecoveryPlan } from '../../protocol/recovery-entities';
import type { Handlers } from '../../protocol/handlers';
import type { HardeningManager } from '../../manager/hardening-manager';
import { incidentOfTarget, learnedFaults, STRATEGIES } from '../../manager/recoveries';

export type RecoveryMethods = Pick<Handlers, Extract<keyof Handlers, `recovery/${string}`>>;

type Recovery = ReturnType<HardeningManager['healing']['get']>;

/** Answers about recoveries. */
export function recoveryMethods({ healing, health }: HardeningManager): RecoveryMethods {
  const incident = (target: string): Parameters<typeof healing.incidentFor>[0] => {
    const meant = incidentOfTarget(health, target);
    return meant.fingerprint === null ? healing.incidentFor(meant) : meant;
  };
  return {
    'recovery/list': async () => ({
      recoveries: healing.list().map(recoveryOf),
      mode: healing.settings.mode,
    }),
    'recovery/show': async ({ recovery }) => recoveryOf(healing.get(recovery)),
    'recovery/plan': async ({ target, strategy = null }) => {
      const about = incident(target);
      const choices = await healing.plan(about, strategy);
      return { message: about.message, plans: choices.map(({ plan }) => plan) };
    },
    'recovery/start': async ({ target, strategy = null, by }) =>
      recoveryOf(await healing.recover(incident(target), { by, only: strategy })),
    'recovery/approve': async ({ recovery, by }) => recoveryOf(await healing.approve(recovery, by)),
    'recovery/cancel': async ({ recovery, by }) => recoveryOf(await healing.cancel(recovery, by)),
    'recovery/undo': async ({ recovery, by }) => recoveryOf(await healing.undo(recovery, by)),
    'recovery/strategies': async () => ({
      strategies: STRATEGIES.map(({ id, title }) => ({ strategy: id, title })),
      learned: learnedFaults(healing.experience),
    }),
    'recovery/export': async () => ({ seen: { ...copied(healing.experience) } }),
    'recovery/import': async ({ learned }) => {
      await healing.importExperience(learned);
      return { signatures: Object.keys(learned.seen).length };
    },
  };
}

function copied({
  seen,
}: HardeningManager['healing']['experience']): Record<
  string,
  { sightings: number; arms: Record<string, { helped: number; failed: number; credit: number }> }
> {
  return Object.fromEntries(
    Object.entries(seen).map(([key, { sightings, arms }]) => [
      key,
      { sightings, arms: { ...arms } },
    ]),
  );
}

/** What clients are told of a recovery that changed. */
export function recoveryEvents(record: Recovery): AgentEvent[] {
  const notice = noticeOf(record);
  return [
    { kind: 'recovery/changed', recovery: recoveryOf(record) },
    ...(notice === null ? [] : [{ kind: 'notice/raised', notice } as const]),
  ];
}

/** What people are told of a recovery that waits for a yes and has no alert that would tell of it. */
function noticeOf({ id, phase, incident, why }: Recovery): Notice | null {
  if (phase !== 'approval' || incident.fingerprint !== null) return null;
  return {
    id: `recovery-${id}`,
    severity: 'warning',
    message: `${incident.message}. A recovery ${why ?? 'waits for a yes'}.`,
    source: null,
    action: { kind: 'recovery', recovery: id },
  };
}

/** A recovery as the wire tells it. */
function recoveryOf(record: Recovery): RecoveryInfo {
  const { id, incident, by, phase, why, startedAt, endedAt, proposal, steps, log } = record;
  const { trigger, fault, subject, message } = incident;
  const isEnded = phase !== 'queued' && phase !== 'running' && phase !== 'approval';
  return {
    id,
    trigger,
    fault,
    subject: { kind: subject.kind, id: subject.id, name: subject.name },
    message,
    by,
    state: phase,
    why,
    startedAt,
    endedAt,
    proposal: proposal === null ? null : planCopy(proposal),
    steps: steps.map(({ plan, state, startedAt: from, endedAt: to, before, after, note }) => {
      return { plan: planCopy(plan), state, startedAt: from, endedAt: to, before, after, note };
    }),
    undoable: isEnded && steps.some(({ undo }) => undo.length > 0),
    log: [...log],
  };
}

function planCopy(plan: NonNullable<Recovery['proposal']>): RecoveryPlan {
  return { ...plan, tries: Math.max(0, plan.tries) };
}
