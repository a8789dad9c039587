import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTemporaries } from '../support/atomic-file';
import type { Log } from '../support/log';

/** A copy that was to take the place of a pack, or a part of one. */
const COPY = /^[0-9a-f]{32}\.copy(?:\.[0-9a-f]{12}\.part)?$/;

/** An empty catalog with which a start asked for the lock. */
const PROBE = /^probe-[A-Za-z0-9]{6}$/;

/**
 * Removes what a kill left half written in a store. Whoever calls has its lock. What cannot be
 * removed stays: it is in nobody's way.
 */
export async function removeLeftovers({
  path,
  keyFolder,
  log,
}: {
  readonly path: string;
  readonly keyFolder: string;
  readonly log: Log;
}): Promise<void> {
  try {
    await removeTemporaries(path);
    await removeTemporaries(keyFolder);
    await removeTemporaries(join(path, 'packs'), (name) => COPY.test(name));
    for (const name of await readdir(path))
      if (PROBE.test(name)) await rm(join(path, name), { recursive: true, force: true });
  } catch (error) {
    log.warn('What a crash left half written cannot be removed', { error });
  }
}
