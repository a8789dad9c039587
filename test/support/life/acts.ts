import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { isFailure } from './failures';
import type { Life, Place } from './life';
import type { Known } from './model';
import { difference, pictureOf, withPaths, type Picture } from './pictures';

export const HOUR = 3_600_000;
const NOTHING: Picture = new Map();

/** Something that is asked of the store. It ends when the store has said that it is done. */
export interface StoreAct {
  readonly name: string;
  readonly weight: number;
  /** Whether a crash may be anywhere in it: it changes nothing but the store. */
  readonly inStore: boolean;
  run(life: Life): Promise<void>;
}

export function placeOf(life: Life): Place {
  const place = life.random.pick(life.places);
  if (place === null) throw new Error('no place');
  return place;
}

async function guardOf(
  life: Life,
  { user }: Place,
): Promise<Parameters<Life['store']['protection']['snapshot']>[0]> {
  return life.store.protection.guardOf(user.folder);
}

async function snapshot(life: Life): Promise<void> {
  const place = placeOf(life);
  const isExact = place.states.length === 1;
  const { git } = place.user;
  const guard = await guardOf(life, place);
  const { id } = await life.store.protection.snapshot(guard, { kind: 'manual', label: null });
  await life.heard();
  const known = life.model.records.get(id);
  assert.ok(known, 'a snapshot that was asked for is told');
  if (isExact) life.model.add({ ...known, git });
}

async function backUp(life: Life): Promise<void> {
  const kind = life.random.pick(['full', 'incremental', 'differential', 'snapshot'] as const);
  await life.store.keeping.backUp(kind ?? 'full', placeOf(life).user.folder, {});
  await life.heard();
}

/** Something that can be restored. */
function known(life: Life, wanted: (one: Known) => boolean = () => true): Known | null {
  const folders = life.places.map(({ user }) => user.folder);
  return life.random.pick(
    [...life.model.records.values()]
      .filter((one) => folders.includes(one.path) && wanted(one))
      .sort((a, b) => a.sequence - b.sequence),
  );
}

interface Wish {
  readonly of: Known;
  readonly paths: readonly string[] | null;
  readonly to: string | null;
  readonly withGitState: boolean;
}

/** What is to be restored, by chance. */
export function wish(life: Life): Wish | null {
  const draw = life.random.below(10);
  const withGitState = draw < 2;
  const of = known(life, ({ git }) => !withGitState || git !== null);
  if (of === null) return null;
  const paths = [...of.picture.keys()];
  const chosen = [life.random.pick(paths), life.random.pick(paths)].flatMap((path) => path ?? []);
  if (draw < 5 || chosen.length === 0) return { of, paths: null, to: null, withGitState };
  if (draw < 8) return { of, paths: [...new Set(chosen)], to: null, withGitState: false };
  return { of, paths: null, to: life.out, withGitState: false };
}

export function stateOf(folder: string): Picture {
  return existsSync(folder) ? pictureOf(folder) : NOTHING;
}

/** What is to be there when a wish was fulfilled. */
export function wanted({ of, paths, to }: Wish, now: Picture): Picture {
  if (to !== null) return new Map([...now, ...of.picture]);
  return paths === null ? of.picture : withPaths(now, of.picture, paths);
}

export async function fulfil(life: Life, { of, paths, to, withGitState }: Wish): Promise<void> {
  const snapshot = await life.store.repository.catalog.snapshot(of.id);
  assert.ok(snapshot !== null, `${of.id} was acknowledged and is gone`);
  const plan = await life.store.restore.plan({
    snapshot,
    withGitState,
    ...(paths === null ? {} : { paths }),
    ...(to === null ? {} : { to }),
  });
  const outcome = await life.store.restore.apply(plan.id);
  if (outcome.undo !== null && to !== null) await life.learn(outcome.undo);
  assert.ok(outcome.verified, outcome.notes.join('\n'));
  await remember(life);
}

/** Takes over the operations that the store has; those of before must be among them. */
export async function remember(life: Life): Promise<void> {
  const operations = await life.store.repository.catalog.operations(Number.MAX_SAFE_INTEGER);
  const ids = new Set(operations.map(({ id }) => id));
  for (const id of life.model.operations.keys())
    assert.ok(ids.has(id), `the operation ${id} was acknowledged and is gone`);
  for (const operation of operations) life.model.operations.set(operation.id, operation);
}

async function restore(life: Life): Promise<void> {
  await life.settle();
  const asked = wish(life);
  if (asked === null) return;
  const target = asked.to ?? asked.of.path;
  const place = life.places.find(({ user }) => user.folder === target);
  const before = stateOf(target);
  const git = place?.user.git;
  const expected = wanted(asked, before);
  if (place !== undefined) place.states.push(expected);
  await fulfil(life, asked);
  assertState(stateOf(target), expected, `${target} after a restore of ${asked.of.id}`);
  if (place !== undefined) {
    place.states = [before, expected];
    const facts = asked.withGitState ? asked.of.git : git;
    assert.deepEqual(place.user.git, facts, `git of ${target} after a restore`);
  }
}

async function undo(life: Life): Promise<void> {
  await life.settle();
  const done = life.model.undoable;
  const saved = done?.undo == null ? null : (life.model.records.get(done.undo) ?? null);
  const isElsewhere = done?.target === life.out;
  if (done === null || (saved === null && (done.undo !== null || !isElsewhere))) {
    await assert.rejects(life.store.restore.undo(), isFailure('nothing-to-undo'));
    return;
  }
  const before = stateOf(done.target);
  const expected =
    done.paths === null
      ? (saved?.picture ?? NOTHING)
      : withPaths(before, saved?.picture ?? NOTHING, done.paths);
  const place = life.places.find(({ user }) => user.folder === done.target);
  if (place !== undefined) place.states.push(expected);
  const outcome = await life.store.restore.undo();
  if (outcome.undo !== null && isElsewhere) await life.learn(outcome.undo);
  await remember(life);
  assertState(stateOf(done.target), expected, `${done.target} after an undo`);
}

export function assertState(is: Picture, expected: Picture, what: string): void {
  const left = difference(is, expected);
  assert.equal(left, '', `${what}:\n${left}`);
}

async function moment(life: Life): Promise<void> {
  await life.settle();
  const one = known(life);
  if (one === null) return;
  const at = one.at + life.random.below(3 * HOUR);
  const expected = life.model.at(one.path, at);
  const { record } = await life.store.moments.at(one.path, at);
  assert.equal(record.id, expected?.id, `the state of ${one.path} at ${String(at)}`);
  const place = life.places.find(({ user }) => user.folder === one.path);
  if (expected === null || place === undefined) return;
  place.states.push(expected.picture);
  await fulfil(life, { of: expected, paths: null, to: null, withGitState: false });
  assertState(place.user.picture, expected.picture, `${one.path} after a restore to a moment`);
}

async function pin(life: Life): Promise<void> {
  const one = known(life);
  if (one === null) return;
  const record = await life.store.repository.catalog.snapshot(one.id);
  assert.ok(record !== null, `${one.id} was acknowledged and is gone`);
  const isPinned = !life.model.pins.has(one.id);
  await life.store.keeping.pin(record, isPinned, 'a test');
  life.acknowledgedAt.set(`${isPinned ? 'pin' : 'unpin'} ${one.id}`, life.recording.events.length);
  if (isPinned) life.model.pins.add(one.id);
  else life.model.pins.delete(one.id);
}

/** Never the last one of a worktree: until its next snapshot nothing would be kept of it. */
async function forget(life: Life): Promise<void> {
  const isLast = (one: Known): boolean =>
    life.model.of(one.path).filter(({ kept }) => kept !== 'journal').length < 3;
  const chosen = [1, 2].flatMap(
    () => known(life, (one) => one.kept !== 'journal' && !isLast(one)) ?? [],
  );
  const records = [];
  for (const { id } of chosen) {
    const record = await life.store.repository.catalog.snapshot(id);
    assert.ok(record !== null, `${id} was acknowledged and is gone`);
    records.push(record);
  }
  if (chosen.some(({ id }) => life.model.pins.has(id)))
    await assert.rejects(life.store.keeping.delete(records), isFailure('snapshot-pinned'));
  else {
    await life.store.keeping.delete(records);
    for (const { id } of chosen) {
      life.model.records.delete(id);
      assert.equal(await life.store.repository.catalog.snapshot(id), null);
    }
  }
}

async function cleanUp(life: Life): Promise<void> {
  const expired = life.model.expired(life.clock.now());
  await life.store.keeping.cleanUp({ urgent: life.random.chance(0.3) });
  await assertKept(life, expired);
  for (const id of expired) {
    assert.equal(await life.store.repository.catalog.snapshot(id), null, `${id} has had its time`);
    life.model.records.delete(id);
  }
}

async function rotate(life: Life): Promise<void> {
  const { keys } = life.store;
  const before = keys.facts();
  const after = await keys.rotate(null);
  assert.notEqual(after.key, before.key);
  assert.equal(after.older, before.older + 1);
}

/** All but these is there. */
export async function assertKept(life: Life, expired: ReadonlySet<string>): Promise<void> {
  for (const { id, kept } of life.model.records.values())
    if (!expired.has(id))
      assert.ok(
        (await life.store.repository.catalog.snapshot(id)) !== null,
        `${kept} ${id} is gone before its time`,
      );
}

/** An hour passes, in which the agent cleans up by itself when it is due. */
export async function hour(life: Life): Promise<void> {
  await life.settle();
  await life.clock.pass(HOUR, async () => {
    await life.store.keeping.cleanUp({ dryRun: true });
    await life.store.protection.quiet();
    await life.heard();
  });
  await life.settle();
  const mayGo = life.jumped ? new Set<string>() : life.model.expired(life.clock.now());
  life.jumped = false;
  await assertKept(life, mayGo);
  for (const id of mayGo)
    if ((await life.store.repository.catalog.snapshot(id)) === null) life.model.records.delete(id);
}

function jump(life: Life, ms: number): Promise<void> {
  life.clock.jump(ms);
  if (Math.abs(ms) > 60_000) life.jumped = true;
  return Promise.resolve();
}

export const STORE_ACTS: readonly StoreAct[] = [
  { name: 'snapshot', weight: 10, inStore: true, run: snapshot },
  { name: 'backup', weight: 8, inStore: true, run: backUp },
  { name: 'restore', weight: 10, inStore: false, run: restore },
  { name: 'undo', weight: 5, inStore: false, run: undo },
  { name: 'restore to a moment', weight: 4, inStore: false, run: moment },
  { name: 'pin or unpin', weight: 4, inStore: true, run: pin },
  { name: 'forget', weight: 4, inStore: true, run: forget },
  { name: 'clean up', weight: 6, inStore: true, run: cleanUp },
  { name: 'rotate the key', weight: 2, inStore: true, run: rotate },
  { name: 'an hour', weight: 3, inStore: false, run: hour },
  {
    name: 'a while',
    weight: 6,
    inStore: false,
    run: (life) => jump(life, life.random.below(50_000)),
  },
  {
    name: 'sleep',
    weight: 2,
    inStore: false,
    run: (life) => jump(life, HOUR * (1 + life.random.below(100))),
  },
  {
    name: 'clock set',
    weight: 2,
    inStore: false,
    run: (life) => jump(life, HOUR * (life.random.below(97) - 48)),
  },
  { name: 'look at everything', weight: 2, inStore: false, run: (life) => life.checkAll() },
];
