import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { displayName, toFsPath } from '../../support/names';
import type { Detector, GitFault } from './detector';
import { entriesOf, stampOf, statOf } from './read-file';
import { configText, idBytesIn } from './repository-config';

/** A pack is named before its index is there; so long git may take between the two, ms. */
const MOMENT_MS = 60_000;

/**
 * Packs whose end is missing, whose index is for another content, or of which one half is gone. Two
 * small reads for each pack that changed; what is wrong inside one is found by whoever reads it whole.
 */
export function damagedPacks(clock: { now(): number }): Detector {
  const known = new Map<string, { readonly stamp: string; readonly why: string | null }>();
  return {
    faults: ['git.pack-damaged'],
    scope: 'repository',
    detect: async ({ commonDir }) => {
      const folder = join(commonDir, 'objects', 'pack');
      const idBytes = idBytesIn(await configText(commonDir));
      const faults: GitFault[] = [];
      for (const name of await packsIn(folder)) {
        const path = join(folder, name);
        const halves = await Promise.all([`${path}.pack`, `${path}.idx`].map(statOf));
        const stamp = halves.map((half) => (half === null ? '-' : stampOf(half))).join(' ');
        let last = known.get(path);
        if (last?.stamp !== stamp) {
          const changed = Math.max(...halves.map((half) => Number(half?.ctimeNs ?? 0n) / 1e6));
          const isNew = halves.includes(null) && clock.now() - changed < MOMENT_MS;
          const why = isNew ? null : await problemOf(path, idBytes);
          last = { stamp, why };
          // The half that is not there yet comes without changing the other.
          if (!isNew) known.set(path, last);
        }
        if (last.why !== null) faults.push(packFault(path, last.why));
      }
      return faults;
    },
  };
}

/** @param path of the pack, without its ending */
export function packFault(path: string, why: string): GitFault {
  return {
    fault: 'git.pack-damaged',
    part: path,
    message: `${displayName(path)}.pack is damaged: ${why}`,
    details: { path: `${path}.pack` },
  };
}

/** Names of the packs in a folder, without their endings. */
export async function packsIn(folder: string): Promise<string[]> {
  const names = (await entriesOf(folder)).flatMap(
    ({ name }) => /^(pack-[0-9a-f]+)\.(?:pack|idx)$/.exec(name)?.[1] ?? [],
  );
  return [...new Set(names)];
}

/** What a look at its two ends tells; null where they fit together, or it went away meanwhile. */
async function problemOf(path: string, idBytes: number): Promise<string | null> {
  const pack = await endsOf(`${path}.pack`, idBytes);
  const index = await endsOf(`${path}.idx`, 2 * idBytes);
  if (pack === null && index === null) return null;
  if (pack === null) return 'only its index is there';
  if (index === null) return 'its index is gone';
  if (pack.start !== 'PACK') return 'it does not begin as a pack';
  if (index.start !== '\xfftOc') return 'its index does not begin as one';
  // An index ends with the sum of its pack, then its own.
  if (!index.end.subarray(0, idBytes).equals(pack.end)) return 'its end is not what its index says';
  return null;
}

async function endsOf(path: string, bytes: number): Promise<{ start: string; end: Buffer } | null> {
  if ((await statOf(path)) === null) return null;
  const file = await open(toFsPath(path), 'r');
  try {
    const { size } = await file.stat();
    const [start, end] = [Buffer.alloc(4), Buffer.alloc(bytes)];
    await file.read(start, 0, 4, 0);
    await file.read(end, 0, bytes, Math.max(0, size - bytes));
    return { start: start.toString('latin1'), end };
  } finally {
    await file.close();
  }
}
