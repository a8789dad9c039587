import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { Clock } from '../../support/clock';
import { displayName } from '../../support/names';
import type { Detector, GitFault } from './detector';
import type { ObjectFolders } from './object-folders';
import { entriesOf, readUpTo, stampOf, statOf } from './read-file';

interface Memory {
  /** Of each folder of objects, its last change when it was read. */
  readonly read: Map<string, bigint>;
  readonly empty: Set<string>;
  /** Damaged objects with the stamp that they had. */
  readonly corrupt: Map<string, string>;
}

/** Files and bytes that are looked at in one go; the rest comes the next time. */
const MAX_FILES = 5_000;
const MAX_BYTES = 8 * 1024 * 1024;
/** Only the beginning of a larger object is looked at. */
const MAX_OBJECT = 1024 * 1024;
const MAX_INFLATED = 32 * 1024 * 1024;
/** What a crash damages was written just before it; at first as much is looked back, ms. */
const LOOK_BACK_MS = 24 * 3_600_000;
/** Times of files are coarse, ms. */
const SLACK_MS = 2_000;

const unpack = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);

/**
 * Loose objects that a crash left empty or damaged (fault 6). All folders of objects are read once,
 * later only those that changed; only objects of the last day, later new ones, are unpacked and
 * compared with their names.
 */
export function damagedObjects({ clock }: { readonly clock: Clock }): Detector {
  const memories = new Map<string, Memory>();
  return {
    faults: ['git.object-empty', 'git.object-corrupt'],
    scope: 'repository',
    detect: async ({ commonDir }, objects) => {
      const memory: Memory = memories.get(commonDir) ?? {
        read: new Map(),
        empty: new Set(),
        corrupt: new Map(),
      };
      memories.set(commonDir, memory);
      await readFolders(objects, memory, clock.now());
      return await faultsOf(memory);
    },
  };
}

async function faultsOf({ empty, corrupt }: Memory): Promise<GitFault[]> {
  const faults: GitFault[] = [];
  for (const path of empty)
    if ((await statOf(path))?.size !== 0n) empty.delete(path);
    else faults.push(fault('git.object-empty', path, 'is empty'));
  for (const [path, stamp] of corrupt) {
    const found = await statOf(path);
    if (found === null || stampOf(found) !== stamp) {
      corrupt.delete(path);
      // Replaced in its place: nothing else would look at it again.
      if (found !== null && !(await isWhole(path, Number(found.size))))
        corrupt.set(path, stampOf(found));
    }
    if (corrupt.has(path))
      faults.push(fault('git.object-corrupt', path, 'does not hold what its name says'));
  }
  return faults;
}

function fault(id: GitFault['fault'], path: string, what: string): GitFault {
  return { fault: id, part: path, message: `${displayName(path)} ${what}`, details: { path } };
}

async function readFolders(objects: ObjectFolders, memory: Memory, now: number): Promise<void> {
  let files = MAX_FILES;
  let bytes = MAX_BYTES;
  for (const [name, changed] of await objects.times()) {
    if (name.length !== 2) continue;
    const folder = join(objects.path, name);
    const last = memory.read.get(folder);
    if (last === changed) continue;
    if (files <= 0 || bytes <= 0) return;
    const since = last === undefined ? now - LOOK_BACK_MS : Number(last / 1_000_000n) - SLACK_MS;
    for (const entry of await entriesOf(folder)) {
      if (entry.isFolder || !/^[0-9a-f]{38}(?:[0-9a-f]{24})?$/.test(entry.name)) continue;
      files -= 1;
      const path = join(folder, entry.name);
      const object = await statOf(path);
      if (object === null) continue;
      if (object.size === 0n) memory.empty.add(path);
      else if (Number(object.ctimeNs / 1_000_000n) >= since) {
        bytes -= Math.min(Number(object.size), MAX_OBJECT);
        if (!(await isWhole(path, Number(object.size)))) memory.corrupt.set(path, stampOf(object));
      }
    }
    memory.read.set(folder, changed);
  }
}

/** Whether a loose object unpacks to what its name is the hash of; true also of one too large to look at. */
async function isWhole(path: string, size: number): Promise<boolean> {
  if (size > MAX_OBJECT) return true;
  const data = await readUpTo(path, MAX_OBJECT);
  // Packed meanwhile.
  if (data === null) return true;
  const expected = `${basename(dirname(path))}${basename(path)}`;
  try {
    const content = await unpack(data, { maxOutputLength: MAX_INFLATED });
    const algorithm = expected.length === 64 ? 'sha256' : 'sha1';
    return createHash(algorithm).update(content).digest('hex') === expected;
  } catch (error) {
    return error instanceof RangeError;
  }
}
