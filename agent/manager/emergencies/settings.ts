import type { Settings } from '../settings';
import type { EmergencySettings } from './emergencies';

const MINUTE_MS = 60_000;

/** What the settings say of emergencies. */
export function emergenciesOf({ emergencyProtocols }: Settings): EmergencySettings {
  const { enabled, actions, withinMinutes, escalateMinutes, standDownMinutes, ...rest } =
    emergencyProtocols;
  return {
    enabled,
    allowed: actions,
    withinMs: withinMinutes * MINUTE_MS,
    escalateMs: escalateMinutes * MINUTE_MS,
    standDownMs: standDownMinutes * MINUTE_MS,
    ...rest,
  };
}
