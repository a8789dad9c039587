import type { HealingMode } from '../../healing/mode';
import type { AlertChannels } from '../../monitor/channels/alert-channels';
import type { BackedUp } from '../../protection/backed-up';
import type { SnapshotRequest } from '../../protection/protection-types';
import type { Clock } from '../../support/clock';
import type { Log } from '../../support/log';
import type { Operations } from '../../support/operations';
import type { AuditTrail } from '../audit/audit-trail';
import type { EmergencyAction } from './emergency';

/** A snapshot that was taken. */
interface Taken {
  readonly id: string;
}

/** A source that can be cut off from the rest, and followed again. */
interface Followed {
  cutOff(why: string): Promise<void>;
  follow(): Promise<void>;
}

/** What is done in an emergency is done through these. */
export interface ActionPorts {
  /** Which of the actions the settings allow. */
  readonly allowed: Readonly<Record<EmergencyAction, boolean>>;
  /** Only when everything may be done by itself are processes stopped and the agent ended. */
  readonly mode: HealingMode;
  readonly protection: {
    /** Everything that is kept and is there. */
    present(): readonly BackedUp[];
    snapshot(guard: BackedUp, request: SnapshotRequest): Promise<Taken>;
    guard(id: string): Followed | null;
  };
  readonly keeping: {
    backUpFresh(guard: BackedUp, label: string, signal: AbortSignal): Promise<Taken>;
    makeRoom(): Promise<void>;
  };
  /** Stops a process that the agent runs; rejects for any other. */
  readonly components: { stop(id: string): Promise<unknown> };
  readonly channels: Pick<AlertChannels, 'tellEmergency'>;
  readonly audit: Pick<AuditTrail, 'record'>;
  readonly operations: Operations;
  readonly clock: Clock;
  readonly log: Log;
}
