import type { FaultId } from '../../monitor/catalogue';
import type { BackupFigures } from './backup-figures';
import type { Growth } from './growth';
import type { IncidentFigures } from './incident-figures';
import type { RecoveryFigures } from './recovery-figures';

/** How long something was up, of the time in which that was measured. */
export interface Availability {
  readonly of: string;
  /** From 0 to 1. */
  readonly ratio: number;
  readonly measuredMs: number;
}

/** How a stretch of time was, from what is kept of it. Times in ms since 1970, durations in ms. */
export interface PeriodReport {
  readonly from: number;
  readonly to: number;
  /** In which the agent ran and measured. */
  readonly observedMs: number;
  /** Of all components together; null where nothing was measured. */
  readonly availability: number | null;
  /** The worst first. */
  readonly components: readonly Availability[];
  readonly incidents: IncidentFigures;
  readonly emergencies: number;
  readonly recoveries: RecoveryFigures;
  /** What was wrong how often, the most frequent first; without what followed from it. */
  readonly alerts: readonly { readonly fault: FaultId; readonly count: number }[];
  readonly backups: BackupFigures;
  /** The last one of all sources, whenever it was; null where there was none. */
  readonly drill: { readonly at: number; readonly ok: boolean } | null;
  readonly storage: Growth;
  /** What is kept of the time does not reach back to its beginning: the last of each only. */
  readonly partial: readonly ('incidents' | 'recoveries' | 'alerts')[];
}
