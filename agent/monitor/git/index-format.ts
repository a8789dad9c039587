import { createHash } from 'node:crypto';

/** What an index file turned out to be. */
export type IndexCheck =
  | {
      readonly kind: 'ok';
      /** Id of the shared part, where it is split. */ readonly shared: string | null;
    }
  | { readonly kind: 'damaged'; readonly why: string };

const HEADER = 12;
/** Of an entry: ten numbers of 4 bytes, before the object id. */
const FIXED = 40;

/**
 * Checks an index as gitformat-index(5) describes it: signature, version, checksum, and that its
 * entries and extensions fit. @param idBytes 20 for SHA-1, 32 for SHA-256
 */
export function checkIndex(data: Buffer, idBytes: 20 | 32): IndexCheck {
  if (data.length === 0) return damaged('it is empty');
  if (data.length < HEADER + idBytes) return damaged('it is cut short');
  if (data.toString('latin1', 0, 4) !== 'DIRC')
    return damaged('it does not begin as an index does');
  const version = data.readUInt32BE(4);
  if (version < 2 || version > 4) return damaged(`it has the unknown version ${String(version)}`);
  const end = data.length - idBytes;
  const checksum = data.subarray(end);
  // With index.skipHash git writes zeros.
  if (checksum.some((byte) => byte !== 0)) {
    const algorithm = idBytes === 20 ? 'sha1' : 'sha256';
    const actual = createHash(algorithm).update(data.subarray(0, end)).digest();
    if (!actual.equals(checksum)) return damaged('its checksum is wrong');
  }
  const extensions = skipEntries(data, version, data.readUInt32BE(8), end, idBytes);
  return extensions === null
    ? damaged('its entries do not fit')
    : readShared(data, extensions, end, idBytes);
}

/** Where the extensions begin, or null where the entries do not fit. */
function skipEntries(
  data: Buffer,
  version: number,
  count: number,
  end: number,
  idBytes: number,
): number | null {
  let at = HEADER;
  for (let i = 0; i < count; i++) {
    const flagsAt = at + FIXED + idBytes;
    if (flagsAt + 2 > end) return null;
    const extended = version >= 3 && (data.readUInt16BE(flagsAt) & 0x4000) !== 0;
    let nameAt = flagsAt + (extended ? 4 : 2);
    if (version === 4) {
      // How much of the name before is cut off, as a number of variable length.
      while (nameAt < end && ((data[nameAt] ?? 0) & 0x80) !== 0) nameAt += 1;
      nameAt += 1;
    }
    const nul = data.indexOf(0, nameAt);
    if (nul < 0 || nul >= end) return null;
    // Before version 4, entries are padded with 1 to 8 NULs to a multiple of 8.
    at = version === 4 ? nul + 1 : at + (((nul - at) >> 3) + 1) * 8;
    if (at > end) return null;
  }
  return at;
}

function readShared(data: Buffer, from: number, end: number, idBytes: number): IndexCheck {
  let at = from;
  let shared: string | null = null;
  while (at < end) {
    if (at + 8 > end) return damaged('its extensions do not fit');
    const name = data.toString('latin1', at, at + 4);
    const size = data.readUInt32BE(at + 4);
    if (at + 8 + size > end) return damaged('its extensions do not fit');
    if (name === 'link') {
      const id = data.toString('hex', at + 8, at + 8 + idBytes);
      if (!/^0*$/.test(id)) shared = id;
    }
    at += 8 + size;
  }
  return { kind: 'ok', shared };
}

function damaged(why: string): IndexCheck {
  return { kind: 'damaged', why };
}
