import { decodeName } from '../../support/names';

/** What an index says of one path. */
export interface IndexEntry {
  /** As git has it: `0o100644`, `0o160000` of a submodule … */
  readonly mode: number;
  /** Bytes of the file when it was added, modulo 2^32. */
  readonly size: number;
  /** Object id in hexadecimal. */
  readonly id: string;
  /** Added by `git add --intent-to-add`: its object is nowhere yet. */
  readonly intent: boolean;
  /** Belongs to the sparse part, so no file is there. */
  readonly skipped: boolean;
  /** From the root of the worktree; empty for what replaces an entry of a shared index. */
  readonly path: string;
}

const HEADER = 12;
const FIXED = 40;

/**
 * The entries of an index that {@link checkIndex} found whole (gitformat-index(5)).
 * @param idBytes 20 for SHA-1, 32 for SHA-256
 */
export function* indexEntries(data: Buffer, idBytes: 20 | 32): Generator<IndexEntry> {
  const version = data.readUInt32BE(4);
  const count = data.readUInt32BE(8);
  let at = HEADER;
  let name = Buffer.alloc(0);
  for (let i = 0; i < count; i++) {
    const flagsAt = at + FIXED + idBytes;
    const extended = version >= 3 && (data.readUInt16BE(flagsAt) & 0x4000) !== 0;
    const more = extended ? data.readUInt16BE(flagsAt + 2) : 0;
    let nameAt = flagsAt + (extended ? 4 : 2);
    let kept = Buffer.alloc(0);
    if (version === 4) {
      const { value, next } = varint(data, nameAt);
      kept = name.subarray(0, Math.max(0, name.length - value));
      nameAt = next;
    }
    const nul = data.indexOf(0, nameAt);
    if (nul < 0) return;
    name = Buffer.concat([kept, data.subarray(nameAt, nul)]);
    yield {
      mode: data.readUInt32BE(at + 24),
      size: data.readUInt32BE(at + 36),
      id: data.toString('hex', at + FIXED, at + FIXED + idBytes),
      intent: (more & 0x2000) !== 0,
      skipped: (more & 0x4000) !== 0,
      path: decodeName(name),
    };
    at = version === 4 ? nul + 1 : at + (((nul - at) >> 3) + 1) * 8;
  }
}

/** A number as git's pack format writes offsets. */
function varint(data: Buffer, from: number): { readonly value: number; readonly next: number } {
  let at = from;
  let byte = data[at++] ?? 0;
  let value = byte & 0x7f;
  while ((byte & 0x80) !== 0 && at < data.length) {
    byte = data[at++] ?? 0;
    value = (value + 1) * 128 + (byte & 0x7f);
  }
  return { value, next: at };
}
