import { join } from 'node:path';
import { statOf } from './read-file';

const NAMES = ['', 'pack', ...Array.from({ length: 256 }, (_, i) => hex(i))];

/** When the folders of a repository's objects last changed, asked once for all detectors of a look. */
export class ObjectFolders {
  readonly path: string;
  #times: Promise<ReadonlyMap<string, bigint>> | null = null;

  constructor(commonDir: string) {
    this.path = join(commonDir, 'objects');
  }

  /**
   * Of each folder that is there its last change, ns since 1970, by name: `pack`, `00` to `ff`, and
   * the empty name for the one that holds them.
   */
  times(): Promise<ReadonlyMap<string, bigint>> {
    this.#times ??= timesIn(this.path);
    return this.#times;
  }
}

async function timesIn(objects: string): Promise<ReadonlyMap<string, bigint>> {
  const found = await Promise.all(
    NAMES.map(async (name) => ({ name, stats: await statOf(join(objects, name)) })),
  );
  const times = new Map<string, bigint>();
  for (const { name, stats } of found)
    if (stats?.isDirectory() === true) times.set(name, stats.mtimeNs);
  return times;
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
