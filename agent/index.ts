import type { HardenedComponent } from './embedding/component';
import type { HardenedSystem, HardenedSystemOptions } from './embedding/hardened-system';
import { systemClock } from './support/clock';

export { BulwarkError, type Reason } from './support/errors';
export type {
  HardenedComponent,
  Healable,
  Health,
  RecoveryRequest,
  Watchable,
} from './embedding/component';
export type {
  DataRecord,
  DataSource,
  FilesSource,
  FolderSource,
  FreezeRequest,
  RecordsChange,
  RecordsSource,
} from './embedding/data-source';
export type { EventName, Subscription, SystemEvents } from './embedding/events';
export type {
  DataProtection,
  HardenedSystem,
  HardenedSystemOptions,
  HardeningManagement,
  HealthMonitoring,
  SelfHealing,
  SystemMetrics,
  SystemStatus,
} from './embedding/hardened-system';
export type {
  Alert,
  ComponentStatus,
  CoordinationMode,
  DataSourceStatus,
  Emergency,
  Incident,
  Recovery,
  RestoreResult,
  Severity,
  Snapshot,
  Subject,
} from './embedding/views';

/**
 * Makes one system of monitor, healing and protection, in the process of your program: without VS
 * Code, without an agent, and without anything that listens unless it is asked for.
 * @param components the parts of your program, by names of up to 63 letters, digits, ".", "_" and "-"
 * @returns a system at work: the components are watched, and their data is being backed up
 * @throws BulwarkError `store-locked` when another program has that home, `wrong-key`,
 *   `settings-invalid`, `path-refused` for a home that is no absolute path, `component-refused`,
 *   `source-refused` …; nothing is left open then
 */
export async function createHardenedSystem(
  components: Readonly<Record<string, HardenedComponent>>,
  options: HardenedSystemOptions,
): Promise<HardenedSystem> {
  // Only who makes one has to load it.
  const { openEmbedded } = await import(/* webpackChunkName: "process" */ './open-embedded.js');
  return openEmbedded(components, options, systemClock);
}
