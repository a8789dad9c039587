import type { HealingSettings } from '../healing/mode';
import type { Settings } from './settings';

/**
 * Between the moment when a fault is found and the one when something is done about it, ms. One cause
 * shows in several places within seconds: by then they are known to belong together.
 */
export const RECOVERY_SETTLE_MS = 5_000;

/** What the settings say of how faults are dealt with. */
export function healingOf({ healing }: Settings): HealingSettings {
  const { mode, atOnce, limitMinutes } = healing;
  return { mode, atOnce, limitMs: limitMinutes * 60_000 };
}
