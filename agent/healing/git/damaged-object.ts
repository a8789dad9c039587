import { basename, dirname } from 'node:path';
import { displayName } from '../../support/names';
import type { Remedy } from '../remedy';
import { gitRemedy, type RemedyMaker } from './git-remedy';
import { fileWith, keptObject } from './object-sources';
import { packsFromBackup } from './packs/kept-packs';

/**
 * Failure 6: an object that a crash cut off goes to quarantine; it comes back from a backup, from the
 * file in a worktree that has its content, or is left out where nothing needs it.
 */
export const damagedObject: RemedyMaker = async (one) => {
  const path = one.finding.part;
  const id = basename(dirname(path)) + basename(path);
  const remedies: Remedy[] = [];
  const kept = await keptObject(one, id);
  if (kept !== null)
    remedies.push(
      objectRemedy(path, {
        id: 'git.object-from-backup',
        how: 'put it back from a backup',
        apply: (bench) => bench.put(path, kept.bytes, 0o444),
      }),
    );
  const file = await fileWith(one, id);
  if (file !== null)
    remedies.push(
      objectRemedy(path, {
        id: 'git.object-from-file',
        how: `make it again from ${displayName(file.path)}`,
        apply: async (bench) => {
          const { cwd } = file;
          await bench.git({ cwd, args: ['hash-object', '-w', '--', file.path] }, []);
        },
      }),
    );
  if (kept === null && file === null)
    for (const packs of await packsFromBackup(one))
      remedies.push({
        ...packs,
        apply: async (bench, signal) => {
          await bench.setAside(path);
          await packs.apply(bench, signal);
        },
      });
  // Without a damaged one in its place there is nothing to do without.
  if (one.finding.fault === 'git.object-missing') return remedies;
  remedies.push(
    objectRemedy(path, {
      id: 'git.object-aside',
      how: 'do without it, if nothing needs it',
      apply: () => Promise.resolve(),
    }),
  );
  return remedies;
};

function objectRemedy(
  path: string,
  { id, how, apply }: { id: string; how: string; apply: Remedy['apply'] },
): Remedy {
  return gitRemedy({
    id,
    tier: 'after-snapshot',
    explain: `Move the damaged object ${displayName(path)} to quarantine and ${how}`,
    touches: [path],
    apply: async (bench, signal) => {
      await bench.setAside(path);
      await apply(bench, signal);
    },
  });
}
