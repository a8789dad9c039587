/** A stretch of time, ms since 1970. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Incidents of a time. Durations in ms; null where there were too few to tell. */
export interface IncidentFigures {
  /** That began in it. */
  readonly count: number;
  readonly critical: number;
  /** Of those that began in it, how many are not over. */
  readonly open: number;
  /** Time that was observed, by incident: how long it went well on average. */
  readonly mtbfMs: number | null;
  /** How long it took on average until one was over, of those that ended in it. */
  readonly mttrMs: number | null;
}

/** Recoveries that began in a time. */
export interface RecoveryFigures {
  readonly count: number;
  /** Something was done, and it helped. */
  readonly healed: number;
  /** It went away before anything was done. */
  readonly cleared: number;
  /** Nothing helped: taken back, or left to a person. */
  readonly failed: number;
  /** Under way, or waiting for a yes. */
  readonly open: number;
  /** Of those in which something was done, the part that helped, from 0 to 1; null of none. */
  readonly success: number | null;
  /** Until it was healed, on average, ms; null of none. */
  readonly meanMs: number | null;
}

/** Backups of a time, as the audit trail has them. */
export interface BackupFigures {
  /** Snapshots that were taken as files changed, or that were asked for. */
  readonly snapshots: number;
  /** Full, differential and incremental backups, each proven. */
  readonly backups: number;
  readonly failed: number;
  readonly restores: number;
}

/** How the store has grown, and where that leads. Bytes and ms. */
export interface Growth {
  /** At the beginning and the end of the time; null where nothing was measured. */
  readonly atFirst: number | null;
  readonly atLast: number | null;
  /** By the robust trend of the time; null while there is none. */
  readonly bytesPerDay: number | null;
  /** Of its disk, that can still be written. */
  readonly freeBytes: number | null;
  /** Until that is used up, if it goes on like this; null when it does not get less, or nobody can tell. */
  readonly fullInMs: number | null;
}

/** How long something was up, of the time in which that was measured. */
export interface Availability {
  readonly of: string;
  /** From 0 to 1. */
  readonly ratio: number;
  readonly measuredMs: number;
}

/** How a stretch of time was, from what is kept of it. Times in ms since 1970, durations in ms. */
export interface PeriodReport<Fault extends string = string> {
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
  readonly alerts: readonly { readonly fault: Fault; readonly count: number }[];
  readonly backups: BackupFigures;
  /** The last one of all sources, whenever it was; null where there was none. */
  readonly drill: { readonly at: number; readonly ok: boolean } | null;
  readonly storage: Growth;
  /** What is kept of the time does not reach back to its beginning: the last of each only. */
  readonly partial: readonly ('incidents' | 'recoveries' | 'alerts')[];
}
