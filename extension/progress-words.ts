import type { Progress } from '../agent/protocol/entities';
import { byteSize, count } from './format';

const PHASES: Readonly<Record<Progress['phase'], string>> = {
  scanning: 'Looking for changes',
  reading: 'Reading files',
  planning: 'Making the plan',
  saving: 'Saving the present state',
  staging: 'Preparing files',
  applying: 'Putting files in place',
  verifying: 'Checking what was written',
  copying: 'Copying',
};

/** A step of long work in words: `Reading files: 1,204 of 78,579 files`. */
export function progressWords(progress: Progress): string {
  const { done, total, unit } = progress;
  const phase = PHASES[progress.phase];
  if (done === 0 && total === null) return phase;
  if (unit === 'bytes') {
    return `${phase}: ${total === null ? byteSize(done) : `${byteSize(done)} of ${byteSize(total)}`}`;
  }
  const one = unit.slice(0, -1);
  if (total === null) return `${phase}: ${count(done, one, unit)}`;
  return `${phase}: ${done.toLocaleString('en')} of ${count(total, one, unit)}`;
}
