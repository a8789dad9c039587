import * as crypto from 'node:crypto';
import { BulwarkError } from '../../support/errors';
import { KEY_BYTES } from './keys-wrap';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CHECK_BYTES = 3;
const GROUP = 4;
/** 35 bytes are 56 letters of 5 bits. */
const LETTERS = ((KEY_BYTES + CHECK_BYTES) * 8) / 5;
const GROUPS = LETTERS / GROUP;

/**
 * A master key for printing: base 32 (RFC 4648) of the key and the first
 * 3 bytes of its SHA-256, in groups of four letters.
 */
export function recoveryKey(master: Uint8Array): string {
  const bytes = Buffer.concat([master, checkOf(master)]);
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(value >>> bits) & 31] ?? '';
    }
    value &= (1 << bits) - 1;
  }
  return text.replace(/(.{4})(?=.)/g, '$1-');
}

/**
 * The master key of a printed recovery key; case, spaces and dashes do not matter.
 * @throws BulwarkError `wrong-key`, naming the groups that cannot be right where that can be told
 */
export function parseRecoveryKey(text: string): Buffer {
  const groups = text
    .trim()
    .toUpperCase()
    .split(/[\s\-–—]+/)
    .filter((group) => group !== '');
  for (const [at, group] of groups.entries()) {
    const strange = [...group].find((letter) => !BASE32.includes(letter));
    if (strange !== undefined && groups.length > 1)
      throw mistyped(`group ${String(at + 1)} (${group}) has a "${strange}"`, [at + 1]);
    if (strange !== undefined) throw mistyped(`there is a "${strange}" in it`, []);
    // Whoever types no gaps at all has one long group.
    if (group.length !== GROUP && groups.length > 1)
      throw mistyped(
        `group ${String(at + 1)} (${group}) has ${String(group.length)} letters instead of 4`,
        [at + 1],
      );
  }
  const letters = groups.join('');
  if (letters.length !== LETTERS)
    throw mistyped(
      `it has ${String(letters.length)} letters in ${String(groups.length)} groups; ` +
        `there must be ${String(LETTERS)} in ${String(GROUPS)} groups`,
      [],
    );
  const bytes = decode(letters);
  if (fits(bytes)) return bytes.subarray(0, KEY_BYTES);
  const suspects = wrongGroups(letters);
  if (suspects.length === 0)
    throw mistyped('its check does not fit: several letters are wrong', suspects);
  const named = suspects.map((group) => `${String(group)} (${groupAt(letters, group)})`);
  throw mistyped(`group ${named.join(' or ')} is wrong`, suspects);
}

/**
 * The groups in which one or two changed letters, or the change of two neighbours that were
 * swapped, make the check fit: of 2^24 checks few fit by chance, so mostly it is the one.
 */
function wrongGroups(letters: string): number[] {
  const values = [...letters].map((letter) => BASE32.indexOf(letter));
  const found = new Set<number>();
  const attempt = (changes: readonly (readonly [number, number])[]): void => {
    const changed = [...values];
    for (const [at, value] of changes) changed[at] = value;
    if (fits(decodeValues(changed)))
      for (const [at] of changes) found.add(Math.floor(at / GROUP) + 1);
  };
  for (let at = 0; at < LETTERS; at++)
    for (let value = 0; value < 32; value++) attempt([[at, value]]);
  for (let at = 0; at + 1 < LETTERS; at++)
    attempt([
      [at, values[at + 1] ?? 0],
      [at + 1, values[at] ?? 0],
    ]);
  if (found.size > 0) return [...found].sort((a, b) => a - b);
  for (let group = 0; group < GROUPS; group++)
    for (let a = 0; a < GROUP; a++)
      for (let b = a + 1; b < GROUP; b++)
        for (let value = 0; value < 32 * 32; value++)
          attempt([
            [group * GROUP + a, value >>> 5],
            [group * GROUP + b, value & 31],
          ]);
  return [...found].sort((a, b) => a - b);
}

function mistyped(what: string, groups: readonly number[]): BulwarkError {
  return new BulwarkError('wrong-key', `this is no recovery key: ${what}`, {
    hint:
      `It is ${String(GROUPS)} groups of four letters: A to Z, and the digits 2 to 7 ` +
      '(so no 0, 1, 8 or 9: they are O, I or L, B, and none). Nothing was touched.',
    details: { groups: groups.map(String) },
  });
}

function groupAt(letters: string, number: number): string {
  return letters.slice((number - 1) * GROUP, number * GROUP);
}

function decode(letters: string): Buffer {
  return decodeValues([...letters].map((letter) => BASE32.indexOf(letter)));
}

function decodeValues(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(KEY_BYTES + CHECK_BYTES);
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const five of values) {
    value = ((value << 5) | five) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (value >>> bits) & 0xff;
    at += 1;
  }
  return bytes;
}

function fits(bytes: Buffer): boolean {
  return checkOf(bytes.subarray(0, KEY_BYTES)).equals(bytes.subarray(KEY_BYTES));
}

function checkOf(master: Uint8Array): Buffer {
  return crypto.createHash('sha256').update(master).digest().subarray(0, CHECK_BYTES);
}
