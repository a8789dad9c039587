import { join } from 'node:path';
import { displayName } from '../../support/names';
import type { Detector, DetectorContext, GitFault, GitPlace } from './detector';
import { liveGitAt } from './live-git';
import { entriesOf, stampOf, statOf } from './read-file';
import { walkRefs } from './walk-refs';

interface Seen {
  readonly stamp: string;
  readonly since: number;
  looks: number;
}

/** A lock that is the same file over so many looks and so long a time, ms, belongs to nobody. */
const STALE_LOOKS = 3;
const STALE_MS = 60_000;

/**
 * Lock files of git that are left over (faults 1 and 2): the same inode and times over three looks
 * and 60 s, and no git process there. `commit` may hold one for hours while its editor is open.
 */
export function staleLocks(
  scope: Detector['scope'],
  { clock }: DetectorContext,
  live = liveGitAt,
): Detector & {
  /** Whether a lock is there that may turn out stale. */ pending(place: GitPlace): boolean;
} {
  const seen = new Map<string, Map<string, Seen>>();
  const keyOf = ({ gitDir, commonDir }: GitPlace): string =>
    scope === 'repository' ? commonDir : gitDir;
  return {
    faults: ['git.lock-stale'],
    scope,
    pending: (place) => (seen.get(keyOf(place))?.size ?? 0) > 0,
    detect: async (place) => {
      const known = seen.get(keyOf(place)) ?? new Map<string, Seen>();
      const now = new Map<string, Seen>();
      const faults: GitFault[] = [];
      for (const path of await locksOf(scope, place)) {
        const found = await statOf(path);
        if (found === null) continue;
        const stamp = stampOf(found);
        const before = known.get(path);
        const entry =
          before?.stamp === stamp ? before : { stamp, since: clock.monotonic(), looks: 0 };
        entry.looks += 1;
        now.set(path, entry);
        const ageMs = clock.monotonic() - entry.since;
        if (entry.looks < STALE_LOOKS || ageMs < STALE_MS) continue;
        const running = await live(place);
        if (running === 'yes') continue;
        faults.push({
          fault: 'git.lock-stale',
          part: path,
          message: `${displayName(path)} was left behind${running === 'unknown' ? ', as it seems' : ''}: git refuses to work there`,
          details: { path, processesKnown: running === 'no' },
        });
      }
      seen.set(keyOf(place), now);
      return faults;
    },
  };
}

/** Where locks of git lie that are there. */
export async function locksOf(scope: Detector['scope'], place: GitPlace): Promise<string[]> {
  const { gitDir, commonDir } = place;
  if (scope === 'worktree') return ['index.lock', 'HEAD.lock'].map((name) => join(gitDir, name));
  const names = (await entriesOf(commonDir))
    .filter(({ name, isFolder }) => !isFolder && name.endsWith('.lock'))
    // The main worktree's own.
    .filter(({ name }) => name !== 'index.lock' && name !== 'HEAD.lock')
    .map(({ name }) => name);
  const refs = (await walkRefs(commonDir, 'refs')).filter((path) => path.endsWith('.lock'));
  return [...names, ...refs].map((name) => join(commonDir, name));
}
