import * as crypto from 'node:crypto';

/** `BULWPACK`, version u16, check of the pack's key (6 bytes), pack id (16 bytes). */
export const PACK_HEADER_BYTES = 32;
const PACK_MAGIC = Buffer.from('BULWPACK', 'latin1');
const PACK_VERSION = 1;
const CHECK_START = 10;
const ID_START = 16;

/** The first bytes of a pack. @param key of this pack */
export function encodePackHeader(packId: string, key: Uint8Array): Buffer {
  const header = Buffer.alloc(PACK_HEADER_BYTES);
  PACK_MAGIC.copy(header);
  header.writeUInt16LE(PACK_VERSION, 8);
  checkOf(key).copy(header, CHECK_START);
  header.write(packId, ID_START, 'hex');
  return header;
}

/** Whether a header says that the pack was written with this key of a pack. */
export function headerFits(header: Buffer, key: Uint8Array): boolean {
  return header.subarray(CHECK_START, ID_START).equals(checkOf(key));
}

/** Whether the first bytes of a pack are what they must be. @param key of this pack */
export function packHeaderState(
  header: Buffer,
  packId: string,
  key: Uint8Array,
): 'intact' | 'damaged' | 'newer' {
  const mine =
    header.length >= PACK_HEADER_BYTES &&
    header.subarray(0, PACK_MAGIC.length).equals(PACK_MAGIC) &&
    header.toString('hex', ID_START, PACK_HEADER_BYTES) === packId;
  if (!mine) return 'damaged';
  const version = header.readUInt16LE(8);
  if (version > PACK_VERSION) return 'newer';
  return version === PACK_VERSION && headerFits(header, key) ? 'intact' : 'damaged';
}

/** Lets a reader with several keys find the one of a pack. Six bytes of a hash tell nothing of it. */
function checkOf(key: Uint8Array): Buffer {
  return crypto
    .createHash('sha256')
    .update('bulwark pack check ')
    .update(key)
    .digest()
    .subarray(0, 6);
}
