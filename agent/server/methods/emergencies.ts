import { triggerWords } from '../../manager/emergency-words';
import type { HardeningManager } from '../../manager/hardening-manager';
import type { EmergencyInfo } from '../../protocol/emergency-entities';
import type { AgentEvent } from '../../protocol/events';
import type { Handlers } from '../../protocol/handlers';
import type { Notice } from '../../protocol/entities';

export type EmergencyMethods = Pick<Handlers, Extract<keyof Handlers, `emergency/${string}`>>;

type Emergencies = HardeningManager['emergencies'];
type Change = Parameters<Parameters<Emergencies['onChange']['on']>[0]>[0];
type Emergency = Change['emergency'];

/** Answers about emergencies. */
export function emergencyMethods({ emergencies }: HardeningManager): EmergencyMethods {
  return {
    'emergency/list': async ({ withOver = false }) => ({
      emergencies: emergencies.list(withOver).map((one) => emergencyOf(one, emergencies)),
    }),
    'emergency/show': async ({ emergency }) => emergencyOf(emergencies.get(emergency), emergencies),
    'emergency/end': async ({ emergency, by, note = '' }) =>
      emergencyOf(emergencies.end(emergency, by, note), emergencies),
  };
}

/** What clients are told of an emergency: how it is now, and where people have to know it, a notice. */
export function emergencyEvents(
  { kind, emergency }: Change,
  emergencies: Pick<Emergencies, 'reportOf'>,
): AgentEvent[] {
  const changed: AgentEvent = {
    kind: 'emergency/changed',
    emergency: emergencyOf(emergency, emergencies),
  };
  if (kind === 'changed' || kind === 'resumed') return [changed];
  return [changed, { kind: 'notice/raised', notice: noticeOf(emergency) }];
}

function noticeOf({ id, trigger, level, message, state }: Emergency): Notice {
  const { title, hint } = triggerWords(trigger);
  const isOver = state === 'over';
  return {
    id: `emergency-${id}-${isOver ? 'over' : String(level)}`,
    severity: isOver ? 'info' : 'error',
    message: isOver
      ? `The emergency is over: ${title}. The report: bulwark emergencies show ${id}`
      : `Emergency, level ${String(level)}: ${message}. ${hint} What is done: bulwark emergencies show ${id}`,
    source: null,
    action: null,
  };
}

function emergencyOf(
  emergency: Emergency,
  emergencies: Pick<Emergencies, 'reportOf'>,
): EmergencyInfo {
  const { id, trigger, level, state, message, openedAt, levelSince, endedAt } = emergency;
  return {
    ...{ id, trigger, ...triggerWords(trigger), level, state, message },
    evidence: [...emergency.evidence],
    ...{ openedAt, levelSince, endedAt },
    steps: emergency.steps.map((step) => ({ ...step, details: [...step.details] })),
    isolated: [...emergency.isolated],
    timeline: [...emergency.timeline],
    report: emergencies.reportOf(emergency),
  };
}
