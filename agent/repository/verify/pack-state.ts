import type { PackFindings } from './verify-pack';

/** What was found in one pack. */
export interface PackState {
  /** Bytes of its file that were read. */
  readonly size: number;
  readonly damaged: boolean;
  /** Bytes of the frames that did not verify; no more than the file has. */
  readonly badBytes: number;
  /** The system's error code where it could not be opened. */
  readonly failed: string | null;
}

/** @param size of its file, bytes. @param cut whether it should be sealed and is not */
export function stateOf(findings: PackFindings, size: number, cut: boolean): PackState {
  const { faults, failed } = findings;
  return {
    size,
    failed,
    damaged: failed === null && (faults.length > 0 || cut),
    badBytes: failed === null ? Math.min(size, findings.badBytes) : size,
  };
}
