/**
 * File names as strings without losing a byte.
 *
 * A name is a JavaScript string; a byte that is not valid UTF-8 stands as a
 * lone surrogate U+DC80–U+DCFF, as in Python's `surrogateescape` (PEP 383).
 * So nearly every name is an ordinary string, and the rest still round-trips.
 */

const ESCAPE_BASE = 0xdc00;
const LONE_ESCAPE = /(?<![\ud800-\udbff])[\udc80-\udcff]/;
/** They would make a terminal show a name in another order than it is. */
const BIDI_CONTROL = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const REPLACEMENT = '\ufffd';

/** The name that these bytes spell. */
export function decodeName(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes(REPLACEMENT)) return text;
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  let name = '';
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      name += String.fromCharCode(ESCAPE_BASE + (bytes[at] ?? 0));
      at += 1;
    } else {
      name += bytes.toString('utf8', at, at + length);
      at += length;
    }
  }
  return name;
}

/** The bytes of a name; the inverse of {@link decodeName}. */
export function encodeName(name: string): Buffer {
  if (!LONE_ESCAPE.test(name)) return Buffer.from(name, 'utf8');
  const parts: Buffer[] = [];
  for (const char of name) {
    const code = char.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) parts.push(Buffer.from([code - ESCAPE_BASE]));
    else parts.push(Buffer.from(char, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** Whether a name holds bytes that are not valid UTF-8. */
export function hasRawBytes(name: string): boolean {
  return LONE_ESCAPE.test(name);
}

/** What to hand to `node:fs`: the string itself, or its bytes where a string would lose some. */
export function toFsPath(path: string): string | Buffer {
  return process.platform !== 'win32' && LONE_ESCAPE.test(path) ? encodeName(path) : path;
}

/** A name for people: raw bytes as `\xNN`, control characters escaped. */
export function displayName(name: string): string {
  let shown = '';
  for (const char of name) {
    const code = char.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) shown += `\\x${(code - ESCAPE_BASE).toString(16)}`;
    else if (char === '\n') shown += '\\n';
    else if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
      shown += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (BIDI_CONTROL.test(char)) shown += `\\u{${code.toString(16)}}`;
    else shown += char;
  }
  return shown;
}

/** Length of the valid UTF-8 sequence at `at`, or 0 when there is none (RFC 3629, table 3-7). */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  let length = 0;
  let low = 0x80;
  let high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) length = 2;
  else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    if (first === 0xe0) low = 0xa0;
    if (first === 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    if (first === 0xf0) low = 0x90;
    if (first === 0xf4) high = 0x8f;
  } else return 0;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || byte < low || byte > high) return 0;
    low = 0x80;
    high = 0xbf;
  }
  return length;
}
