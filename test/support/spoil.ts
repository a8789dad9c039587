import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from './git-inventory';
import type { Lab } from './git-lab';

/** All objects in one pack, as `git gc` leaves them. */
export function packAll(lab: Lab): void {
  git(lab.repo, 'repack', '-a', '-d', '-q');
  git(lab.repo, 'prune-packed', '-q');
}

export function packOf(commonDir: string): string {
  const folder = join(commonDir, 'objects', 'pack');
  const name = readdirSync(folder).find((one) => one.endsWith('.pack'));
  assert.ok(name !== undefined, 'a pack is there');
  return join(folder, name);
}

/** @param offset in bytes; the middle unless told */
export function flip(path: string, offset?: number): void {
  const bytes = readFileSync(path);
  const at = offset ?? Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  spoil(path, bytes);
}

/** Where an object begins in a pack, bytes. */
export function offsetIn(lab: Lab, pack: string, id: string): number {
  const listed = git(lab.repo, 'verify-pack', '-v', pack);
  // The id, its kind, its size, its size in the pack, its offset.
  const line = listed.split('\n').find((one) => one.startsWith(id));
  assert.ok(line !== undefined, `${id} is in the pack`);
  return Number(line.split(/ +/)[4]);
}

export function cut(path: string): void {
  const bytes = readFileSync(path);
  spoil(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
}

/** Writes over a file that git made read-only. */
export function spoil(path: string, bytes: Buffer | string): void {
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}
