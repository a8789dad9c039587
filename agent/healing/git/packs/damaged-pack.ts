import { basename, dirname, join } from 'node:path';
import { readUpTo } from '../../../monitor/git/read-file';
import { configText, idBytesIn } from '../../../monitor/git/repository-config';
import { BulwarkError } from '../../../support/errors';
import { displayName } from '../../../support/names';
import type { Remedy } from '../../remedy';
import type { Workbench } from '../../workbench/workbench';
import { connectivity, missingIn } from '../connectivity';
import { gitRemedy, type GitCase, type RemedyMaker } from '../git-remedy';
import { refillMissing } from '../missing-objects';
import { keptPack, packsNotHere, putPack } from './kept-packs';
import { isSummedBytes } from './pack-sums';

/** A pack that is read into memory is no larger, bytes. */
const MAX_PACK = 1024 ** 3;
const ENDINGS = ['pack', 'idx', 'rev', 'bitmap', 'mtimes'];

/**
 * A damaged pack goes to quarantine. It comes back from the newest backup in which it is whole; else
 * what can be read of it is unpacked, and the rest comes from other packs, loose objects and files.
 */
export const damagedPack: RemedyMaker = async (one) => {
  const path = one.finding.part;
  const kept = await keptPack(one, basename(path));
  const remedies: Remedy[] = [];
  if (kept !== null)
    remedies.push({
      ...packRemedy(path, {
        id: 'git.pack-from-backup',
        how: 'put it back from a backup',
        apply: async (bench) => {
          await setPackAside(bench, path);
          await putPack(bench, dirname(path), kept);
        },
      }),
      action: 'restore_backup',
    });
  const whole = await wholePack(one, path);
  if (whole)
    remedies.push(
      packRemedy(path, {
        id: 'git.pack-indexed',
        how: 'make its index again',
        apply: async (bench) => {
          await bench.setAside(`${path}.idx`);
          const args = ['index-pack', `${path}.pack`];
          await bench.git(callOf(one, args), [`${path}.idx`, `${path}.rev`]);
        },
      }),
    );
  else
    remedies.push(
      packRemedy(path, {
        id: 'git.pack-salvaged',
        how: 'unpack what can be read of it, the rest from backups and files',
        apply: (bench) => salvage(one, path, bench),
      }),
    );
  return remedies;
};

function packRemedy(
  path: string,
  { id, how, apply }: { id: string; how: string; apply: Remedy['apply'] },
): Remedy {
  return gitRemedy({
    id,
    tier: 'after-snapshot',
    explain: `Move the damaged parts of ${displayName(path)}.pack to quarantine and ${how}`,
    touches: ENDINGS.map((ending) => `${path}.${ending}`),
    apply,
  });
}

async function wholePack({ place }: GitCase, path: string): Promise<boolean> {
  const bytes = await readUpTo(`${path}.pack`, MAX_PACK);
  return bytes !== null && isSummedBytes(bytes, idBytesIn(await configText(place.commonDir)));
}

async function setPackAside(bench: Workbench, path: string): Promise<void> {
  // Without its index git takes no notice of the rest.
  for (const ending of ENDINGS.toReversed()) await bench.setAside(`${path}.${ending}`);
}

async function salvage(one: GitCase, path: string, bench: Workbench): Promise<void> {
  const { place, git } = one;
  const bytes = await readUpTo(`${path}.pack`, MAX_PACK);
  const before = new Set(missingIn((await connectivity(git, place)) ?? []));
  await setPackAside(bench, path);
  if (bytes !== null) {
    // It ends with a failure where something could not be read; what could be is there then.
    const okCodes = Array.from({ length: 256 }, (_, code) => code);
    const args = ['unpack-objects', '-q', '-r'];
    await bench.git({ ...callOf(one, args), input: bytes, okCodes }, []);
  }
  const folder = join(place.commonDir, 'objects', 'pack');
  for await (const kept of packsNotHere(one, new Set([basename(path)])))
    await putPack(bench, folder, kept);
  const missing = await refillMissing(one, bench);
  const lost = missing.filter((id) => !before.has(id));
  if (lost.length > 0)
    throw new BulwarkError(
      'recovery-refused',
      `${String(lost.length)} objects of it are in no backup and no file, as ${lost[0] ?? ''}`,
    );
}

function callOf({ place }: GitCase, args: readonly string[]): Parameters<Workbench['git']>[0] {
  return { gitDir: place.commonDir, lane: place.commonDir, args };
}
