import { basename, join } from 'node:path';
import { displayName } from '../../support/names';
import type { Detector, GitFault, GitPlace } from './detector';
import { indexEntries } from './index-entries';
import { checkIndex } from './index-format';
import { readUpTo, stampOf, statOf } from './read-file';
import { configText, idBytesIn } from './repository-config';

const MAX_INDEX_BYTES = 64 * 1024 * 1024;
/** A pointer is smaller (git-lfs, docs/spec.md: 1024 at most, in practice 130). */
const MAX_POINTER = 200;
const MAX_ATTRIBUTES = 50;
const MAX_CANDIDATES = 500;
const SPEC = 'version https://git-lfs.github.com/spec/v1\n';

/** Pointers of Git LFS in place of the files (fault 23): looked for when the index has changed. */
export function lfsPointers(): Detector {
  const known = new Map<string, { readonly stamp: string; readonly pointers: readonly string[] }>();
  return {
    faults: ['git.lfs-pointers'],
    scope: 'worktree',
    detect: async (place) => {
      const path = join(place.gitDir, 'index');
      const found = await statOf(path);
      if (found?.isFile() !== true) return [];
      const stamp = stampOf(found);
      const last = known.get(path);
      const pointers: string[] = [];
      const candidates = last?.stamp === stamp ? last.pointers : await candidatesIn(place, path);
      for (const candidate of candidates)
        if (await isPointer(join(place.path, candidate))) pointers.push(candidate);
      known.set(path, { stamp, pointers });
      return pointers.length === 0 ? [] : [faultOf(place, pointers)];
    },
  };
}

/** Paths (in the worktree) of files that are pointers. */
export async function lfsPointersIn(place: GitPlace): Promise<string[]> {
  const pointers: string[] = [];
  for (const candidate of await candidatesIn(place, join(place.gitDir, 'index')))
    if (await isPointer(join(place.path, candidate))) pointers.push(candidate);
  return pointers;
}

/** Small files that may be pointers; none where no attribute speaks of LFS. */
async function candidatesIn({ path, commonDir }: GitPlace, index: string): Promise<string[]> {
  const data = await readUpTo(index, MAX_INDEX_BYTES);
  const idBytes = idBytesIn(await configText(commonDir));
  if (data === null || checkIndex(data, idBytes).kind !== 'ok') return [];
  const small: string[] = [];
  const attributes = [join(commonDir, 'info', 'attributes')];
  for (const entry of indexEntries(data, idBytes)) {
    if (basename(entry.path) === '.gitattributes' && attributes.length < MAX_ATTRIBUTES)
      attributes.push(join(path, entry.path));
    const isSmall = entry.size >= SPEC.length && entry.size < MAX_POINTER;
    if (isSmall && !entry.skipped && small.length < MAX_CANDIDATES) small.push(entry.path);
  }
  for (const one of attributes) {
    const text = (await readUpTo(one, 1024 * 1024))?.toString('latin1');
    if (text !== undefined && /^[^#\n]*\sfilter=lfs\b/m.test(text)) return small;
  }
  return [];
}

async function isPointer(path: string): Promise<boolean> {
  const data = await readUpTo(path, MAX_POINTER).catch(() => null);
  return data?.toString('latin1').startsWith(SPEC) === true;
}

function faultOf({ path }: GitPlace, pointers: readonly string[]): GitFault {
  const count = pointers.length;
  const first = displayName(pointers[0] ?? '');
  return {
    fault: 'git.lfs-pointers',
    part: path,
    message: `${displayName(path)} has ${count === 1 ? 'a pointer' : `${String(count)} pointers`} of Git LFS in place of files: ${first}${count === 1 ? '' : ' …'}`,
    details: { path, count, first },
  };
}
