import { join } from 'node:path';
import type { GitFault, GitPlace } from '../../../monitor/git/detector';
import type { GitBackups } from '../../../protection/git-backups';
import { displayName } from '../../../support/names';
import type { Git } from '../../../worktrees/git';
import { kindOf } from '../../../worktrees/git-files';
import { headOf } from '../../../worktrees/head';
import { splitNul } from '../../../worktrees/worktree-list';
import { detail, gitRemedy, type RemedyMaker } from '../git-remedy';
import { readReflog, reflogEntries, type LogEntry } from '../reflog';

/** Backups that are looked at: of the last hours of work. */
const BACKUPS = 50;
/** Stashes that are looked for, the newest that are gone. */
const STASHES = 10;

interface StashSearch {
  readonly git: Git;
  readonly backups: GitBackups;
  /** All worktrees of the repository. */
  readonly places: readonly GitPlace[];
}

/**
 * Stashes that are gone from the list and whose changes are in a worktree of another branch than they
 * were made on (failure 15): all worktrees share one list, and `pop` takes its newest. One that was
 * popped where it belongs, or dropped, is nobody's mistake.
 */
export async function findPoppedStashes(search: StashSearch): Promise<GitFault[]> {
  const [first] = search.places;
  if (first === undefined) return [];
  const faults: GitFault[] = [];
  for (const { to, message } of await goneStashes(search, first.commonDir)) {
    const branch = /^(?:WIP on|On) ([^:]+): /.exec(message)?.[1];
    if (branch === undefined || branch === '(no branch)') continue;
    const files = await filesOf(search.git, first.commonDir, to);
    if (files.length === 0) continue;
    let wrong: string | null = null;
    let arrived = false;
    for (const place of search.places) {
      const head = await headOf(place);
      const own = head.kind === 'branch' && head.ref === `refs/heads/${branch}`;
      const holds = await isIn(search.git, place, files);
      if (own && holds !== 'no') arrived = true;
      if (!own && holds === 'uncommitted') wrong = place.path;
    }
    if (wrong === null || arrived) continue;
    faults.push({
      fault: 'git.stash-elsewhere',
      part: to,
      message: `The stash "${message}" was popped in ${displayName(wrong)}, which is on another branch`,
      details: { stash: to, message, path: wrong, branch },
    });
  }
  return faults;
}

/** It comes back to the list by its id. The worktree that it was popped in stays as it is. */
export const poppedStash: RemedyMaker = ({ finding, place }) => {
  const { commonDir } = place;
  const [stash, message] = [detail(finding, 'stash'), detail(finding, 'message')];
  const [path, branch] = [detail(finding, 'path'), detail(finding, 'branch')];
  if (stash === null || message === null || path === null || branch === null)
    return Promise.resolve([]);
  const touches = [join(commonDir, 'refs', 'stash'), join(commonDir, 'logs', 'refs', 'stash')];
  return Promise.resolve([
    gitRemedy({
      id: 'git.stash-store',
      tier: 'approval',
      explain: `Put the stash "${displayName(message)}" back in the list, for a worktree on ${displayName(branch)}; the files in ${displayName(path)} stay as they are`,
      touches,
      apply: async (bench) => {
        const args = ['stash', 'store', '-m', message, stash];
        await bench.git({ cwd: place.path, lane: commonDir, args }, touches);
      },
    }),
  ]);
};

async function goneStashes(
  { backups }: StashSearch,
  commonDir: string,
): Promise<readonly LogEntry[]> {
  if ((await kindOf(join(commonDir, 'reftable'))) !== null) return [];
  const present = await readReflog(join(commonDir, 'logs', 'refs', 'stash'));
  const known = new Set(present.map(({ to }) => to));
  const gone: LogEntry[] = [];
  for await (const { bytes } of backups.sharedVersions(commonDir, 'logs/refs/stash', BACKUPS))
    for (const entry of reflogEntries(bytes)) {
      if (known.has(entry.to)) continue;
      known.add(entry.to);
      gone.push(entry);
    }
  return gone.slice(0, STASHES);
}

interface StashedFile {
  readonly path: string;
  readonly blob: string;
}

/** What a stash changes, by the content that it has there; none where git has it no more. */
async function filesOf(git: Git, commonDir: string, stash: string): Promise<StashedFile[]> {
  const { stdout, code } = await git.run({
    gitDir: commonDir,
    lane: commonDir,
    args: ['diff-tree', '-r', '-z', '--no-renames', `${stash}^1`, stash],
    okCodes: [0, 1, 128],
  });
  if (code !== 0) return [];
  const fields = splitNul(stdout).map((one) => one.toString('utf8'));
  const files: StashedFile[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, , , blob = '', status] = (fields[at] ?? '').split(' ');
    if (status === 'M' || status === 'A') files.push({ path: fields[at + 1] ?? '', blob });
  }
  return files;
}

/** Whether a worktree has all of that content, in its files alone or in its commit. */
async function isIn(
  git: Git,
  place: GitPlace,
  files: readonly StashedFile[],
): Promise<'uncommitted' | 'committed' | 'no'> {
  const call = { cwd: place.path, lane: place.commonDir, okCodes: [0, 1, 128] };
  const names = files.map(({ path }) => path);
  const hashed = await git.run({ ...call, args: ['hash-object', '--', ...names] });
  if (hashed.code !== 0) return 'no';
  const now = hashed.stdout.toString('latin1').trim().split('\n');
  if (files.some(({ blob }, at) => now[at] !== blob)) return 'no';
  const committed = await git.run({
    ...call,
    args: ['ls-tree', '-r', '-z', 'HEAD', '--', ...names],
  });
  const blobs = new Set(
    splitNul(committed.stdout).map((row) => row.toString('utf8').split(/[ \t]/)[2] ?? ''),
  );
  return files.every(({ blob }) => blobs.has(blob)) ? 'committed' : 'uncommitted';
}
