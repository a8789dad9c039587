import { open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from '../../repository/repository';
import { errnoOf } from '../../support/errors';
import type { Pressure } from './retention';

/** How much room the store may take. Bytes. */
export interface SpaceLimits {
  /** Of the store in all; null for no limit. */
  readonly quotaBytes: number | null;
  /** Free space that is left to others; of a small disk, a twentieth of it at most. */
  readonly floorBytes: number;
}

/** How the store stands to its limits. Bytes. */
export interface Space {
  readonly pressure: Pressure;
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly floorBytes: number;
  readonly quotaBytes: number | null;
}

/** Of a small disk no more than this part is left free. */
const FLOOR_PART = 1 / 20;
/** Kept to be given back when a disk is so full that not even a deletion can be noted. */
const RESERVE_BYTES = 2 * 1024 * 1024;

/** Measures how much room there is. */
export async function measureSpace(repository: Repository, limits: SpaceLimits): Promise<Space> {
  const disk = await statfs(repository.path);
  // What is put aside is not free, also while it is given back.
  const owed = (await hasReserve(repository.path)) ? 0 : RESERVE_BYTES;
  const freeBytes = Math.max(0, disk.bavail * disk.bsize - owed);
  const { packBytes, catalogBytes } = await repository.sizes();
  const usedBytes = packBytes + catalogBytes;
  const floorBytes = Math.min(limits.floorBytes, disk.blocks * disk.bsize * FLOOR_PART);
  const { quotaBytes } = limits;
  const isOver = quotaBytes !== null && usedBytes > quotaBytes;
  const pressure = freeBytes < floorBytes ? 'floor' : isOver ? 'quota' : 'none';
  return { pressure, usedBytes, freeBytes, floorBytes: Math.round(floorBytes), quotaBytes };
}

/** Puts some space aside, where there is enough. */
export async function keepReserve(storePath: string): Promise<void> {
  let file;
  try {
    file = await open(reservePath(storePath), 'wx', 0o600);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    throw error;
  }
  try {
    await file.writeFile(Buffer.alloc(RESERVE_BYTES, 0x62));
  } catch (error) {
    await rm(reservePath(storePath), { force: true });
    if (errnoOf(error) !== 'ENOSPC' && errnoOf(error) !== 'EDQUOT') throw error;
  } finally {
    await file.close();
  }
}

async function hasReserve(storePath: string): Promise<boolean> {
  try {
    await stat(reservePath(storePath));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Gives it back. */
export function releaseReserve(storePath: string): Promise<void> {
  return rm(reservePath(storePath), { force: true });
}

function reservePath(storePath: string): string {
  return join(storePath, 'reserve');
}
