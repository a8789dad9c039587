import type { Tier } from './remedy';

/**
 * `autonomous`: what needs no person is done; `supervised`: a person is asked for everything;
 * `observe`: nothing is done, what would be done is shown.
 */
export const MODES = ['autonomous', 'supervised', 'observe'] as const;
export type HealingMode = (typeof MODES)[number];

export interface HealingSettings {
  readonly mode: HealingMode;
  /** Recoveries at once. */
  readonly atOnce: number;
  /** A recovery is given up after this, ms. */
  readonly limitMs: number;
}

/** Whether an action may be used without asking. */
export function mayAct(mode: HealingMode, tier: Tier, saved: boolean): boolean {
  if (mode !== 'autonomous' || tier === 'approval') return false;
  return tier === 'automatic' || saved;
}
