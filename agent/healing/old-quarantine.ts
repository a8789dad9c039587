import { rm } from 'node:fs/promises';
import { isOver, type RecoveryRecord } from './recovery';

/** What was moved away stays so long, ms. It is only what is made again by itself. */
const KEPT_MS = 7 * 86_400_000;

/**
 * Removes what recoveries moved away long ago; they cannot be taken back from then on.
 * @param now ms since 1970 @returns those that changed
 */
export async function removeOldQuarantine(
  records: readonly RecoveryRecord[],
  now: number,
): Promise<RecoveryRecord[]> {
  const changed: RecoveryRecord[] = [];
  for (const record of records) {
    if (!isOver(record) || now - (record.endedAt ?? now) < KEPT_MS) continue;
    for (const step of record.steps)
      for (const note of step.undo) {
        if (note.kind !== 'moved') continue;
        await rm(note.to, { recursive: true, force: true });
        step.undo = step.undo.filter((one) => one !== note);
        changed.push(record);
      }
  }
  return changed;
}
