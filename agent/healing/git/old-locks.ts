import { displayName } from '../../support/names';
import type { Clock } from '../../support/clock';
import type { Detector, GitFault, GitPlace } from '../../monitor/git/detector';
import { liveGitAt } from '../../monitor/git/live-git';
import { stampOf, statOf } from '../../monitor/git/read-file';
import { locksOf } from '../../monitor/git/stale-lock';

const LOOKS = 3;
const BETWEEN_MS = 150;
const OLD_MS = 60_000;

/** Locks as whoever asks once finds them. */
export interface OldLocks {
  readonly faults: readonly GitFault[];
  /** Locks that nobody seems to hold, but that are too young to tell. */
  readonly young: readonly string[];
}

/**
 * Locks that are older than a minute, the same over three looks, and of which no git process is to be
 * seen. The monitor counts the minute itself; here the file's own time has to do.
 */
export async function oldLocks(
  scope: Detector['scope'],
  place: GitPlace,
  clock: Clock,
): Promise<OldLocks> {
  const before = await stamps(scope, place);
  if (before.size === 0) return { faults: [], young: [] };
  for (let look = 1; look < LOOKS; look++) {
    await clock.sleep(BETWEEN_MS);
    const now = await stamps(scope, place);
    for (const [path, { stamp }] of before) if (now.get(path)?.stamp !== stamp) before.delete(path);
  }
  const live = before.size === 0 ? 'yes' : await liveGitAt(place);
  if (live === 'yes') return { faults: [], young: [] };
  const faults: GitFault[] = [];
  const young: string[] = [];
  for (const [path, { changedAt }] of before) {
    if (clock.now() - changedAt < OLD_MS) young.push(path);
    else
      faults.push({
        fault: 'git.lock-stale',
        part: path,
        message: `${displayName(path)} was left behind: git refuses to work there`,
        details: { path, processesKnown: live === 'no' },
      });
  }
  return { faults, young };
}

async function stamps(
  scope: Detector['scope'],
  place: GitPlace,
): Promise<Map<string, { stamp: string; changedAt: number }>> {
  const found = new Map<string, { stamp: string; changedAt: number }>();
  for (const path of await locksOf(scope, place)) {
    const stat = await statOf(path);
    if (stat !== null)
      found.set(path, { stamp: stampOf(stat), changedAt: Number(stat.mtimeNs) / 1e6 });
  }
  return found;
}
