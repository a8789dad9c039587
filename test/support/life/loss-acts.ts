import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DELETED_WITHIN_MS, type Loss, type LossKind } from '../../../agent/protection/loss/loss';
import { systemClock } from '../../../agent/support/clock';
import { readStatus, type WorktreeStatus } from '../../../agent/worktrees/status';
import { assertState, fulfil, placeOf, stateOf, type StoreAct } from './acts';
import { LEFT_ALONE, type Life, type Place } from './life';
import type { Known } from './model';
import type { Picture } from './pictures';

const PATIENCE_MS = 20_000;
/** More than the loss guard takes for a person's own tidying up. */
const MANY = 12;

/** What has not been told yet is told; after that a loss is one of its own. */
async function ready(life: Life): Promise<number> {
  await life.settle();
  await life.look();
  return life.losses.length;
}

/** Waits until a loss is told: once, and with a state that is known and pinned. */
async function told(life: Life, place: Place, since: number, kind: LossKind): Promise<Known> {
  const end = systemClock.monotonic() + PATIENCE_MS;
  const here = (): Loss[] =>
    life.losses.slice(since).filter(({ record }) => record.source.path === place.user.folder);
  for (;;) {
    await life.look();
    const [loss] = here();
    if (loss !== undefined) {
      assert.deepEqual(
        here().map((one) => one.kind),
        [kind],
        `what is told of ${place.user.folder}`,
      );
      const known = life.model.records.get(loss.record.id);
      assert.ok(known, 'a loss names a state that was acknowledged');
      const pins = await life.store.repository.catalog.pins();
      assert.ok(pins.has(known.id), `the state before the loss, ${known.id}, is pinned`);
      return known;
    }
    assert.ok(systemClock.monotonic() < end, `nobody told of a loss (${kind})`);
    await systemClock.sleep(5);
  }
}

function assertHolds(known: Known, before: Picture, paths: readonly string[]): void {
  for (const path of paths)
    assert.equal(known.picture.get(path), before.get(path), `${path} in the state before the loss`);
}

/** Brings lost files back, sometimes. */
async function maybeRestore(life: Life, of: Known, paths: readonly string[]): Promise<void> {
  if (life.random.chance(0.5)) return;
  const place = life.places.find(({ user }) => user.folder === of.path);
  assert.ok(place);
  const lost = new Map(paths.map((path) => [path, of.picture.get(path)]));
  const before = place.user.picture;
  place.states.push(new Map([...before, ...of.picture]));
  await fulfil(life, { of, paths, to: null, withGitState: false });
  for (const [path, text] of lost)
    assert.equal(place.user.picture.get(path), text, `${path} after the restore of what was lost`);
  life.touched(place);
}

async function deleteMany(life: Life): Promise<void> {
  const place = placeOf(life);
  const { user } = place;
  const paths = Array.from({ length: MANY }, (_, i) => `lot/${String(i)}`);
  for (const path of paths) user.write(path, life.random.bytes(40));
  life.touched(place);
  const since = await ready(life);
  const before = user.picture;
  rmSync(user.full('lot'), { recursive: true });
  life.touched(place);
  await life.settle();
  const known = await told(life, place, since, 'deleted');
  assertHolds(known, before, paths);
  await maybeRestore(life, known, paths);
}

async function status(life: Life, place: Place): Promise<WorktreeStatus> {
  const { source } = await life.store.protection.guardOf(place.user.folder);
  assert.equal(source.kind, 'worktree');
  const now = await readStatus(life.store.git, source.worktree);
  const askedAt = life.store.held.monotonic();
  life.store.losses.observe(source.id, { status: now, askedAt });
  return now;
}

async function discard(life: Life): Promise<void> {
  const place = placeOf(life);
  const {
    user,
    user: { random },
  } = place;
  user.write('own', random.bytes(30));
  user.tryGit('add', '-A');
  user.tryGit('commit', '-q', '-m', 'own');
  life.touched(place);
  await ready(life);
  user.write('own', random.bytes(50));
  user.write('own, new', random.bytes(50));
  life.touched(place);
  const since = await ready(life);
  const before = user.picture;
  const dirty = await status(life, place);
  user.tryGit('reset', '-q', '--hard');
  user.tryGit('clean', '-fdq', '-e', 'node_modules');
  life.touched(place);
  await life.settle();
  const after = await status(life, place);
  // Something else may be in the way of git.
  if (dirty.state !== 'dirty' || after.state !== 'clean') return;
  const known = await told(life, place, since, 'reverted');
  assertHolds(known, before, ['own', 'own, new']);
  await maybeRestore(life, known, ['own', 'own, new']);
}

/** The folder of the linked worktree: without the main one there is no git. */
async function loseFolder(life: Life): Promise<void> {
  const place = life.places[1];
  assert.ok(place);
  const { folder } = place.user;
  const since = await ready(life);
  // What was deleted within seconds of it would be taken for a part of it.
  life.store.held.pass(DELETED_WITHIN_MS + 1);
  const { picture, git } = place.user;
  rmSync(folder, { recursive: true });
  const known = await told(life, place, since, 'folder');
  assertState(known.picture, picture, `${folder} before it was lost`);
  await fulfil(life, { of: known, paths: null, to: null, withGitState: true });
  assertState(stateOf(folder), picture, `${folder}, which was lost`);
  assert.deepEqual(place.user.git, git, `git of ${folder}, which was lost`);
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'node_modules', 'tool.js'), LEFT_ALONE);
  place.states = [picture];
}

async function dropStash(life: Life): Promise<void> {
  const place = life.places[0];
  assert.ok(place);
  const {
    user,
    user: { random },
  } = place;
  user.write('own', random.bytes(30));
  user.tryGit('add', '-A');
  user.tryGit('commit', '-q', '-m', 'own');
  user.write('own', random.bytes(50));
  user.tryGit('stash', '-q');
  life.touched(place);
  await ready(life);
  const guard = await life.store.protection.guardOf(user.folder);
  await life.store.protection.snapshot(guard, { kind: 'manual', label: null });
  const since = await ready(life);
  // At the same moment it would be a `stash pop`.
  life.clock.jump(5_000);
  user.tryGit('stash', 'drop', '-q');
  await told(life, place, since, 'stash');
}

export const LOSS_ACTS: readonly StoreAct[] = [
  { name: 'many files deleted', weight: 3, inStore: false, run: deleteMany },
  { name: 'changes discarded', weight: 3, inStore: false, run: discard },
  { name: 'folder gone', weight: 2, inStore: false, run: loseFolder },
  { name: 'stash dropped', weight: 2, inStore: false, run: dropStash },
];
