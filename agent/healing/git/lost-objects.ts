import { objectPath } from '../../monitor/git/object-lookup';
import { displayName } from '../../support/names';
import type { Remedy } from '../remedy';
import { detail, gitRemedy, type RemedyMaker } from './git-remedy';
import { indexFile } from './index-file';
import { fileWith, keptObject } from './object-sources';
import { packsFromBackup } from './packs/kept-packs';

/**
 * Failure 5: objects that the index names come back from a backup, or from the files that have their
 * content. Where one is nowhere, an index is taken that does not need it.
 */
export const lostObjects: RemedyMaker = async (one) => {
  const ids = (detail(one.finding, 'objects') ?? '').split(' ').filter((id) => id !== '');
  const steps: Remedy['apply'][] = [];
  const touches: string[] = [];
  for (const id of ids) {
    const path = objectPath(one.place.commonDir, id);
    const kept = await keptObject(one, id);
    const file = kept === null ? await fileWith(one, id) : null;
    if (kept === null && file === null)
      return [...(await packsFromBackup(one)), ...(await indexFile(one))];
    touches.push(path);
    if (kept !== null) steps.push((bench) => bench.put(path, kept.bytes, 0o444));
    else if (file !== null)
      steps.push(async (bench) => {
        await bench.git({ cwd: file.cwd, args: ['hash-object', '-w', '--', file.path] }, []);
      });
  }
  const shown = displayName(one.place.path);
  const refill = gitRemedy({
    id: 'git.objects-refill',
    tier: 'after-snapshot',
    explain: `Bring ${String(ids.length)} lost objects that the index of ${shown} names back, from backups and from files`,
    touches,
    apply: async (bench, signal) => {
      for (const step of steps) await step(bench, signal);
    },
  });
  return ids.length === 0 ? indexFile(one) : [refill, ...(await indexFile(one))];
};
