/**
 * The keys of a store, as docs/FORMAT.md tells of them; uses nothing of the agent.
 */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** The master key from `config.json` and a key file. */
export function masterFromKeyFile(store: string, keyFile: string): Buffer {
  const config = json(fs.readFileSync(path.join(store, 'config.json'), 'utf8'));
  const key = json(fs.readFileSync(keyFile, 'utf8'));
  const wrap = object(config['wrap']);
  if (config['format'] !== 'bulwark-store' || config['version'] !== 1) throw new Error('no store');
  if (wrap['kind'] !== 'key-file' || key['store'] !== config['id']) throw new Error('other key');
  return decrypt(hex(key['key']), hex(wrap['nonce']), hex(config['id']), hex(wrap['wrapped']));
}

/** The master key from `config.json` and a passphrase. */
export function masterFromPassphrase(store: string, passphrase: string): Buffer {
  const config = json(fs.readFileSync(path.join(store, 'config.json'), 'utf8'));
  const wrap = object(config['wrap']);
  if (wrap['kind'] !== 'passphrase') throw new Error('no passphrase');
  const [N, r, p] = [Number(wrap['N']), Number(wrap['r']), Number(wrap['p'])];
  const options = { N, r, p, maxmem: 256 * N * r };
  const typed = passphrase.normalize('NFKC');
  const key = crypto.scryptSync(typed, hex(wrap['salt']), 32, options);
  return decrypt(key, hex(wrap['nonce']), hex(config['id']), hex(wrap['wrapped']));
}

/** The newest master key and those of the past, which `config.json` has. */
export function withOlderKeys(store: string, master: Buffer): Buffer[] {
  const config = json(fs.readFileSync(path.join(store, 'config.json'), 'utf8'));
  const id = hex(config['id']);
  const outer = Buffer.from(crypto.hkdfSync('sha256', master, id, 'bulwark older keys v1', 32));
  const older = Array.isArray(config['older']) ? config['older'] : [];
  const keys = older.map((item) => {
    const entry = object(item);
    return decrypt(outer, hex(entry['nonce']), id, hex(entry['wrapped']));
  });
  return [master, ...keys];
}

/** The master key from a printed recovery key. */
export function masterFromRecoveryKey(text: string): Buffer {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const letter of text)
    if (letters.includes(letter)) bits += letters.indexOf(letter).toString(2).padStart(5, '0');
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const master = bytes.subarray(0, 32);
  const check = crypto.createHash('sha256').update(master).digest().subarray(0, 3);
  if (bytes.length !== 35 || !check.equals(bytes.subarray(32))) throw new Error('mistyped');
  return master;
}

/** AES-256-GCM: ciphertext, then the tag. Throws when it does not verify. */
export function decrypt(key: Buffer, nonce: Buffer, aad: Buffer, bytes: Buffer): Buffer {
  const decipher = crypto.createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(aad);
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
}

export function json(source: string): Record<string, unknown> {
  const value: unknown = JSON.parse(source);
  return object(value);
}

export function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('no object');
  return Object.fromEntries(Object.entries(value));
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error('no text');
  return value;
}

function hex(value: unknown): Buffer {
  return Buffer.from(text(value), 'hex');
}
