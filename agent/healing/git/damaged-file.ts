import { dirname, join, relative } from 'node:path';
import { isWellFormed } from '../../monitor/git/damaged-files';
import { displayName } from '../../support/names';
import type { KeptFile } from '../../protection/git-backups';
import { detail, gitRemedy, type GitCase, type RemedyMaker } from './git-remedy';

/**
 * Faults that no page lists: one of git's own files is not what git writes there. The newest backup in
 * which it is comes back; the damaged one goes to quarantine.
 */
export const damagedFile: RemedyMaker = async (one) => {
  const path = detail(one.finding, 'path') ?? one.finding.part;
  const name = detail(one.finding, 'name') ?? '';
  const kept = await newestGood(one, path, name);
  if (kept === null) return [];
  return [
    {
      ...gitRemedy({
        id: 'git.file-from-backup',
        tier: 'after-snapshot',
        explain: `Move ${displayName(path)} to quarantine and put it back as the newest backup has it`,
        touches: [path],
        apply: async (bench) => {
          await bench.setAside(path);
          await bench.put(path, kept.bytes, kept.mode);
        },
      }),
      action: 'restore_backup',
    },
  ];
};

async function newestGood(
  { place, backups }: GitCase,
  path: string,
  name: string,
): Promise<KeptFile | null> {
  const good = (file: KeptFile | null): file is KeptFile =>
    file !== null && isWellFormed(name, file.bytes);
  const own = dirname(path) === place.gitDir && place.role === 'linked';
  for await (const state of backups.states(place.path)) {
    const file = own ? await state.own(name) : await state.shared(name);
    if (good(file)) return file;
  }
  const shared = relative(place.commonDir, join(path)).replaceAll('\\', '/');
  for await (const file of backups.sharedVersions(place.commonDir, shared))
    if (good(file)) return file;
  return null;
}
