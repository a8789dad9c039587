import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterPowerLoss, ALL_KEPT, chance } from '../power-loss';
import { CARE_ACTS } from './care-acts';
import { assertState, fulfil, placeOf, remember, stateOf, STORE_ACTS, wanted, wish } from './acts';
import type { Life } from './life';
import { Model } from './model';
import { isMixOf, type Picture } from './pictures';
import { USER_ACTS } from './user';

/** What the disk holds when all is over. */
interface Wreck {
  /** How many of the recorded events had happened. */
  readonly events: number;
  /** A copy of the catalog as it may have been; null when it is lost. */
  readonly catalog: string | null;
}

/** The store's process ends without an end, anywhere in what the store does; then it is started again. */
export async function crash(life: Life): Promise<void> {
  if (life.random.chance(0.35)) await crashInRestore(life);
  else await crashInStore(life);
}

async function crashInStore(life: Life): Promise<void> {
  const { random, recording } = life;
  // What the disk of the store forgets, a mirror that is there would remember.
  const isThere = life.disk.isThere;
  life.disk.unplug();
  const before = new Model(life.model);
  const first = recording.events.length;
  const earlier = life.copyCatalog('catalog-before');
  const act = random.weighted([...STORE_ACTS, ...CARE_ACTS].filter(({ inStore }) => inStore));
  if (random.chance(0.5)) {
    const place = placeOf(life);
    random.weighted(USER_ACTS)?.run(place.user);
    life.touched(place);
    // Sometimes the journal has time to notice.
    if (random.chance(0.5)) await life.settle();
  }
  await act?.run(life);
  await life.heard();
  const last = recording.events.length;
  const events = random.chance(0.2) ? last : first + random.below(last - first + 1);
  const now = life.copyCatalog('catalog-now');
  const draw = random.next();
  const catalog = draw < 0.2 ? null : draw < 0.6 && events === last ? now : earlier;
  await restart(life, { events, catalog });
  await reconcile(life, before, events);
  await life.checkAll();
  if (isThere) life.disk.plug();
  await life.resume();
}

async function crashInRestore(life: Life): Promise<void> {
  await life.settle();
  const asked = wish(life);
  if (asked === null) return;
  const target = asked.to ?? asked.of.path;
  const place = life.places.find(({ user }) => user.folder === target);
  const before = stateOf(target);
  const expected = wanted(asked, before);
  const known = new Model(life.model);
  place?.states.push(expected);
  let left = life.random.below(25);
  const steps: string[] = [];
  const died = new Promise<'died'>((resolve) => {
    life.onStep = (step) => {
      steps.push(step);
      if (left-- > 0) return Promise.resolve();
      resolve('died');
      return new Promise<void>(() => undefined);
    };
  });
  const running = fulfil(life, asked).then(() => 'done' as const);
  const end = await Promise.race([running, died]);
  await life.heard();
  const events = life.recording.events.length;
  const catalog = life.random.chance(0.3) ? null : life.copyCatalog('catalog-now');
  if (end === 'died') running.catch(() => undefined);
  await restart(life, { events, catalog });
  await reconcile(life, known, events);
  const now = stateOf(target);
  if (end === 'done' || steps.includes('recorded'))
    assertState(now, expected, `${target}, finished after a crash`);
  else assertState(now, before, `${target}, dropped after a crash`);
  await life.checkAll();
  await life.resume();
  life.checkPlaces();
}

/** Puts the disk into the state that the crash left, and starts again. */
async function restart(life: Life, { events, catalog }: Wreck): Promise<void> {
  const fate = life.random.chance(0.5) ? ALL_KEPT : chance(life.random.next);
  const recorded = life.recording.events.slice(0, events);
  const to = mkdtempSync(join(life.root, 'disk-'));
  afterPowerLoss(recorded, life.home, to, fate);
  await life.close();
  rmSync(life.home, { recursive: true });
  renameSync(to, life.home);
  if (catalog !== null) cpSync(catalog, join(life.home, 'store', 'catalog'), { recursive: true });
  await life.open();
}

/**
 * What was acknowledged before the crash must be there. What was not told yet may be there or not;
 * what is there counts from now on.
 */
async function reconcile(life: Life, before: Model, events: number): Promise<void> {
  const { catalog } = life.store.repository;
  await life.heard();
  const isTold = (name: string): boolean => (life.acknowledgedAt.get(name) ?? Infinity) <= events;
  const after = life.model;
  const model = new Model();
  for (const known of new Map([...before.records, ...after.records]).values()) {
    const { id } = known;
    const isPresent = (await catalog.snapshot(id)) !== null;
    const must = after.records.has(id) && (before.records.has(id) || isTold(id));
    assert.ok(isPresent || !must, `${known.kept} ${id} was acknowledged before the crash`);
    if (isPresent) model.add(known);
  }
  const pins = await catalog.pins();
  for (const id of new Set([...before.pins, ...after.pins, ...pins.keys()])) {
    if (after.pins.has(id) && (before.pins.has(id) || isTold(`pin ${id}`)))
      assert.ok(pins.has(id), `the pin of ${id} was acknowledged before the crash`);
    if (!after.pins.has(id) && (!before.pins.has(id) || isTold(`unpin ${id}`)))
      assert.ok(!pins.has(id), `that ${id} is pinned no more was acknowledged before the crash`);
    if (pins.has(id)) model.pins.add(id);
  }
  for (const [id, done] of before.operations) model.operations.set(id, done);
  life.model = model;
  await remember(life);
  await learnOthers(life);
}

/** Records that were durable, though nobody had been told. */
async function learnOthers(life: Life): Promise<void> {
  const { catalog } = life.store.repository;
  const folders = life.places.map(({ user }) => user.folder);
  const found = [];
  for await (const record of catalog.allSnapshots()) found.push(record);
  for await (const record of catalog.journal.all()) found.push(record);
  const states: Picture[] = [...life.model.records.values()].map(({ picture }) => picture);
  for (const { user } of life.places) states.push(user.picture);
  for (const record of found) {
    if (!folders.includes(record.source.path) || record.source.kind === 'repository') continue;
    if (life.model.records.has(record.id)) continue;
    const { picture } = await life.learn(record);
    assert.ok(isMixOf(picture, states), `${record.id} holds what was never there`);
  }
}
