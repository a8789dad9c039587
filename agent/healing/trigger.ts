import { FAULTS, type FaultId } from '../monitor/catalogue';

/** Why a recovery begins. */
export const TRIGGERS = [
  'component-down',
  'health-degraded',
  'error-rate',
  'slow-response',
  'resource-exhaustion',
  'data-corruption',
  'data-loss',
  'dependency-failure',
  'circuit-open',
  /** A person or a program asks. */
  'asked',
] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** The trigger of each fault; what is not here is only told. */
const BY_FAULT: Readonly<Partial<Record<FaultId, Trigger>>> = {
  'component.down': 'component-down',
  'component.failed': 'component-down',
  'component.slow': 'slow-response',
  'component.errors': 'error-rate',
  'component.memory-high': 'resource-exhaustion',
  'agent.memory-high': 'resource-exhaustion',
  'worktree.missing': 'data-loss',
};

/**
 * What a fault triggers, null where nothing can be done about it here.
 * @param dependencyFails something that it depends on is in trouble itself
 */
export function triggerOf(fault: FaultId, dependencyFails: boolean): Trigger | null {
  // What is only worth knowing is offered to whoever asks the doctor; nobody is disturbed for it.
  if (fault.startsWith('git.') && FAULTS[fault].severity !== 'info')
    return fault === 'git.lock-stale' ? 'health-degraded' : 'data-corruption';
  const trigger = BY_FAULT[fault] ?? null;
  return trigger === 'component-down' && dependencyFails ? 'dependency-failure' : trigger;
}
