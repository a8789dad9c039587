import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { recoverPacks } from '../../../agent/protection/recovery/recover-store';
import { FolderBlobStore } from '../../../agent/repository/copies/folder-blob-store';
import { parseRecoveryKey, recoveryKey } from '../../../agent/repository/keys/keys-recovery';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { flipOnDisk } from '../flip';
import { remember, type StoreAct } from './acts';
import { isFailure } from './failures';
import type { Life } from './life';

const PATIENCE_MS = 30_000;

function plugOrUnplug({ disk }: Life): Promise<void> {
  if (disk.isThere) disk.unplug();
  else disk.plug();
  return Promise.resolve();
}

async function sync({ store, disk }: Life): Promise<void> {
  const work = store.replicas.sync(null, {});
  if (disk.isThere) await work;
  else await assert.rejects(work, isFailure('path-missing'));
}

/** Brings the mirror up to all that was acknowledged. */
async function plugAndSync(life: Life): Promise<void> {
  await life.settle();
  life.disk.plug();
  await life.store.replicas.sync(null, {});
}

/** A pack that is committed, and a place in it. */
function somewhere(life: Life): { id: string; offset: number } {
  const packs = life.store.repository.catalog.packs().sort((a, b) => (a.id < b.id ? -1 : 1));
  const pack = life.random.pick(packs);
  assert.ok(pack);
  return { id: pack.id, offset: life.random.below(pack.length) };
}

async function damageMirror(life: Life): Promise<void> {
  await plugAndSync(life);
  const { id, offset } = somewhere(life);
  flipOnDisk(join(life.disk.mirror, 'packs', `${id}.pack`), offset);
  const [view] = await life.store.replicas.verify(null, {});
  const { damaged, repaired } = view?.verified?.report ?? { damaged: [], repaired: [] };
  assert.deepEqual([damaged, repaired], [[id], [id]], `${id} of the mirror, at ${String(offset)}`);
}

/** A bit of the store flips. The mirror has all of it, and is there or comes back later. */
async function damageStore(life: Life): Promise<void> {
  await plugAndSync(life);
  const { care, repository } = life.store;
  const { id, offset } = somewhere(life);
  const what = `${id} at ${String(offset)}`;
  flipOnDisk(join(repository.path, 'packs', `${id}.pack`), offset);
  const isAway = life.random.chance(0.5);
  if (isAway) life.disk.unplug();
  else if (life.random.chance(0.4)) await life.readAll();
  if (life.random.chance(0.5)) await care.scrub();
  else {
    const found = await care.diagnose({});
    // Whoever read it before may have had it mended already.
    assert.ok(!isAway || !found.plan.report.ok, `damage of ${what} is found`);
    await care.repair(found.id, new AbortController().signal);
  }
  if (isAway) {
    await life.settle();
    life.disk.plug();
    await life.store.replicas.sync(null, {});
  }
  await whole(life, what);
  await life.checkAll();
}

/** What was lost comes back from a mirror by itself, soon. */
async function whole(life: Life, what: string): Promise<void> {
  const end = systemClock.monotonic() + PATIENCE_MS;
  for (;;) {
    const errors = await life.store.errors();
    if (errors.length === 0) return;
    if (systemClock.monotonic() > end) assert.deepEqual(errors, [], `damage of ${what} is mended`);
    await systemClock.sleep(20);
  }
}

/** Store and keys are gone; the mirror and the printed key are left. */
async function loseMachine(life: Life): Promise<void> {
  await plugAndSync(life);
  const printed = recoveryKey(life.store.repository.keys.master);
  await life.close();
  const storePath = join(life.home, 'store');
  const keyFolder = join(life.home, 'keys');
  for (const folder of [storePath, keyFolder]) rmSync(folder, { recursive: true });
  await recoverPacks({
    from: new FolderBlobStore(life.disk.mirror),
    master: parseRecoveryKey(printed),
    guard: { kind: 'key-file' },
    storePath,
    keyFolder,
    replace: false,
    clock: life.clock,
    log: silentLog,
    signal: new AbortController().signal,
    progress: () => undefined,
  });
  await life.open();
  await remember(life);
  const pins = await life.store.repository.catalog.pins();
  assert.deepEqual(new Set(pins.keys()), life.model.pins, 'pins after a recovery');
  await life.checkAll();
  await life.resume();
}

export const DISK_ACTS: readonly StoreAct[] = [
  { name: 'mirror unplugged or back', weight: 5, inStore: false, run: plugOrUnplug },
  { name: 'mirror synced', weight: 3, inStore: false, run: sync },
  { name: 'mirror damaged', weight: 2, inStore: false, run: damageMirror },
  { name: 'store damaged', weight: 4, inStore: false, run: damageStore },
  { name: 'machine lost', weight: 1, inStore: false, run: loseMachine },
];
