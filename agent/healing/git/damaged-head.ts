import { join } from 'node:path';
import { statOf } from '../../monitor/git/read-file';
import { displayName } from '../../support/names';
import { isObjectId } from '../../worktrees/head';
import type { Remedy } from '../remedy';
import { gitRemedy, type GitCase, type RemedyMaker } from './git-remedy';
import { readReflog, type LogEntry } from './reflog';

/**
 * Failure 8: HEAD comes back from the newest backup where the log of HEAD agrees with it, else from the
 * log, which a person approves.
 */
export const damagedHead: RemedyMaker = async (one) => {
  const log = await readReflog(join(one.place.gitDir, 'logs', 'HEAD'));
  const kept = await keptHead(one);
  const remedies: Remedy[] = [];
  if (kept !== null) {
    const agrees = log[0] === undefined || (await commitOf(one, kept)) === log[0].to;
    remedies.push(
      write(one, kept, {
        id: 'git.head-from-backup',
        tier: agrees ? 'after-snapshot' : 'approval',
        from: 'the newest backup has it',
      }),
    );
  }
  const logged = await fromLog(one, log);
  if (logged !== null && logged !== kept)
    remedies.push(
      write(one, logged, { id: 'git.head-from-log', tier: 'approval', from: 'its log tells' }),
    );
  // Where they disagree, the log is the newer one.
  return remedies.some(({ tier }) => tier === 'after-snapshot') ? remedies : remedies.reverse();
};

async function keptHead({ place, backups }: GitCase): Promise<string | null> {
  for await (const state of backups.states(place.path)) {
    const text = (await state.own('HEAD'))?.bytes.toString('utf8').trim() ?? '';
    if (isObjectId(text) || /^ref: refs\/\S/.test(text)) return text;
  }
  return null;
}

/** The commit that a text of HEAD leads to. */
async function commitOf({ place, git }: GitCase, text: string): Promise<string | null> {
  if (isObjectId(text)) return text;
  const ref = text.replace(/^ref: */, '');
  const args = ['rev-parse', '-q', '--verify', `${ref}^{commit}`];
  const { commonDir } = place;
  const { stdout, code } = await git.run({
    gitDir: commonDir,
    lane: commonDir,
    args,
    okCodes: [0, 1, 128],
  });
  // The main worktree's HEAD is that of the common directory: without it git knows no repository there.
  if (code === 128 || stdout.length === 0) return await looseCommit(place.commonDir, ref);
  return stdout.toString('latin1').trim();
}

async function looseCommit(commonDir: string, ref: string): Promise<string | null> {
  const [entry] = await readReflog(join(commonDir, 'logs', ref));
  return entry?.to ?? null;
}

async function fromLog(one: GitCase, log: readonly LogEntry[]): Promise<string | null> {
  const [newest] = log;
  if (newest === undefined) return null;
  const { gitDir, commonDir } = one.place;
  for (const name of ['rebase-merge', 'rebase-apply'])
    if ((await statOf(join(gitDir, name))) !== null) return newest.to;
  const moved = log.find(({ message }) => message.startsWith('checkout: moving from '));
  const to = moved === undefined ? null : (/ to (\S+)$/.exec(moved.message)?.[1] ?? null);
  if (to === null) return null;
  if ((await statOf(join(commonDir, 'logs', 'refs', 'heads', to))) !== null)
    return `ref: refs/heads/${to}`;
  return newest.to;
}

function write(
  { place }: GitCase,
  text: string,
  { id, tier, from }: { id: string; tier: Remedy['tier']; from: string },
): Remedy {
  const path = join(place.gitDir, 'HEAD');
  return gitRemedy({
    id,
    tier,
    explain: `Write ${text} to ${displayName(path)}, as ${from}`,
    touches: [path],
    apply: async (bench) => {
      await bench.setAside(path);
      await bench.put(path, Buffer.from(`${text}\n`));
    },
  });
}
