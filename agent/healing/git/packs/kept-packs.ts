import { join } from 'node:path';
import { packsIn } from '../../../monitor/git/damaged-packs';
import { configText, idBytesIn } from '../../../monitor/git/repository-config';
import type { KeptFile } from '../../../protection/git-backups';
import { displayName } from '../../../support/names';
import type { Remedy } from '../../remedy';
import { gitRemedy, type GitCase } from '../git-remedy';
import { isSummedBytes } from './pack-sums';

/** Backups that are looked through; git packs anew now and then, and old packs have what new ones have. */
const BACKUPS = 50;

/** One pack as a backup has it, whole. */
interface KeptPack {
  /** Its name without an ending. */
  readonly name: string;
  readonly pack: KeptFile;
  readonly index: KeptFile;
}

/** A pack with its index from the newest backup in which both are whole. */
export async function keptPack(
  { backups, place }: GitCase,
  name: string,
): Promise<KeptPack | null> {
  const idBytes = idBytesIn(await configText(place.commonDir));
  const whole = async (ending: string): Promise<KeptFile | null> => {
    const path = `objects/pack/${name}.${ending}`;
    for await (const file of backups.sharedVersions(place.commonDir, path, BACKUPS))
      if (isSummedBytes(file.bytes, idBytes)) return file;
    return null;
  };
  const [pack, index] = [await whole('pack'), await whole('idx')];
  return pack === null || index === null ? null : { name, pack, index };
}

/** Packs of backups that the repository has not, or not whole, each as it is asked for. */
export async function* packsNotHere(
  one: GitCase,
  except: ReadonlySet<string> = new Set(),
): AsyncGenerator<KeptPack> {
  const { commonDir } = one.place;
  const here = new Set(await packsIn(join(commonDir, 'objects', 'pack')));
  const seen = new Set<string>();
  for await (const path of one.backups.sharedNames(commonDir, 'objects/pack', BACKUPS)) {
    const name = /^(pack-[0-9a-f]+)\.pack$/.exec(path)?.[1];
    if (name === undefined || seen.has(name) || here.has(name) || except.has(name)) continue;
    seen.add(name);
    const kept = await keptPack(one, name);
    if (kept !== null) yield kept;
  }
}

/** Objects that are nowhere else may be in packs that the repository had: those come back. */
export async function packsFromBackup(one: GitCase): Promise<Remedy[]> {
  const names: string[] = [];
  for await (const { name } of packsNotHere(one)) names.push(name);
  if (names.length === 0) return [];
  const { commonDir } = one.place;
  const folder = join(commonDir, 'objects', 'pack');
  return [
    {
      ...gitRemedy({
        id: 'git.packs-from-backup',
        tier: 'after-snapshot',
        explain: `Put ${String(names.length)} packs back into ${displayName(commonDir)}, as backups have them`,
        touches: names.flatMap((name) => [
          join(folder, `${name}.pack`),
          join(folder, `${name}.idx`),
        ]),
        apply: async (bench) => {
          for await (const kept of packsNotHere(one)) await putPack(bench, folder, kept);
        },
      }),
      action: 'restore_backup',
    },
  ];
}

/** The index last: git looks for packs by it. */
export async function putPack(
  bench: Parameters<Remedy['apply']>[0],
  folder: string,
  { name, pack, index }: KeptPack,
): Promise<void> {
  await bench.put(join(folder, `${name}.pack`), pack.bytes, 0o444);
  await bench.put(join(folder, `${name}.idx`), index.bytes, 0o444);
}
