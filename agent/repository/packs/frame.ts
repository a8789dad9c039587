import * as crypto from 'node:crypto';
import { BulwarkError } from '../../support/errors';

/**
 * A frame: a header in the clear, then AES-256-GCM ciphertext and tag.
 *
 * | offset | bytes | what                                   |
 * |--------|-------|----------------------------------------|
 * | 0      | 4     | magic `BWFR`                           |
 * | 4      | 1     | type                                   |
 * | 5      | 1     | codec                                  |
 * | 6      | 2     | zero                                   |
 * | 8      | 4     | number in the pack, little endian      |
 * | 12     | 4     | length of the plain payload            |
 * | 16     | 4     | length of the ciphertext               |
 *
 * The header is authenticated as additional data; the nonce is the frame's
 * number. A pack's key is used for that pack alone and numbers never repeat
 * in it, so no nonce is used twice with a key.
 */
export const FRAME_HEADER_BYTES = 20;
const FRAME_TAG_BYTES = 16;
export const FRAME_TYPES = { block: 1, record: 2, index: 3, keys: 4 } as const;
export type FrameType = keyof typeof FRAME_TYPES;

/** No frame holds more plain bytes than this; a header that says so is damaged. */
const FRAME_PLAIN_LIMIT = 64 * 1024 * 1024;

/** No frame is longer on disk, bytes. */
export const MAX_FRAME_BYTES = FRAME_HEADER_BYTES + FRAME_PLAIN_LIMIT + FRAME_TAG_BYTES;

const MAGIC = 0x52465742; // "BWFR"
const CIPHER = 'aes-256-gcm';

export interface FrameHeader {
  readonly type: FrameType;
  readonly codec: number;
  readonly number: number;
  readonly plainLength: number;
  readonly storedLength: number;
}

/** Length of a whole frame on disk, bytes. */
export function frameLength(header: FrameHeader): number {
  return FRAME_HEADER_BYTES + header.storedLength + FRAME_TAG_BYTES;
}

/** The key of one pack: HKDF-SHA256 of the master key, salted with the pack's id. */
export function packKey(masterKey: Uint8Array, packId: string): Buffer {
  const salt = Buffer.from(packId, 'hex');
  return Buffer.from(crypto.hkdfSync('sha256', masterKey, salt, 'bulwark pack v1', 32));
}

/** Encrypts a payload into a frame. @returns its parts in order: header, ciphertext, tag */
export function sealFrame(
  key: Uint8Array,
  frame: { type: FrameType; codec: number; number: number; plainLength: number; payload: Buffer },
): Buffer[] {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt8(FRAME_TYPES[frame.type], 4);
  header.writeUInt8(frame.codec, 5);
  header.writeUInt32LE(frame.number, 8);
  header.writeUInt32LE(frame.plainLength, 12);
  header.writeUInt32LE(frame.payload.length, 16);
  const cipher = crypto.createCipheriv(CIPHER, key, nonce(frame.number));
  cipher.setAAD(header);
  const body = cipher.update(frame.payload);
  // GCM is a stream cipher: nothing is left over for `final` to return.
  cipher.final();
  return [header, body, cipher.getAuthTag()];
}

/** The header at `offset`, or null where none stands (end of a torn pack, damage). */
export function parseFrameHeader(bytes: Buffer, offset = 0): FrameHeader | null {
  if (bytes.length - offset < FRAME_HEADER_BYTES) return null;
  if (bytes.readUInt32LE(offset) !== MAGIC) return null;
  const type = frameTypeOf(bytes.readUInt8(offset + 4));
  if (type === null) return null;
  const header: FrameHeader = {
    type,
    codec: bytes.readUInt8(offset + 5),
    number: bytes.readUInt32LE(offset + 8),
    plainLength: bytes.readUInt32LE(offset + 12),
    storedLength: bytes.readUInt32LE(offset + 16),
  };
  if (header.plainLength > FRAME_PLAIN_LIMIT || header.storedLength > FRAME_PLAIN_LIMIT)
    return null;
  return header;
}

/**
 * Decrypts a whole frame (header, ciphertext, tag).
 * @returns the payload, still compressed
 * @throws BulwarkError `pack-damaged` when any bit of it is not what was written
 */
export function openFrame(key: Uint8Array, header: FrameHeader, frame: Buffer): Buffer {
  const end = FRAME_HEADER_BYTES + header.storedLength;
  if (frame.length < end + FRAME_TAG_BYTES)
    throw new BulwarkError('pack-damaged', 'a frame is cut short');
  const decipher = crypto.createDecipheriv(CIPHER, key, nonce(header.number));
  decipher.setAAD(frame.subarray(0, FRAME_HEADER_BYTES));
  decipher.setAuthTag(frame.subarray(end, end + FRAME_TAG_BYTES));
  const body = decipher.update(frame.subarray(FRAME_HEADER_BYTES, end));
  try {
    decipher.final();
  } catch (error) {
    throw new BulwarkError('pack-damaged', 'a frame does not verify', { cause: error });
  }
  return body;
}

function nonce(number: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(number, 8);
  return bytes;
}

function frameTypeOf(value: number): FrameType | null {
  switch (value) {
    case FRAME_TYPES.block:
      return 'block';
    case FRAME_TYPES.record:
      return 'record';
    case FRAME_TYPES.index:
      return 'index';
    case FRAME_TYPES.keys:
      return 'keys';
    default:
      return null;
  }
}
