import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalRecord, SnapshotRecord } from '../../../agent/repository/record';
import { momentOf } from '../../../agent/repository/record';
import type { Loss } from '../../../agent/protection/loss/loss';
import { systemClock } from '../../../agent/support/clock';
import { RecordingFs } from '../recording-fs';
import { git } from '../restore-world';
import { Seeded } from '../seeded';
import { LifeClock } from './life-clock';
import { LifeDisk } from './life-disk';
import { LifeStore } from './life-store';
import { classOf, Model, type Known } from './model';
import { difference, isMixOf, pictureOf, StoredPictures, type Picture } from './pictures';
import { User } from './user';

const PATIENCE_MS = 20_000;
/** Left out of every snapshot, and touched by nothing. */
export const LEFT_ALONE = 'made by a tool\n';

/** A worktree, who works in it, and in which states it was since all was last known to be kept. */
export interface Place {
  readonly user: User;
  states: Picture[];
}

/**
 * A store that lives through whatever chance brings, in real worktrees, beside a model that knows
 * every byte of what was acknowledged. Only the clock and the faults are not real.
 */
export class Life {
  readonly random: Seeded;
  readonly clock = new LifeClock();
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-life-')));
  readonly home = join(this.root, 'home');
  /** Another folder to restore to. */
  readonly out = join(this.root, 'out');
  /** Another disk, with a copy of the store. */
  readonly disk = new LifeDisk(join(this.root, 'disk'));
  readonly places: readonly Place[];
  readonly pictures = new StoredPictures();
  model = new Model();
  recording = new RecordingFs(this.home);
  /** Called before each step of a restore. */
  onStep: (step: string) => Promise<void> = () => Promise.resolve();
  /** How many events were recorded when something was acknowledged, by its id. */
  readonly acknowledgedAt = new Map<string, number>();
  /** What the loss guard has told, in order. */
  readonly losses: Loss[] = [];
  /** Nothing may grow old by itself: the clock was set, or the machine slept, in the hour that runs. */
  jumped = false;
  #store: LifeStore | null = null;
  #stopRecording: () => void = () => undefined;
  #heard: Promise<void> = Promise.resolve();
  #unsubscribe: () => void = () => undefined;

  private constructor(seed: number) {
    this.random = new Seeded(seed);
    this.places = [
      { user: new User(join(this.root, 'work'), this.random, ['main', 'one', 'two']), states: [] },
      { user: new User(join(this.root, 'linked'), this.random, ['side', 'other']), states: [] },
    ];
  }

  static async begin(seed: number): Promise<Life> {
    const life = new Life(seed);
    const work = join(life.root, 'work');
    mkdirSync(work);
    git(work, 'init', '-q', '-b', 'main');
    writeFileSync(join(work, '.gitignore'), '.env\n');
    writeFileSync(join(work, '.git', 'info', 'exclude'), 'node_modules\n');
    writeFileSync(join(work, '.env'), 'SECRET=1\n');
    git(work, 'add', '-A');
    git(work, 'commit', '-q', '-m', 'first');
    for (const branch of ['one', 'two', 'other']) git(work, 'branch', branch);
    git(work, 'worktree', 'add', '-q', '-b', 'side', join(life.root, 'linked'));
    for (const { user } of life.places) {
      mkdirSync(join(user.folder, 'node_modules'));
      writeFileSync(join(user.folder, 'node_modules', 'tool.js'), LEFT_ALONE);
    }
    life.disk.make();
    await life.open();
    await life.store.resume();
    await life.store.protection.protect(work, {});
    await life.store.replicas.add(life.disk.mirror, {});
    await life.settle();
    return life;
  }

  get store(): LifeStore {
    if (this.#store === null) throw new Error('the store is closed');
    return this.#store;
  }

  async open(): Promise<void> {
    this.recording = new RecordingFs(this.home);
    mkdirSync(this.home, { recursive: true });
    this.recording.adopt();
    this.#stopRecording = await this.recording.start();
    const { home, clock } = this;
    this.#store = await LifeStore.open({
      home,
      user: join(this.root, 'user'),
      clock,
      onStep: (step) => this.onStep(step),
      onOpen: (store) => {
        const heard = store.protection.onEvent.on((event) => {
          if (event.kind === 'snapshot-created' || event.kind === 'journal-written')
            this.#hear(event.record);
        });
        const lost = store.losses.onLoss.on((loss) => {
          this.#lost(loss);
        });
        this.#unsubscribe = () => {
          heard.dispose();
          lost.dispose();
        };
      },
    });
    // A restore that a crash interrupted is ended by now.
    for (const place of this.places) place.states = [place.user.picture];
    this.jumped = false;
  }

  /** Takes up what is protected, once the store was looked at. */
  async resume(): Promise<void> {
    await this.store.resume();
    await this.settle();
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    const store = this.#store;
    this.#store = null;
    this.onStep = () => Promise.resolve();
    await store?.close();
    this.clock.forget();
    this.#stopRecording();
    await this.#heard.catch(() => undefined);
    this.#heard = Promise.resolve();
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Copies the catalog as it is now. */
  copyCatalog(name: string): string {
    const to = join(this.root, name);
    rmSync(to, { recursive: true, force: true });
    cpSync(join(this.home, 'store', 'catalog'), to, { recursive: true });
    return to;
  }

  /** The user has done something. */
  touched(place: Place): void {
    place.states.push(place.user.picture);
  }

  /** What was acknowledged counts from now on. */
  async heard(): Promise<void> {
    await this.#heard;
  }

  /** Waits until what is on the disk is kept, each place in its newest state. */
  async settle(): Promise<void> {
    const end = systemClock.monotonic() + PATIENCE_MS;
    for (const place of this.places) {
      const { user } = place;
      const now = user.picture;
      for (;;) {
        await this.store.protection.quiet();
        await this.#heard;
        const guard = this.store.protection
          .guards()
          .find(({ source }) => source.path === user.folder);
        const newest = this.model.of(user.folder).at(-1);
        const left = difference(newest?.picture ?? new Map<string, string>(), now);
        if (guard?.journal.behindMs === 0 && guard.cover.kind !== 'capturing' && left === '') break;
        assert.ok(
          systemClock.monotonic() < end,
          `what is on the disk of ${user.folder} was not kept within ${String(PATIENCE_MS)} ms:\n${left}`,
        );
        await systemClock.sleep(3);
      }
      place.states = [now];
    }
  }

  /** Lets the loss guard look at what has happened. */
  async look(): Promise<void> {
    const { losses, held } = this.store;
    await losses.quiet();
    while (held.release()) await losses.quiet();
    await this.#heard;
  }

  /** Every acknowledged state is in the store as it was, and nothing else is wrong there. */
  async checkAll(): Promise<void> {
    await this.readAll();
    assert.deepEqual(await this.store.errors(), [], 'the store verifies clean');
  }

  /** Every acknowledged state reads as it was. */
  async readAll(): Promise<void> {
    await this.#heard;
    this.pictures.forget();
    for (const known of this.model.records.values()) {
      const what = `${known.kept} ${known.id} (${String(known.sequence)})`;
      const record = await this.store.repository.catalog.snapshot(known.id);
      assert.ok(record !== null, `${what} was acknowledged and is gone`);
      const picture = await this.pictures.of(this.store.repository, record.roots);
      const left = difference(picture, known.picture);
      assert.equal(left, '', `${what} is not as it was:\n${left}`);
    }
  }

  /** Nothing touches what snapshots leave out, and nothing is left lying about. */
  checkPlaces(): void {
    for (const { user } of this.places) {
      const tool = pictureOf(join(user.folder, 'node_modules'));
      assert.equal(tool.size, 1, `node_modules of ${user.folder} was touched`);
      const left = [...user.picture.keys()].filter((path) => path.includes('bulwark'));
      assert.deepEqual(left, [], 'something of a restore was left');
    }
    this.disk.check();
  }

  /** What the store says of a record, before anything else can happen to it. */
  async learn(record: SnapshotRecord | JournalRecord): Promise<Known> {
    const { source, sequence, id } = record;
    const moment = record.type === 'journal' ? momentOf(record) : record;
    const known: Known = {
      id,
      sequence,
      source: source.id,
      path: source.path,
      at: moment.createdAt,
      kept: classOf(record),
      picture: await this.pictures.of(this.store.repository, record.roots),
      git: null,
    };
    this.model.add(known);
    return known;
  }

  /** It is pinned, durably, before it is told. */
  #lost(loss: Loss): void {
    const { id } = loss.record;
    this.losses.push(loss);
    this.acknowledgedAt.set(`pin ${id}`, this.recording.events.length);
    this.model.pins.add(id);
  }

  #hear(record: SnapshotRecord | JournalRecord): void {
    if (record.source.kind === 'repository' || this.acknowledgedAt.has(record.id)) return;
    this.acknowledgedAt.set(record.id, this.recording.events.length);
    const place = this.places.find(({ user }) => user.folder === record.source.path);
    const states = place?.states.slice() ?? [];
    this.#heard = this.#heard.then(async () => {
      const { picture } = await this.learn(record);
      assert.ok(
        isMixOf(picture, states),
        `a ${record.type} of ${record.source.path} (${String(record.sequence)}) holds what was in none of ${String(states.length)} states:\n${difference(picture, states.at(-1) ?? picture)}`,
      );
    });
    this.#heard.catch(() => undefined);
  }
}
