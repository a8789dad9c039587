import { mkdirSync, readdirSync, readlinkSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Repository } from '../../repository/repository';
import { decodeName, displayName, toFsPath } from '../../support/names';
import type { WorkerPool } from '../../support/worker-pool';
import { look } from './places';
import type { Report } from './stage';
import { KEPT_PREFIX } from './staging-name';
import { filesThatDiffer, type ExpectedFile } from './verify-target';
import type { AreaPlace, Held, RestoreRecord } from './work';

interface Trashed {
  readonly area: AreaPlace;
  /** Where it lies now. */
  readonly at: string;
  /** Where it was, in the area. */
  readonly path: string;
}

/** What a restore replaced or deleted. */
export class Trash {
  readonly #record: RestoreRecord;

  constructor(record: RestoreRecord) {
    this.#record = record;
  }

  /**
   * Reads everything in the trash and compares it with what the safety snapshot
   * holds. What was changed between that snapshot and its removal is in no
   * backup, so it is moved back into the target, into a folder of its own.
   * @returns a line for each, for people
   */
  async keepWhatIsNotSaved(reading: {
    repository: Repository;
    pool: WorkerPool;
    report: Report;
  }): Promise<string[]> {
    const unsaved: Trashed[] = [];
    const files: (ExpectedFile & { item: Trashed })[] = [];
    for (const { item, held } of this.#entries()) {
      const found = look(item.at);
      if (found === null) continue;
      if (held !== null && 'size' in held && found.isFile())
        files.push({ path: item.at, mode: null, content: held, item });
      else if (!(
        held !== null &&
        'target' in held &&
        found.isSymbolicLink() &&
        linkTarget(item.at) === held.target
      ))
        unsaved.push(item);
    }
    const asked = { ...reading, ahead: true };
    const wrong = new Set(await filesThatDiffer(files, files.length, asked));
    unsaved.push(...files.flatMap(({ path, item }) => (wrong.has(path) ? [item] : [])));
    return unsaved.map((item) => this.#keep(item));
  }

  #entries(): { item: Trashed; held: Held | null }[] {
    const moves = new Map<string, { path: string; was: Held | null }>();
    for (const move of this.#record.moves)
      if (move.kind === 'remove' || move.kind === 'put') moves.set(String(move.number), move);
    return this.#record.areas.flatMap((area) =>
      namesIn(join(area.staging, 'trash')).flatMap((name) => {
        if (name.endsWith('.merged')) return [];
        const [number = '', more] = name.split('.');
        const move = moves.get(number);
        const item = { area, at: join(area.staging, 'trash', name), path: move?.path ?? name };
        return [{ item, held: more === undefined ? (move?.was ?? null) : null }];
      }),
    );
  }

  #keep({ area, at, path }: Trashed): string {
    const folder = `${KEPT_PREFIX}${this.#record.id.slice(0, 8)}`;
    let place = join(area.root, folder, path);
    for (let i = 1; look(place) !== null; i++)
      place = join(area.root, folder, `${path}.${String(i)}`);
    mkdirSync(toFsPath(dirname(place)), { recursive: true });
    renameSync(toFsPath(at), toFsPath(place));
    return `${displayName(path)} changed in the moment it was replaced; what it held is in ${displayName(place)}`;
  }
}

function namesIn(folder: string): string[] {
  if (look(folder) === null) return [];
  return readdirSync(toFsPath(folder), { encoding: 'buffer' }).map(decodeName);
}

function linkTarget(path: string): string {
  return decodeName(readlinkSync(toFsPath(path), { encoding: 'buffer' }));
}
