import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errnoOf, messageOf } from '../../support/errors';
import type { ComponentSpec } from '../../protocol/component-spec';
import { down, UP, type ProbeContext, type ProbeOutcome } from './outcome';

type PidSpec = Extract<ComponentSpec, { kind: 'pid' }>;

/** Whether a process that somebody else started is there. */
export async function probePid(spec: PidSpec, { folder }: ProbeContext): Promise<ProbeOutcome> {
  const { pid, pidFile } = spec;
  if (pid !== undefined) return probeProcess(pid);
  if (pidFile === undefined) return { kind: 'unknown', why: 'neither pid nor pidFile is set' };
  try {
    const text = (await readFile(resolve(folder, pidFile), 'utf8')).trim();
    return /^[1-9]\d{0,9}$/.test(text)
      ? probeProcess(Number(text))
      : { kind: 'unknown', why: `${pidFile} holds no process id` };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return down(`${pidFile} is not there`);
    return { kind: 'unknown', why: messageOf(error) };
  }
}

function probeProcess(pid: number): ProbeOutcome {
  try {
    process.kill(pid, 0);
    return UP;
  } catch (error) {
    // It is there, and somebody else's.
    if (errnoOf(error) === 'EPERM') return UP;
    return down(`no process has the id ${String(pid)}`);
  }
}
