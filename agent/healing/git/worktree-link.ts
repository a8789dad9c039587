import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { displayName, encodeName } from '../../support/names';
import { kindOf, readSmall } from '../../worktrees/git-files';
import type { KeptFile } from '../../protection/git-backups';
import type { Remedy } from '../remedy';
import { gitRemedy, type GitCase, type RemedyMaker } from './git-remedy';

/**
 * Failures 10 to 12: `.git` of a worktree leads to its git directory again, and that to the worktree.
 * A git directory that is gone comes back from the newest backup, whole.
 */
export const worktreeLink: RemedyMaker = async (one) => {
  const { place } = one;
  if ((await kindOf(place.gitDir)) === 'directory') {
    // Of another worktree: nothing is taken from it.
    const owner = await readSmall(join(place.gitDir, 'gitdir'));
    const named = owner === null ? null : dirname(resolve(place.gitDir, owner));
    const taken = named !== null && named !== place.path && (await kindOf(named)) !== null;
    return taken ? [] : [pointBack(one)];
  }
  if (place.role !== 'linked') return [];
  for await (const state of one.backups.states(place.path)) {
    const files = await state.ownFiles();
    if (files.some(({ path, bytes }) => path === 'HEAD' && bytes.length > 0))
      return [rebuild(one, files)];
  }
  return [];
};

/** `.git`, as git writes it: absolute, but of a submodule the way to it. */
function linkText({ place }: GitCase): Buffer {
  const named = place.role === 'main' ? relative(place.path, place.gitDir) : place.gitDir;
  return encodeName(`gitdir: ${named.split(sep).join('/')}\n`);
}

function pointBack(one: GitCase): Remedy {
  const { path, gitDir, role } = one.place;
  const link = join(path, '.git');
  const back = join(gitDir, 'gitdir');
  return gitRemedy({
    id: 'git.link-repair',
    tier: 'automatic',
    explain: `Write ${displayName(link)} again, so that it leads to ${displayName(gitDir)}`,
    touches: role === 'linked' ? [link, back] : [link],
    apply: async (bench) => {
      await bench.put(link, linkText(one));
      if (role === 'linked' && (await readSmall(back)) !== link)
        await bench.put(back, encodeName(`${link}\n`));
    },
  });
}

function rebuild(one: GitCase, files: readonly KeptFile[]): Remedy {
  const { path, gitDir } = one.place;
  const link = join(path, '.git');
  const texts = new Map([
    ['commondir', '../..\n'],
    ['gitdir', `${link}\n`],
  ]);
  return {
    ...gitRemedy({
      id: 'git.admin-from-backup',
      tier: 'after-snapshot',
      explain: `Put ${displayName(gitDir)} back from the newest backup, with HEAD, index and what was under way`,
      touches: [gitDir, link],
      apply: async (bench) => {
        for (const file of files)
          if (!texts.has(file.path))
            await bench.put(join(gitDir, file.path), file.bytes, file.mode);
        for (const [name, text] of texts) await bench.put(join(gitDir, name), encodeName(text));
        if (basename(dirname(gitDir)) === 'worktrees') await bench.put(link, linkText(one));
      },
    }),
    action: 'restore_backup',
  };
}
