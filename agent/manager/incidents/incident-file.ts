import { z } from 'zod';
import { KeptFile, knownOf, type KeptFileOptions } from '../../support/kept-file';
import { incidentRecord, type IncidentRecord } from './incident';

const shape = z.object({ incidents: z.array(z.unknown()) });

/** What is in the file. */
export interface KeptIncidents {
  readonly incidents: readonly IncidentRecord[];
}

/** The file of the incidents. One that this version cannot read is left out. */
export function incidentFile(
  options: Pick<KeptFileOptions<KeptIncidents>, 'path' | 'clock' | 'log'>,
): KeptFile<KeptIncidents> {
  const parse = (json: unknown): KeptIncidents => ({
    incidents: knownOf(incidentRecord, shape.parse(json).incidents),
  });
  return new KeptFile({ ...options, what: 'incidents', parse });
}
