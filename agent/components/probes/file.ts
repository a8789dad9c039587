import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errnoOf, messageOf } from '../../support/errors';
import type { Clock } from '../../support/clock';
import type { ProbeSpec } from '../../protocol/component-spec';
import { down, UP, type ProbeContext, type ProbeOutcome } from './outcome';

type FileSpec = Extract<ProbeSpec, { kind: 'file' }>;

/** Whether a file is there, and fresh enough by the wall clock, which file times are told by. */
export async function probeFile(
  spec: FileSpec,
  { folder }: ProbeContext,
  clock: Clock,
): Promise<ProbeOutcome> {
  try {
    const { mtimeMs } = await stat(resolve(folder, spec.path));
    if (spec.maxAgeMs === undefined) return UP;
    const age = clock.now() - mtimeMs;
    return age <= spec.maxAgeMs
      ? UP
      : down(`it was last changed ${String(Math.round(age / 1000))} s ago`);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return down('it is not there');
    return { kind: 'unknown', why: messageOf(error) };
  }
}
