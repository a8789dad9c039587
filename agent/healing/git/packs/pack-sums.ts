import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitFault, GitPlace } from '../../../monitor/git/detector';
import { packFault, packsIn } from '../../../monitor/git/damaged-packs';
import { statOf } from '../../../monitor/git/read-file';
import { configText, idBytesIn } from '../../../monitor/git/repository-config';
import { toFsPath } from '../../../support/names';

/** So much is read, at about 400 MB/s; larger packs are left to `git fsck`. */
const MAX_BYTES = 1024 ** 3;
const READ_BYTES = 1024 * 1024;

/** Packs and their indexes whose content is not what the sum at their end says. */
export async function spoiltPacks({ commonDir }: GitPlace): Promise<GitFault[]> {
  const folder = join(commonDir, 'objects', 'pack');
  const idBytes = idBytesIn(await configText(commonDir));
  const faults: GitFault[] = [];
  let left = MAX_BYTES;
  for (const name of await packsIn(folder)) {
    const path = join(folder, name);
    for (const [ending, what] of [
      ['pack', 'its content is not what its sum says'],
      ['idx', 'its index is not what its sum says'],
    ] as const) {
      const found = await statOf(`${path}.${ending}`);
      if (found === null || Number(found.size) > left) continue;
      left -= Number(found.size);
      if (await isSummed(`${path}.${ending}`, Number(found.size), idBytes)) continue;
      faults.push(packFault(path, what));
      break;
    }
  }
  return faults;
}

/** Whether bytes end with the sum of all that is before it, as packs and their indexes do. */
export function isSummedBytes(bytes: Uint8Array, idBytes: number): boolean {
  if (bytes.length <= idBytes) return false;
  const sum = createHash(algorithm(idBytes)).update(bytes.subarray(0, -idBytes)).digest();
  return sum.equals(bytes.subarray(-idBytes));
}

async function isSummed(path: string, size: number, idBytes: number): Promise<boolean> {
  if (size <= idBytes) return false;
  const hash = createHash(algorithm(idBytes));
  const file = await open(toFsPath(path), 'r');
  try {
    const buffer = Buffer.alloc(READ_BYTES);
    for (let at = 0; at < size - idBytes;) {
      const most = Math.min(buffer.length, size - idBytes - at);
      const { bytesRead } = await file.read(buffer, 0, most, at);
      // It became shorter meanwhile.
      if (bytesRead === 0) return false;
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    const sum = Buffer.alloc(idBytes);
    await file.read(sum, 0, idBytes, size - idBytes);
    return hash.digest().equals(sum);
  } finally {
    await file.close();
  }
}

function algorithm(idBytes: number): 'sha1' | 'sha256' {
  return idBytes === 32 ? 'sha256' : 'sha1';
}
