import * as crypto from 'node:crypto';
import { z } from 'zod';
import { BulwarkError } from '../../support/errors';
import { KEY_BYTES } from './keys-wrap';

/** Shorter ones are guessed, whatever the derivation costs. Characters. */
const PASSPHRASE_MIN = 8;

/**
 * How a passphrase becomes a key. The upper bounds keep a damaged file from asking
 * for more memory than there is: 128 · N · r bytes.
 */
export const scryptParameters = z.object({
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  N: z
    .int()
    .min(2 ** 14)
    .max(2 ** 20)
    .refine((n) => (n & (n - 1)) === 0, 'N is no power of two'),
  r: z.int().min(1).max(16),
  p: z.int().min(1).max(16),
});
export type ScryptParameters = z.infer<typeof scryptParameters>;

/**
 * Parameters for a new passphrase, with a salt of their own: N = 2^17, r = 8, p = 1
 * (128 MiB), what OWASP's "Password Storage Cheat Sheet" asks of scrypt.
 */
export function newScryptParameters(): ScryptParameters {
  return { salt: crypto.randomBytes(16).toString('hex'), N: 2 ** 17, r: 8, p: 1 };
}

/** The key that a passphrase gives; the same for every way to type its accents (NFKC). */
export function passphraseKey(passphrase: string, parameters: ScryptParameters): Promise<Buffer> {
  const { salt, N, r, p } = parameters;
  const options = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    crypto.scrypt(
      passphrase.normalize('NFKC'),
      Buffer.from(salt, 'hex'),
      KEY_BYTES,
      options,
      (error, key) => {
        if (error === null) resolve(key);
        else reject(error);
      },
    );
  });
}

/** @throws BulwarkError `invalid-params` for a passphrase that is too short */
export function requireGoodPassphrase(passphrase: string): void {
  if ([...passphrase].length >= PASSPHRASE_MIN) return;
  throw new BulwarkError(
    'invalid-params',
    `a passphrase has at least ${String(PASSPHRASE_MIN)} characters`,
    { hint: 'Four or five random words are easy to type and hard to guess.' },
  );
}
