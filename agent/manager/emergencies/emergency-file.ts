import { z } from 'zod';
import { KeptFile, knownOf, type KeptFileOptions } from '../../support/kept-file';
import { emergencyRecord, type EmergencyRecord } from './emergency';

const shape = z.object({ emergencies: z.array(z.unknown()) });

/** What is in the file. */
export interface KeptEmergencies {
  readonly emergencies: readonly EmergencyRecord[];
}

/** The file of the emergencies. One that this version cannot read is left out. */
export function emergencyFile(
  options: Pick<KeptFileOptions<KeptEmergencies>, 'path' | 'clock' | 'log'>,
): KeptFile<KeptEmergencies> {
  const parse = (json: unknown): KeptEmergencies => ({
    emergencies: knownOf(emergencyRecord, shape.parse(json).emergencies),
  });
  return new KeptFile({ ...options, what: 'emergencies', parse });
}
