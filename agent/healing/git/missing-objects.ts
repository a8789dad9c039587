import { objectPath } from '../../monitor/git/object-lookup';
import { statOf } from '../../monitor/git/read-file';
import { displayName } from '../../support/names';
import type { Workbench } from '../workbench/workbench';
import { connectivity, missingIn, missingInLogs } from './connectivity';
import { gitRemedy, type GitCase, type RemedyMaker } from './git-remedy';
import { fileWith, keptObject } from './object-sources';

/** Missing objects are looked for so often: a commit that is back names a tree that is missing. */
const ROUNDS = 50;

/** Git cannot read a worktree because objects are nowhere: those that a backup or a file has come back. */
export const missingObjects: RemedyMaker = async (one) => {
  const found: string[] = [];
  for (const id of missingIn((await connectivity(one.git, one.place)) ?? []))
    if ((await keptObject(one, id)) !== null || (await fileWith(one, id)) !== null) found.push(id);
  if (found.length === 0) return [];
  const shown = displayName(one.place.commonDir);
  return [
    gitRemedy({
      id: 'git.missing-refilled',
      tier: 'after-snapshot',
      explain: `Bring ${String(found.length)} missing objects of ${shown} back, and what they name, from backups and from files`,
      touches: found.map((id) => objectPath(one.place.commonDir, id)),
      apply: async (bench) => {
        await refillMissing(one, bench);
      },
    }),
  ];
};

/**
 * Brings missing objects back for as long as backups or files have any.
 * @returns those that are needed and are still missing
 */
export async function refillMissing(one: GitCase, bench: Workbench): Promise<string[]> {
  for (let round = 0; ; round++) {
    const lines = (await connectivity(one.git, one.place)) ?? [];
    const missing = missingIn(lines);
    let found = 0;
    if (round < ROUNDS)
      for (const id of new Set([...missing, ...missingInLogs(lines)]))
        if (await refill(one, id, bench)) found += 1;
    if (found === 0) return missing;
  }
}

async function refill(one: GitCase, id: string, bench: Workbench): Promise<boolean> {
  const path = objectPath(one.place.commonDir, id);
  if ((await statOf(path)) !== null) return false;
  const kept = await keptObject(one, id);
  if (kept !== null) {
    await bench.put(path, kept.bytes, 0o444);
    return true;
  }
  const file = await fileWith(one, id);
  if (file === null) return false;
  await bench.git({ cwd: file.cwd, args: ['hash-object', '-w', '--', file.path] }, []);
  return true;
}
