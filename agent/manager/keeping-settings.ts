import type { KeepingOptions } from '../protection/backups/keeping';
import type { Settings } from './settings';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What the settings say of how backups are kept. */
export function keepingOf(
  settings: Settings,
): Pick<KeepingOptions, 'schedules' | 'policy' | 'limits' | 'grace'> {
  const { keepDays, quotaBytes, floorBytes, gcGraceHours, gcGraceOperations } = settings;
  return {
    schedules: settings.schedules,
    policy: {
      full: keepDays.full * DAY_MS,
      incremental: keepDays.incremental * DAY_MS,
      differential: keepDays.differential * DAY_MS,
      snapshot: keepDays.snapshot * DAY_MS,
      manual: keepDays.manual * DAY_MS,
      safety: keepDays.safety * DAY_MS,
      journal: settings.journalHours * HOUR_MS,
    },
    limits: { quotaBytes, floorBytes },
    grace: { ms: gcGraceHours * HOUR_MS, operations: gcGraceOperations },
  };
}
