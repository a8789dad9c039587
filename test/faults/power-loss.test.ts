import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectGarbage } from '../../agent/repository/gc/gc';
import { guardKeys, withNewMaster } from '../../agent/repository/keys/keys-change';
import { applyRepair, planRepair } from '../../agent/repository/verify/repair';
import { Repository } from '../../agent/repository/repository';
import { systemClock } from '../../agent/support/clock';
import { silentLog } from '../../agent/support/log';
import { WorkerPool } from '../../agent/support/worker-pool';
import { StoreFixture } from '../integration/repository/store-fixture';
import { afterPowerLoss, chance, NOTHING_KEPT, ONLY_NAMES, type Fate } from '../support/power-loss';
import { RecordingFs, type FileEvent } from '../support/recording-fs';
import { Seeded } from '../support/seeded';

/** How many ways of losing the power are tried; more for a long run: `BULWARK_REPLAYS=20000`. */
const REPLAYS = Number(process.env['BULWARK_REPLAYS'] ?? 220);
const SEED = Number(process.env['BULWARK_SEED'] ?? 1);

/** The life of a store; each step ends with what its user was promised. */
interface Life {
  readonly store: StoreFixture;
  readonly pool: WorkerPool;
  repository: Repository;
  /** Ids of snapshots that must be there from now on. */
  readonly promised: string[];
}

async function take(life: Life): Promise<void> {
  const content = {
    text: Buffer.from(`draft ${String(life.promised.length)}`),
    more: randomBytes(3000),
  };
  const { id } = await life.store.snapshot(life.repository, { folder: content, shared: SHARED });
  life.promised.push(id);
}

const SHARED = randomBytes(2000);

/** Add what a store can do. */
const STEPS: readonly { readonly name: string; run(life: Life): Promise<void> }[] = [
  { name: 'a first snapshot', run: take },
  { name: 'another snapshot', run: take },
  {
    name: 'a snapshot larger than what is written behind',
    run: async (life) => {
      const parts = [randomBytes(900_000), randomBytes(900_000)];
      const { id } = await life.store.snapshot(life.repository, { parts });
      life.promised.push(id);
    },
  },
  { name: 'a sealed pack', run: ({ repository }) => repository.startNewPack() },
  { name: 'a snapshot in the next pack', run: take },
  {
    name: 'a start and an end',
    run: async (life) => {
      await life.store.close(life.repository);
      life.repository = await life.store.open();
    },
  },
  { name: 'a snapshot after it', run: take },
  {
    name: 'a repair of a pack whose index is damaged',
    run: async ({ repository, store, pool }) => {
      const [pack = ''] = await repository.packIds();
      const path = store.packPath(pack);
      // Not through what is recorded: it is the disk that does it.
      const bytes = readFileSync(path);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3);
      writeFileSync(path, bytes);
      await applyRepair(repository, await planRepair(repository, pool, { clock: systemClock }));
    },
  },
  { name: 'a snapshot in the pack after it', run: take },
  {
    name: 'a moment of the journal',
    run: async (life) => {
      const content = { text: Buffer.from('between two snapshots'), shared: SHARED };
      const record = await life.store.recordOf(life.repository, content);
      const { id, sequence, source, durationMs, roots, git, newBytes, storedBytes } = record;
      const facts = { id, sequence, source, durationMs, roots, git, newBytes, storedBytes };
      const counts = { created: 1, written: 0, deleted: 0, renamed: 0, other: 0 };
      const seen = { seen: 'watched', why: null, counts } as const;
      const at = record.createdAt;
      await life.repository.commit([{ type: 'journal', at, changes: [], ...facts, ...seen }]);
      life.promised.push(id);
    },
  },
  {
    name: 'a rotation of the key',
    run: async ({ repository, store }) => {
      const { path: storePath, keyFolder } = store;
      await repository.changeKeys((keys) =>
        guardKeys({ storePath, keyFolder }, withNewMaster(keys), { kind: 'key-file' }),
      );
    },
  },
  { name: 'a snapshot with the new key', run: take },
  {
    name: 'snapshots that are given up',
    run: async ({ repository, promised }) => {
      const snapshots = promised.splice(0, 4);
      await repository.commit([
        {
          type: 'forget',
          id: randomBytes(16).toString('hex'),
          sequence: repository.catalog.nextSequence(),
          at: systemClock.now(),
          snapshots,
          reason: 'a test',
        },
      ]);
    },
  },
  { name: 'a garbage collection that gives packs up', run: (life) => collect(life, false) },
  { name: 'a snapshot in the grace', run: take },
  { name: 'a garbage collection that deletes packs', run: (life) => collect(life, false) },
  { name: 'one that does not wait', run: (life) => collect(life, true) },
  { name: 'a last snapshot', run: take },
];

function isDeletion(event: FileEvent): boolean {
  return event.kind === 'remove' && event.path.endsWith('.pack');
}

async function collect({ repository }: Life, urgent: boolean): Promise<void> {
  await collectGarbage(repository, {
    clock: systemClock,
    grace: { ms: 0, operations: 0 },
    urgent,
    exclusively: (fn) => fn(),
    forgetMemories: () => Promise.resolve(),
  });
}

describe('a store whose power fails', () => {
  let life: Life;
  let recording: RecordingFs;
  /** Number of events, and the catalog as it was then. */
  const checkpoints: { readonly events: number; readonly catalog: string }[] = [];
  const promises: { readonly events: number; readonly ids: readonly string[] }[] = [];
  let scratch: string;

  before(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'bulwark-power-'));
    const store = await StoreFixture.make();
    const pool = new WorkerPool({
      script: join(__dirname, '../integration/repository/verify-worker.js'),
      size: 1,
    });
    recording = new RecordingFs(store.folder);
    const stop = await recording.start();
    life = { store, pool, repository: await store.open(), promised: [] };
    for (const [i, step] of STEPS.entries()) {
      await step.run(life);
      recording.acknowledge(step.name);
      promises.push({ events: recording.events.length, ids: [...life.promised] });
      const catalog = join(scratch, `catalog-${String(i)}`);
      cpSync(join(store.path, 'catalog'), catalog, { recursive: true });
      checkpoints.push({ events: recording.events.length, catalog });
    }
    stop();
  });
  after(async () => {
    await life.store.remove();
    await life.pool.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  /** Opens what the disk holds, and looks at everything. */
  async function assertCommitted(
    events: readonly FileEvent[],
    fate: Fate,
    catalog: string | null,
    what: string,
  ): Promise<void> {
    const to = mkdtempSync(join(scratch, 'disk-'));
    afterPowerLoss(events, life.store.folder, to, fate);
    const path = join(to, 'store');
    if (catalog !== null && existsSync(path))
      cpSync(catalog, join(path, 'catalog'), { recursive: true });
    const options = { clock: systemClock, log: silentLog, codec: 'zstd' } as const;
    const repository = await Repository.open({ ...options, path, keyFolder: join(to, 'keys') });
    try {
      const at = promises.findLastIndex((promise) => promise.events <= events.length);
      // What the step that was under way gives up may be gone already.
      const left = promises[at + 1]?.ids;
      for (const id of (promises[at]?.ids ?? []).filter((one) => left?.includes(one) !== false))
        assert.ok((await repository.catalog.snapshot(id)) !== null, `${what}: ${id} is gone`);
      const plan = await planRepair(repository, life.pool, options);
      const damaged = plan.report.errors.filter(({ snapshots }) => snapshots.length > 0);
      assert.deepEqual(damaged, [], what);
      assert.equal(plan.lost.size, 0, what);
      // The one pack that was damaged on purpose may be there, or a part of what replaces it.
      await applyRepair(repository, plan);
      const after = await planRepair(repository, life.pool, options);
      assert.deepEqual(after.report.errors, [], what);
    } finally {
      await repository.close();
    }
    rmSync(to, { recursive: true });
  }

  it('has all that was promised, and nothing by halves, at every moment', async () => {
    const { events } = recording;
    const random = new Seeded(SEED).next;
    const fates: readonly (readonly [string, Fate])[] = [
      ['nothing that was not synced', NOTHING_KEPT],
      ['names without content', ONLY_NAMES],
      ['some of it, torn and in another order', chance(random)],
    ];
    const moments = [...events.keys(), events.length];
    const all = moments.flatMap((count) => fates.map((fate) => ({ count, fate })));
    const stride = Math.max(1, all.length / REPLAYS);
    const rounds = Math.max(1, Math.floor(REPLAYS / all.length));
    for (let round = 0; round < rounds; round++)
      for (let i = random() * stride; i < all.length; i += stride) {
        const chosen = all[Math.floor(i)];
        if (chosen === undefined) continue;
        const { count, fate } = chosen;
        // The catalog is synced only before a pack is deleted: it may be of any time since, or gone.
        const since = events.findLastIndex((event, at) => at < count && isDeletion(event));
        const earlier = checkpoints.filter((one) => one.events <= count && one.events > since);
        const draw = Math.floor(random() * (earlier.length + 1));
        const catalog = earlier[draw]?.catalog ?? null;
        const what = `seed ${String(SEED)}: after ${String(count)} of ${String(events.length)} events, ${fate[0]}, catalog ${catalog === null ? 'gone' : String(draw)}`;
        await assertCommitted(events.slice(0, count), fate[1], catalog, what);
      }
  });
});
