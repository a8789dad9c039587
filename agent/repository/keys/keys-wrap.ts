import * as crypto from 'node:crypto';
import { z } from 'zod';

/** Bytes of every key here. */
export const KEY_BYTES = 32;

/** A key that is encrypted with another one. */
export const wrappedKey = z.object({
  nonce: z.string().regex(/^[0-9a-f]{24}$/),
  wrapped: z.string().regex(/^[0-9a-f]{96}$/),
});
export type WrappedKey = z.infer<typeof wrappedKey>;

/** Encrypts `key` with `outer` by AES-256-GCM; it belongs to one store. */
export function wrapKey(storeId: string, outer: Uint8Array, key: Uint8Array): WrappedKey {
  const nonce = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv('aes-256-gcm', outer, nonce);
  cipher.setAAD(Buffer.from(storeId, 'hex'));
  const body = Buffer.concat([cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  return { nonce: nonce.toString('hex'), wrapped: body.toString('hex') };
}

/** The key inside, or null when `outer` is not what it was wrapped with. */
export function unwrapKey(storeId: string, outer: Uint8Array, inner: WrappedKey): Buffer | null {
  const wrapped = Buffer.from(inner.wrapped, 'hex');
  const decipher = crypto.createDecipheriv('aes-256-gcm', outer, Buffer.from(inner.nonce, 'hex'));
  decipher.setAAD(Buffer.from(storeId, 'hex'));
  decipher.setAuthTag(wrapped.subarray(KEY_BYTES));
  const key = decipher.update(wrapped.subarray(0, KEY_BYTES));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return key;
}

/** Names a master key without telling it: the first 8 bytes of a hash, 16 digits. */
export function masterId(master: Uint8Array): string {
  const hash = crypto.createHash('sha256').update('bulwark master key ').update(master);
  return hash.digest('hex').slice(0, 16);
}

/** The key that wraps older master keys: HKDF-SHA256 of the newest one, salted with the store's id. */
export function olderKeysKey(master: Uint8Array, storeId: string): Buffer {
  const salt = Buffer.from(storeId, 'hex');
  return Buffer.from(crypto.hkdfSync('sha256', master, salt, 'bulwark older keys v1', KEY_BYTES));
}
