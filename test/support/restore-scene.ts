import * as assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SnapshotRecord } from '../../agent/repository/record';
import { git, picture, type RestoreWorld } from './restore-world';

/** A worktree that was snapshot, and then changed in every way. */
export interface Scene {
  readonly folder: string;
  readonly snapshot: SnapshotRecord;
  /** Its state in the snapshot. */
  readonly wanted: string;
}

/** What a person sees of a worktree. */
export function stateOf(folder: string): string {
  return JSON.stringify([
    [...picture(folder)].sort(),
    git(folder, 'status', '--porcelain=v1', '-b'),
    git(folder, 'rev-parse', 'main'),
    git(folder, 'ls-files', '-s'),
  ]);
}

/** @param name of a folder for it, which nothing else is in */
export async function makeScene(world: RestoreWorld, name: string): Promise<Scene> {
  const folder = join(world.root, name, 'work');
  mkdirSync(join(folder, 'src/deep'), { recursive: true });
  git(folder, 'init', '-q', '-b', 'main');
  for (const file of ['keep', 'changed', 'deleted', 'src/one', 'src/deep/two', 'bits'])
    writeFileSync(join(folder, file), `${file}\n`);
  symlinkSync('keep', join(folder, 'link'));
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', 'one');
  writeFileSync(join(folder, 'staged'), 'staged\n');
  git(folder, 'add', 'staged');
  const wanted = stateOf(folder);
  const snapshot = await world.snapshot(folder);
  git(folder, 'commit', '-q', '-m', 'two');
  writeFileSync(join(folder, 'changed'), 'changed since\n');
  rmSync(join(folder, 'deleted'));
  rmSync(join(folder, 'src'), { recursive: true });
  rmSync(join(folder, 'link'));
  symlinkSync('changed', join(folder, 'link'));
  chmodSync(join(folder, 'bits'), 0o755);
  mkdirSync(join(folder, 'added/deep'), { recursive: true });
  writeFileSync(join(folder, 'added/deep/file'), 'added\n');
  return { folder, snapshot, wanted };
}

/** Nothing of a restore lies about, in the worktree, in its git directory, or beside it. */
export function assertNothingLeft(folder: string, what: string): void {
  assert.deepEqual(readdirSync(join(folder, '..')), ['work'], what);
  const own = (name: string): boolean => name.includes('bulwark');
  assert.deepEqual(readdirSync(join(folder, '.git')).filter(own), [], what);
  assert.ok(!existsSync(join(folder, '.git/index.lock')), what);
}
