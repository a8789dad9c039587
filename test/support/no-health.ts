import type { DoctorMethods } from '../../agent/server/methods/doctor';
import type { HealthMethods } from '../../agent/server/methods/health';
import type { RecoveryMethods } from '../../agent/server/methods/recoveries';
import type { AuditMethods } from '../../agent/server/methods/audit';
import type { EmergencyMethods } from '../../agent/server/methods/emergencies';
import type { IncidentMethods } from '../../agent/server/methods/incidents';
import type { ReportMethods } from '../../agent/server/methods/report';
import type { TroubleMethods } from '../../agent/server/methods/trouble';
import type { MetricsMethods } from '../../agent/server/methods/metrics';
import { BulwarkError } from '../../agent/support/errors';

const refuse = (): Promise<never> =>
  Promise.reject(new BulwarkError('internal', 'this agent watches nothing'));

/** For agents of tests in which nobody asks about health. */
export const NO_HEALTH: HealthMethods &
  DoctorMethods &
  TroubleMethods &
  AuditMethods &
  IncidentMethods &
  EmergencyMethods &
  ReportMethods &
  MetricsMethods &
  RecoveryMethods = {
  'metrics/list': refuse,
  'metrics/text': refuse,
  'metrics/series': refuse,
  'doctor/examine': refuse,
  'doctor/undo': refuse,
  'trouble/report': refuse,
  'incident/list': refuse,
  'incident/show': refuse,
  'incident/close': refuse,
  'manager/report': refuse,
  'emergency/list': refuse,
  'emergency/show': refuse,
  'emergency/end': refuse,
  'audit/list': refuse,
  'audit/verify': refuse,
  'health/status': refuse,
  'health/worktree': refuse,
  'component/suggest': refuse,
  'component/list': refuse,
  'component/register': refuse,
  'component/heartbeat': refuse,
  'component/unregister': refuse,
  'component/start': refuse,
  'component/stop': refuse,
  'component/restart': refuse,
  'component/logs': refuse,
  'component/settings': refuse,
  'component/approve': refuse,
  'component/revoke': refuse,
  'alert/list': refuse,
  'alert/acknowledge': refuse,
  'alert/silence': refuse,
  'alert/endSilence': refuse,
  'alert/resolve': refuse,
  'alert/channels': refuse,
  'alert/undelivered': refuse,
  'alert/test': refuse,
  'recovery/list': refuse,
  'recovery/show': refuse,
  'recovery/plan': refuse,
  'recovery/start': refuse,
  'recovery/approve': refuse,
  'recovery/cancel': refuse,
  'recovery/undo': refuse,
  'recovery/strategies': refuse,
  'recovery/export': refuse,
  'recovery/import': refuse,
};
