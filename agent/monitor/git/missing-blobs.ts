import { join } from 'node:path';
import { displayName } from '../../support/names';
import type { Detector, GitFault, GitPlace } from './detector';
import { indexEntries } from './index-entries';
import { checkIndex } from './index-format';
import { missingOf } from './object-lookup';
import { readUpTo, stampOf, statOf } from './read-file';
import { configText, idBytesIn, promisorRemotes } from './repository-config';

interface Memory {
  readonly index: string;
  readonly folders: ReadonlyMap<string, bigint>;
  readonly missing: readonly string[];
}

const MAX_INDEX_BYTES = 64 * 1024 * 1024;
/** More than these are not named. */
const MAX_NAMED = 20;
const SUBMODULE = 0o160000;
/** Git knows them without having them. */
const BUILT_IN = new Set([
  'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
]);

/**
 * An index that names objects which are not there (fault 5): what was staged cannot be committed. All
 * entries are looked up once; later only those whose folder of objects changed. Not in a partial
 * clone, where missing objects are meant.
 */
export function missingBlobs(): Detector {
  const memories = new Map<string, Memory>();
  return {
    faults: ['git.index-object-missing'],
    scope: 'worktree',
    detect: async (place, objects) => {
      const path = join(place.gitDir, 'index');
      const found = await statOf(path);
      const folders = await objects.times();
      // Beside the folder that holds them there is none where objects are not kept.
      if (found?.isFile() !== true || folders.size <= 1) return [];
      const index = stampOf(found);
      let memory = memories.get(path);
      if (memory?.index !== index || !isSame(memory.folders, folders)) {
        const missing = await findMissing(place, path, memory, folders);
        if (missing === null) return [];
        memory = { index, folders, missing };
        memories.set(path, memory);
      }
      return memory.missing.length === 0 ? [] : [faultOf(path, memory.missing)];
    },
  };
}

async function findMissing(
  { commonDir }: GitPlace,
  path: string,
  before: Memory | undefined,
  folders: ReadonlyMap<string, bigint>,
): Promise<readonly string[] | null> {
  const config = await configText(commonDir);
  if (promisorRemotes(config).length > 0) return [];
  const idBytes = idBytesIn(config);
  const data = await readUpTo(path, MAX_INDEX_BYTES);
  if (data === null || checkIndex(data, idBytes).kind !== 'ok') return null;
  // A pack that came or went can hold anything.
  const all = before === undefined || before.folders.get('pack') !== folders.get('pack');
  const suspects = new Set<string>();
  for (const { mode, id, intent } of indexEntries(data, idBytes)) {
    if (mode === SUBMODULE || intent || BUILT_IN.has(id)) continue;
    const folder = id.slice(0, 2);
    if (all || before.folders.get(folder) !== folders.get(folder) || before.missing.includes(id))
      suspects.add(id);
  }
  return missingOf(commonDir, idBytes, suspects);
}

function isSame(one: ReadonlyMap<string, bigint>, other: ReadonlyMap<string, bigint>): boolean {
  return one.size === other.size && [...one].every(([name, at]) => other.get(name) === at);
}

function faultOf(path: string, missing: readonly string[]): GitFault {
  const count = missing.length;
  return {
    fault: 'git.index-object-missing',
    part: path,
    message: `${displayName(path)} names ${String(count)} ${count === 1 ? 'object' : 'objects'} that ${count === 1 ? 'is' : 'are'} not there: ${missing[0]?.slice(0, 12) ?? ''}${count === 1 ? '' : ' …'}`,
    details: { path, count, objects: missing.slice(0, MAX_NAMED).join(' ') },
  };
}
