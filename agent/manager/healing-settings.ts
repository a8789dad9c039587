import type { HealingSettings } from '../healing/mode';
import type { Settings } from './settings';

/** What the settings say of how faults are dealt with. */
export function healingOf({ healing }: Settings): HealingSettings {
  const { mode, atOnce, limitMinutes } = healing;
  return { mode, atOnce, limitMs: limitMinutes * 60_000 };
}
