import { createHash } from 'node:crypto';
import { BulwarkError } from '../../support/errors';
import { decodeName, encodeName } from '../../support/names';

/** Bytes of a key that stand for themselves in a name. */
const PLAIN = /[A-Za-z0-9._-]/;
/** Longer names are cut into folders: most file systems take 255 bytes. */
const PIECE = 200;
/** Ends the name of a folder that holds the rest of a name; never part of an escaped key. */
const GOES_ON = '+';
const JSON_SUFFIX = '.json';
const JSON_ESCAPED = '%2Ejson';

export const MAX_KEY_BYTES = 1024;

/**
 * Where a record lies in the tree of its source: 256 folders by the hash of the key, so that a change
 * costs one of them, and in there the key itself, escaped. docs/FORMAT.md says the rules.
 */
export function recordPath(key: string, kind: 'bytes' | 'json'): string {
  const bytes = encodeName(key);
  const shard = createHash('sha256').update(bytes).digest('hex').slice(0, 2);
  let text = '';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    text += PLAIN.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  // Names that mean something else to a file system.
  if (/^\.+$/.test(text)) text = text.replaceAll('.', '%2E');
  if (text.endsWith(JSON_SUFFIX)) text = `${text.slice(0, -JSON_SUFFIX.length)}${JSON_ESCAPED}`;
  if (kind === 'json') text += JSON_SUFFIX;
  const pieces = [shard];
  for (; text.length > PIECE; text = text.slice(PIECE))
    pieces.push(`${text.slice(0, PIECE)}${GOES_ON}`);
  return [...pieces, text].join('/');
}

/**
 * The record that lies at a path.
 * @throws BulwarkError `store-damaged` where no record can
 */
export function recordAt(path: string): { key: string; kind: 'bytes' | 'json' } {
  const [, ...pieces] = path.split('/');
  let text = pieces.map((piece) => (piece.endsWith(GOES_ON) ? piece.slice(0, -1) : piece)).join('');
  const kind = text.endsWith(JSON_SUFFIX) ? 'json' : 'bytes';
  if (kind === 'json') text = text.slice(0, -JSON_SUFFIX.length);
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const escaped = /^%([0-9A-F]{2})/.exec(text.slice(at, at + 3))?.[1];
    bytes.push(escaped === undefined ? text.charCodeAt(at) : parseInt(escaped, 16));
    if (escaped !== undefined) at += 2;
  }
  const key = decodeName(Buffer.from(bytes));
  if (key === '' || recordPath(key, kind) !== path)
    throw new BulwarkError('store-damaged', `${path} is no record of a data source`);
  return { key, kind };
}
