import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FolderBlobStore } from '../../agent/repository/copies/folder-blob-store';
import { recoverPacks } from '../../agent/protection/recovery/recover-store';
import type { MirrorWork } from '../../agent/protection/replicas/mirror';
import { systemClock } from '../../agent/support/clock';
import { BulwarkError, messageOf } from '../../agent/support/errors';
import { silentLog } from '../../agent/support/log';
import { deliver } from '../integration/repository/store-fixture';
import { LifeDisk } from '../support/life/life-disk';
import { ReplicaWorld } from '../support/replica-world';

const PACKS = 4;
const PACK_BYTES = 200_000;

/** What is done with a mirror while it vanishes. */
interface Operation {
  readonly name: string;
  /** What it needs; the mirror is there. */
  prepare(world: Scene): Promise<void>;
  run(world: Scene, progress: () => void): Promise<unknown>;
  /** Makes good for it once the mirror is back, which is in step with the store. */
  again?(world: Scene): Promise<void>;
}

interface Scene {
  readonly world: ReplicaWorld;
  readonly disk: LifeDisk;
}

async function fill({ repository, store }: ReplicaWorld): Promise<void> {
  for (let i = 0; i < PACKS; i++) {
    await deliver(repository, [randomBytes(PACK_BYTES)]);
    await store.snapshot(repository, { [`file ${String(i)}`]: randomBytes(5000) });
    await repository.startNewPack();
  }
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'its first copy',
    prepare: ({ world }) => fill(world),
    run: ({ world, disk }, progress) => world.replicas.add(disk.mirror, { progress }),
  },
  {
    name: 'catching up',
    prepare: async ({ world, disk }) => {
      await world.replicas.add(disk.mirror, {});
      // A full pack is copied at once where the mirror is there.
      disk.unplug();
      await fill(world);
      disk.plug();
    },
    run: ({ world }, progress) => world.replicas.sync(null, { progress }),
  },
  {
    name: 'reading it back',
    prepare: async ({ world, disk }) => {
      await fill(world);
      await world.replicas.add(disk.mirror, {});
    },
    run: ({ world }, progress) => world.replicas.verify(null, { progress }),
  },
  {
    name: 'a recovery from it',
    prepare: async ({ world, disk }) => {
      await fill(world);
      await world.replicas.add(disk.mirror, {});
    },
    run: (scene, progress) => recover(scene, { progress }),
    again: async (scene) => {
      await recover(scene, {});
      const names = readdirSync(join(recoveredIn(scene.world), 'packs'));
      const packs = names.filter((name) => name.endsWith('.pack'));
      assert.equal(packs.length, scene.world.repository.catalog.packs().length);
    },
  },
];

function recover({ world, disk }: Scene, { progress }: MirrorWork): Promise<unknown> {
  return recoverPacks({
    from: new FolderBlobStore(disk.mirror),
    master: world.repository.keys.master,
    guard: { kind: 'key-file' },
    storePath: recoveredIn(world),
    keyFolder: join(world.store.folder, 'recovered keys'),
    replace: false,
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    progress: progress ?? (() => undefined),
  });
}

function recoveredIn({ store }: ReplicaWorld): string {
  return join(store.folder, 'recovered');
}

describe('a mirror that vanishes in the middle of', function () {
  this.timeout(120_000);
  for (const operation of OPERATIONS)
    it(`${operation.name} is told of, takes nothing along, and is whole again when it is back`, async () => {
      let vanished = 0;
      for (let step = 1; ; step++) {
        const isOver = await vanishAt(operation, step);
        if (isOver) break;
        vanished += 1;
      }
      assert.ok(vanished > 1, `it vanished ${String(vanished)} times`);
    });
});

/** @returns whether the operation was over before that step */
async function vanishAt(operation: Operation, step: number): Promise<boolean> {
  const what = `${operation.name}, vanished at step ${String(step)}`;
  const world = await ReplicaWorld.make();
  const disk = new LifeDisk(join(world.store.folder, 'plugged'));
  disk.make();
  const scene: Scene = { world, disk };
  try {
    await operation.prepare(scene);
    let steps = 0;
    const failure = await operation
      .run(scene, () => {
        steps += 1;
        if (steps === step) disk.unplug();
      })
      .then(
        () => null,
        (error: unknown) => error,
      );
    if (steps < step) return true;
    // After its last step there is nothing left that could fail.
    if (failure !== null)
      assert.ok(
        failure instanceof BulwarkError && failure.reason === 'path-missing',
        `${what}: ${messageOf(failure)}`,
      );
    disk.check();
    const { errors } = await world.store.verify(world.repository);
    assert.deepEqual(errors, [], what);
    assert.ok(!existsSync(recoveredIn(world)) || failure === null, `${what}: half recovered`);

    disk.plug();
    await world.restart();
    await world.replicas.sync(null, {});
    const [view] = await world.replicas.verify(null, {});
    assert.deepEqual(view?.verified?.report.damaged, [], what);
    assert.equal(view.holdings?.missingPacks, 0, what);
    if (failure !== null) await operation.again?.(scene);
    return false;
  } finally {
    await world.remove();
  }
}
