import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../support/atomic-file';
import { isoTime, type Clock } from '../support/clock';
import { BulwarkError, errnoOf, fileError } from '../support/errors';

function holderPath(path: string): string {
  return join(path, 'holder.json');
}

/** Tells others who has the store open. It is a courtesy; the lock is the catalog's. */
export async function writeHolder(path: string, clock: Clock): Promise<void> {
  const holder = { pid: process.pid, since: isoTime(clock.now()) };
  await writeFileAtomic(holderPath(path), `${JSON.stringify(holder)}\n`);
}

export async function removeHolder(path: string): Promise<void> {
  await rm(holderPath(path), { force: true });
}

/** Whether a process that is no more did not close the store. */
export async function wasLeftOpen(path: string): Promise<boolean> {
  try {
    const pid = /"pid":(\d+)/.exec(await readFile(holderPath(path), 'utf8'))?.[1];
    return pid === undefined || Number(pid) === process.pid || !isAlive(Number(pid));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw fileError(error, holderPath(path));
  }
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 only asks.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

/** The error of a store that is open elsewhere; it names the holder. */
export async function lockedBy(path: string, error: BulwarkError): Promise<BulwarkError> {
  let holder = 'another process';
  try {
    const text = await readFile(holderPath(path), 'utf8');
    const pid = /"pid":(\d+)/.exec(text)?.[1];
    const since = /"since":"([^"]+)"/.exec(text)?.[1];
    if (pid !== undefined) holder = `process ${pid}${since === undefined ? '' : ` since ${since}`}`;
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw fileError(cause, holderPath(path));
  }
  return new BulwarkError('store-locked', `the store in ${path} is open in ${holder}`, {
    hint: 'Only one agent can use a store. Stop the other one ("bulwark stop"), or set BULWARK_HOME.',
    details: { path, holder },
    cause: error,
  });
}
