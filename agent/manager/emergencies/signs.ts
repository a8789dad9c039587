import type { HealthMonitor } from '../../monitor/health-monitor';
import type { Loss } from '../../protection/loss/loss';
import type { IncidentRecord } from '../incidents/incident';
import type { Traffic } from './source-traffic';

/** An alert, a component, and the figures of the machine, as the monitor knows them. */
export type AlertView = ReturnType<HealthMonitor['alerts']['list']>[number];
export type ComponentView = ReturnType<HealthMonitor['components']['list']>[number];
type MachineFigures = NonNullable<HealthMonitor['machine']>;

/** A loss, as far as it is looked at here. */
export type KnownLoss = Pick<Loss, 'kind' | 'lost'> & {
  readonly record: { readonly source: { readonly id: string; readonly path: string } };
};

/** Everything that an emergency is decided from. */
export interface Signs {
  /** Those that are not closed. */
  readonly incidents: readonly IncidentRecord[];
  /** Those that fire. */
  readonly alerts: readonly AlertView[];
  /** Losses of which nothing was restored since. */
  readonly losses: readonly KnownLoss[];
  /** What the agent runs and watches. */
  readonly components: readonly ComponentView[];
  /** Null before the first look. */
  readonly machine: MachineFigures | null;
  /** What could not be mended of the store. */
  readonly damage: { readonly message: string } | null;
  /** What is protected, by id and path. */
  readonly sources: readonly { readonly id: string; readonly path: string }[];
  /** What they have brought into the store of late, the most first. */
  readonly traffic: readonly Traffic[];
  /** Folder with the store. */
  readonly home: string;
  /** Sources that are cut off already: that they are not followed is no further incident. */
  readonly cutOff: ReadonlySet<string>;
}
