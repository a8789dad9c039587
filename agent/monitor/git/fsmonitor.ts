import { connect } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../support/clock';
import { displayName, encodeName } from '../../support/names';
import { configValue } from './config-text';
import type { Detector, DetectorContext, GitFault } from './detector';
import { statOf } from './read-file';
import { configText } from './repository-config';

/** A path of a socket must be shorter (unix(7): 108 bytes with its end; macOS 104). */
const MAX_SOCKET_PATH = 103;
/** As long as the daemon may take to accept, ms. */
const LIMIT_MS = 2_000;
/** Between two looks at the same daemon, ms. */
const EVERY_MS = 60_000;

/**
 * Git's own daemon that watches files (`core.fsmonitor=true`): its socket is there and nobody listens,
 * or its path is too long for one (fault 18). Git works without it, only slower.
 */
export function deadFsmonitor({ clock }: DetectorContext): Detector {
  const last = new Map<string, { readonly at: number; readonly faults: readonly GitFault[] }>();
  return {
    faults: ['git.fsmonitor-dead'],
    scope: 'worktree',
    detect: async ({ path: worktree, gitDir, commonDir }) => {
      const config = await configText(commonDir);
      if (!/^(?:true|yes|on|1)$/i.test(configValue(config, 'core', 'fsmonitor') ?? '')) return [];
      if (configValue(config, 'fsmonitor', 'socketDir') !== null || process.platform === 'win32')
        return [];
      const known = last.get(gitDir);
      if (known !== undefined && clock.monotonic() - known.at < EVERY_MS) return [...known.faults];
      const path = join(gitDir, 'fsmonitor--daemon.ipc');
      const why = await problemOf(path, clock);
      const faults: GitFault[] =
        why === null
          ? []
          : [
              {
                fault: 'git.fsmonitor-dead',
                part: path,
                message: `The file system monitor of git does not work in ${displayName(worktree)}: ${why}`,
                details: { path, why },
              },
            ];
      last.set(gitDir, { at: clock.monotonic(), faults });
      return faults;
    },
  };
}

async function problemOf(path: string, clock: Clock): Promise<string | null> {
  const bytes = encodeName(path).length;
  if (bytes > MAX_SOCKET_PATH)
    return `the path of its socket has ${String(bytes)} bytes, and ${String(MAX_SOCKET_PATH)} are possible`;
  if ((await statOf(path)) === null) return null;
  return (await accepts(path, clock)) ? null : 'its socket is there, and nobody answers';
}

function accepts(path: string, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const timer = clock.setTimeout(() => end(false), LIMIT_MS);
    const end = (answer: boolean): void => {
      timer.cancel();
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
