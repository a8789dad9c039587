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

export function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  spoil(path, bytes);
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
