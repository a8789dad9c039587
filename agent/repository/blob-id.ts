import * as crypto from 'node:crypto';

declare const blobIdBrand: unique symbol;

/** The name of a blob: SHA-256 of its plain bytes, 64 hexadecimal digits. */
export type BlobId = string & { readonly [blobIdBrand]: true };

/** Length of an id in binary form, bytes. */
export const ID_BYTES = 32;

/** SHA-256 of `bytes` in binary form. */
export function hashBytes(bytes: Uint8Array): Buffer {
  return crypto.hash('sha256', bytes, 'buffer');
}

/** The id of a blob with this content. */
export function blobIdOf(bytes: Uint8Array): BlobId {
  return toBlobId(hashBytes(bytes));
}

/** The id whose binary form stands at `offset`. */
export function toBlobId(bytes: Buffer, offset = 0): BlobId {
  return parseBlobId(bytes.toString('hex', offset, offset + ID_BYTES));
}

/** @throws RangeError when `text` is no id */
export function parseBlobId(text: string): BlobId {
  if (!isBlobId(text)) throw new RangeError(`not a blob id: ${text}`);
  return text;
}

function isBlobId(text: string): text is BlobId {
  return text.length === 2 * ID_BYTES;
}
