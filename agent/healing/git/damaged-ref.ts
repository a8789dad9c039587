import { join } from 'node:path';
import { displayName } from '../../support/names';
import type { Git } from '../../worktrees/git';
import { isObjectId } from '../../worktrees/head';
import { detail, gitRemedy, type GitCase, type RemedyMaker } from './git-remedy';
import { readReflog } from './reflog';

/**
 * Failure 7: a ref that holds nothing gets the newest commit that its log tells, or the one that the
 * newest backup has. Where the two do not fit together, a person decides.
 */
export const damagedRef: RemedyMaker = async (one) => {
  const { finding, place, git } = one;
  const path = detail(finding, 'path') ?? join(place.commonDir, finding.part);
  const ref = detail(finding, 'ref') ?? finding.part;
  const logged = await newestLogged(one, ref);
  const kept = await newestKept(one, ref);
  const commit = logged ?? kept;
  if (commit === null) return [];
  const agree =
    logged === null || kept === null || (await isBefore(git, place.commonDir, kept, logged));
  const from = logged === null ? 'the newest backup has' : 'its log tells';
  return [
    gitRemedy({
      id: logged === null ? 'git.ref-from-backup' : 'git.ref-from-log',
      tier: agree ? 'after-snapshot' : 'approval',
      explain: `Set ${displayName(ref)}, which holds no commit, to ${commit.slice(0, 10)}, the newest that ${from}`,
      touches: [path],
      apply: async (bench) => {
        await bench.setAside(path);
        await bench.put(path, Buffer.from(`${commit}\n`));
      },
    }),
  ];
};

async function newestLogged({ place, git }: GitCase, ref: string): Promise<string | null> {
  for (const { to } of await readReflog(join(place.commonDir, 'logs', ref)))
    if (await isThere(git, place.commonDir, to)) return to;
  return null;
}

/** From the newest backup in which the ref held something. */
async function newestKept({ place, git, backups }: GitCase, ref: string): Promise<string | null> {
  for await (const { bytes } of backups.sharedVersions(place.commonDir, ref)) {
    const commit = bytes.toString('latin1').trim();
    if (isObjectId(commit) && (await isThere(git, place.commonDir, commit))) return commit;
  }
  for await (const { bytes } of backups.sharedVersions(place.commonDir, 'packed-refs')) {
    const line = bytes
      .toString('utf8')
      .split('\n')
      .find((row) => row.endsWith(` ${ref}`));
    const commit = line?.split(' ')[0] ?? '';
    if (isObjectId(commit) && (await isThere(git, place.commonDir, commit))) return commit;
  }
  return null;
}

/** Whether the repository has an object, whole. */
async function isThere(git: Git, commonDir: string, id: string): Promise<boolean> {
  const args = ['cat-file', '-e', id];
  const { code } = await git.run({
    gitDir: commonDir,
    lane: commonDir,
    args,
    okCodes: [0, 1, 128],
  });
  return code === 0;
}

async function isBefore(git: Git, commonDir: string, a: string, b: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', a, b];
  const { code } = await git.run({
    gitDir: commonDir,
    lane: commonDir,
    args,
    okCodes: [0, 1, 128],
  });
  return code === 0;
}
