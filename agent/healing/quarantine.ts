import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptRecord } from './attempt-record';

/** What was set aside is kept so long, ms, and so many attempts longer whatever the clock says. */
const KEEP_MS = 30 * 86_400_000;
const KEEP_ATTEMPTS = 20;
/** Above this the oldest go first, bytes; the newest few stay. */
const MAX_BYTES = 1024 ** 3;
const ALWAYS = 5;

/**
 * Removes the folders of old attempts, with what they had set aside. Never one that is not ended.
 * @param records oldest first @param now ms since 1970
 */
export async function expire(
  root: string,
  records: readonly AttemptRecord[],
  now: number,
): Promise<void> {
  const ended = records.filter(({ state }) => state !== 'open').toReversed();
  let bytes = 0;
  for (const [newer, { id, endedAt, startedAt }] of ended.entries()) {
    const folder = join(root, id);
    bytes += await sizeOf(folder);
    const old = now - (endedAt ?? startedAt) > KEEP_MS && newer >= KEEP_ATTEMPTS;
    if (old || (bytes > MAX_BYTES && newer >= ALWAYS))
      await rm(folder, { recursive: true, force: true });
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await sizeOf(path);
    else bytes += (await lstat(path).catch(() => null))?.size ?? 0;
  }
  return bytes;
}
