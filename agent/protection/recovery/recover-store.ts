import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { piecesOf, type BlobStore } from '../../repository/copies/blob-store';
import { FolderBlobStore } from '../../repository/copies/folder-blob-store';
import { guardKeys, type NewGuard } from '../../repository/keys/keys-change';
import { keyFilePath } from '../../repository/keys/keys-file';
import { openCatalog } from '../../repository/catalog/open-catalog';
import { surveyStore, type StoreSurvey } from '../../repository/copies/store-survey';
import { syncFolder } from '../../support/atomic-file';
import type { Clock } from '../../support/clock';
import { BulwarkError, errnoOf, fileError, throwIfAborted } from '../../support/errors';
import type { Log } from '../../support/log';

/** Where the store goes and what makes it. */
export interface RecoverOptions {
  /** A replica, or any other copy of a store. Nothing is changed there. */
  readonly from: BlobStore;
  /** From the recovery key. */
  readonly master: Buffer;
  /** What is to guard the recovered store. */
  readonly guard: NewGuard;
  readonly storePath: string;
  readonly keyFolder: string;
  /** Moves a store that is there aside; otherwise it is refused. */
  readonly replace: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

/** What came of it. */
export interface RecoveredPacks {
  readonly storeId: string;
  readonly standing: StoreSurvey['standing'];
  /** Packs that are there now, and their bytes. */
  readonly packs: number;
  readonly bytes: number;
  /** Packs that the key does not open; they stay where they were. */
  readonly leftBehind: number;
  /** Where the store is that was there before; null when there was none. */
  readonly movedTo: string | null;
}

/**
 * Makes a store from a copy of its packs and the master key. The packs are collected beside the
 * store's place, and take it only when all of them and the key are there: whatever interrupts it,
 * it goes on when it is run again.
 * @throws BulwarkError `replica-unknown`, `wrong-key`, `store-exists`, `store-locked`, `disk-full`, `cancelled` …
 */
export async function recoverPacks(options: RecoverOptions): Promise<RecoveredPacks> {
  const { from, storePath, keyFolder, guard, clock } = options;
  const survey = await surveyStore(from, options.master);
  const inTheWay = await isStore(storePath);
  if (inTheWay) await requireReplaceable(options);
  const wanted = survey.packs.filter(({ opens }) => opens);
  const collecting = `${storePath}.recovering`;
  await collect(collecting, wanted, options);
  const stamp = new Date(clock.now()).toISOString().replace(/[:.]/g, '-');
  const { storeId } = survey.keys;
  const keyFile = keyFilePath(keyFolder, storeId);
  // The key file of a store that is moved aside must stay good for that one.
  if (inTheWay) await moveIfThere(keyFile, `${keyFile}.${stamp}`);
  await guardKeys({ storePath: collecting, keyFolder }, survey.keys, guard);
  const movedTo = `${storePath}.before-recovery-${stamp}`;
  if (inTheWay) await rename(storePath, movedTo);
  await rename(collecting, storePath);
  await syncFolder(dirname(storePath));
  return {
    storeId,
    standing: survey.standing,
    packs: wanted.length,
    bytes: wanted.reduce((sum, { bytes }) => sum + bytes, 0),
    leftBehind: survey.packs.length - wanted.length,
    movedTo: inTheWay ? movedTo : null,
  };
}

async function collect(
  folder: string,
  packs: StoreSurvey['packs'],
  { from, signal, progress }: RecoverOptions,
): Promise<void> {
  try {
    await mkdir(join(folder, 'packs'), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError(error, folder);
  }
  const to = new FolderBlobStore(folder);
  await to.removeTemporaries(['', 'packs']);
  const total = packs.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const { name, bytes } of packs) {
    throwIfAborted(signal);
    // What an interrupted run has put is whole: it is put at once or not at all.
    if ((await to.stat(name))?.bytes !== bytes)
      await to.put(name, { bytes, pieces: piecesOf(from, name, bytes) }, signal);
    done += bytes;
    progress(done, total);
  }
}

async function requireReplaceable({ storePath, replace, log }: RecoverOptions): Promise<void> {
  if (!replace)
    throw new BulwarkError('store-exists', `there is a store already in ${storePath}`, {
      hint: 'Give --replace to have it moved aside (nothing of it is deleted), or --to another folder.',
      details: { path: storePath },
    });
  // Whoever has it open holds the lock of its catalog.
  const catalog = await openCatalog({ path: storePath, log });
  await catalog.close();
}

async function isStore(storePath: string): Promise<boolean> {
  const store = new FolderBlobStore(storePath);
  try {
    if ((await store.stat('config.json')) !== null) return true;
    for await (const pack of store.list('packs/')) return pack.bytes >= 0;
    return false;
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'path-missing') return false;
    throw error;
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fileError(error, from);
  }
}
