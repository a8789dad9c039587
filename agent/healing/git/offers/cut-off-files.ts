import { join } from 'node:path';
import type { Clock } from '../../../support/clock';
import { displayName } from '../../../support/names';
import { isCutOffName } from '../../../monitor/git/cut-off-writes';
import type { GitFault, GitPlace } from '../../../monitor/git/detector';
import { liveGitAt } from '../../../monitor/git/live-git';
import { entriesOf, statOf } from '../../../monitor/git/read-file';
import { gitRemedy, type RemedyMaker } from '../git-remedy';

/** No git writes at one object for so long, ms; whoever asks once has only the file's own time. */
const OLD_MS = 3_600_000;

/** Objects and packs that git never finished writing (failure 20), as whoever asks once finds them. */
export async function findCutOffFiles(place: GitPlace, clock: Clock): Promise<GitFault[]> {
  const files = await cutOffFiles(place, clock.now());
  if (files.length === 0 || (await liveGitAt(place)) !== 'no') return [];
  const { commonDir } = place;
  const count = `${String(files.length)} ${files.length === 1 ? 'file' : 'files'}`;
  return [
    {
      fault: 'git.write-cut-off',
      part: '',
      message: `${displayName(commonDir)} has ${count} that git never finished writing`,
      details: { path: files[0] ?? '', files: files.length, at: clock.now() },
    },
  ];
}

/** They go to quarantine: nothing names them. */
export const cutOffAside: RemedyMaker = async ({ finding, place }) => {
  const at = finding.details['at'];
  const files = await cutOffFiles(place, typeof at === 'number' ? at : 0);
  if (files.length === 0) return [];
  return [
    gitRemedy({
      id: 'git.cut-off-aside',
      tier: 'approval',
      explain: `Move ${String(files.length)} unfinished files of ${displayName(place.commonDir)} to quarantine: no object has their names`,
      touches: files,
      apply: async (bench) => {
        for (const path of files) await bench.setAside(path);
      },
    }),
  ];
};

async function cutOffFiles({ commonDir }: GitPlace, now: number): Promise<string[]> {
  const objects = join(commonDir, 'objects');
  const folders = (await entriesOf(objects))
    .filter(({ name, isFolder }) => isFolder && /^(?:pack|[0-9a-f]{2})$/.test(name))
    .map(({ name }) => join(objects, name));
  const found: string[] = [];
  for (const folder of [objects, ...folders])
    for (const { name, isFolder } of await entriesOf(folder)) {
      if (isFolder || !isCutOffName(name)) continue;
      const path = join(folder, name);
      const stat = await statOf(path);
      if (stat !== null && now - Number(stat.mtimeNs) / 1e6 > OLD_MS) found.push(path);
    }
  return found;
}
