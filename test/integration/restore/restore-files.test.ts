import * as assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BulwarkError, type Reason } from '../../../agent/support/errors';
import { toFsPath } from '../../../agent/support/names';
import { changeTimes, picture, RestoreWorld, timesThatDiffer } from '../../support/restore-world';

function reason(expected: Reason): (error: unknown) => boolean {
  return (error) => error instanceof BulwarkError && error.reason === expected;
}

describe('restoring files', () => {
  let world: RestoreWorld;
  let folder: string;

  beforeEach(async () => {
    world = await RestoreWorld.open();
    folder = join(world.root, 'work');
    mkdirSync(join(folder, 'src/deep/er'), { recursive: true });
    mkdirSync(join(folder, 'empty'));
    mkdirSync(join(folder, 'node_modules/x'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{}');
    writeFileSync(join(folder, 'node_modules/x/index.js'), 'made by a tool');
    writeFileSync(join(folder, 'src/a.txt'), 'first\n');
    writeFileSync(join(folder, 'src/deep/er/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(join(folder, 'zero'), '');
    writeFileSync(toFsPath(join(folder, 'caf\udce9 \n😀')), 'odd name');
    writeFileSync(join(folder, 'large'), Buffer.alloc(3_000_000, 'abcdefg'));
    symlinkSync('src/a.txt', join(folder, 'link'));
  });

  afterEach(() => world.close());

  it('brings back a whole folder: content, bits, times, links, empty folders', async () => {
    const old = new Date('1966-05-04T10:00:00.500Z');
    for (const path of ['src/a.txt', 'src/deep', 'src']) utimesSync(join(folder, path), old, old);
    lutimesSync(join(folder, 'link'), old, old);
    const before = picture(folder);
    const times = changeTimes(folder);
    const snapshot = await world.snapshot(folder);
    rmSync(join(folder, 'src'), { recursive: true });
    rmSync(join(folder, 'empty'), { recursive: true });
    writeFileSync(join(folder, 'large'), 'ruined');
    chmodSync(join(folder, 'zero'), 0o600);
    rmSync(join(folder, 'link'));
    symlinkSync('nowhere', join(folder, 'link'));
    writeFileSync(join(folder, 'made-since'), 'x');
    mkdirSync(join(folder, 'made/since'), { recursive: true });

    const engine = world.engine();
    const plan = await engine.plan({ snapshot, withGitState: false });
    const shown = plan.steps.map(({ action, path }) => `${action} ${path}`);
    assert.ok(shown.includes('delete made-since') && shown.includes('delete made/since'));
    assert.ok(shown.includes('overwrite large') && shown.includes('create src/deep/er/run.sh'));
    const outcome = await engine.apply(plan.id);
    assert.deepEqual(picture(folder), before);
    times.delete('zero');
    assert.deepEqual(timesThatDiffer(times, changeTimes(folder)), []);
    assert.equal(outcome.verified, true);
    assert.deepEqual(
      [outcome.restored, outcome.deleted],
      [plan.creates + plan.overwrites, plan.deletes],
    );
    assert.ok(existsSync(join(folder, 'node_modules/x/index.js')));
    assert.deepEqual(readdirSync(world.root).sort(), ['bulwark', 'work']);
  });

  it('undoes a restore, and redoes it', async () => {
    const first = picture(folder);
    const snapshot = await world.snapshot(folder);
    writeFileSync(join(folder, 'src/a.txt'), 'second\n');
    writeFileSync(join(folder, 'new'), 'new\n');
    const second = picture(folder);
    const engine = world.engine();
    await engine.apply((await engine.plan({ snapshot, withGitState: false })).id);
    assert.deepEqual(picture(folder), first);
    await engine.undo();
    assert.deepEqual(picture(folder), second);
    await engine.undo();
    assert.deepEqual(picture(folder), first);
  });

  it('says that there is nothing to undo', async () => {
    await assert.rejects(world.engine().undo(), reason('nothing-to-undo'));
  });

  it('touches only the files and folders that were asked for', async () => {
    const snapshot = await world.snapshot(folder);
    writeFileSync(join(folder, 'zero'), 'mine');
    rmSync(join(folder, 'src'), { recursive: true });
    const engine = world.engine();
    const plan = await engine.plan({ snapshot, paths: ['src/deep/'], withGitState: false });
    const outcome = await engine.apply(plan.id);
    assert.equal(outcome.verified, true);
    assert.equal(readFileSync(join(folder, 'zero'), 'utf8'), 'mine');
    assert.equal(readFileSync(join(folder, 'src/deep/er/run.sh'), 'utf8'), '#!/bin/sh\n');
    assert.ok(!existsSync(join(folder, 'src/a.txt')));
    writeFileSync(join(folder, 'zero'), 'mine again');
    await engine.undo();
    assert.ok(!existsSync(join(folder, 'src')));
    assert.equal(readFileSync(join(folder, 'zero'), 'utf8'), 'mine again');
  });

  it('restores to another folder, deletes nothing there, and undo takes it away again', async () => {
    const snapshot = await world.snapshot(folder);
    const before = picture(folder);
    const other = join(world.root, 'some/where');
    const engine = world.engine();
    const outcome = await engine.apply(
      (await engine.plan({ snapshot, to: other, withGitState: false })).id,
    );
    assert.equal(outcome.verified, true);
    before.delete('node_modules');
    before.delete('node_modules/x');
    before.delete('node_modules/x/index.js');
    assert.deepEqual(picture(other), before);
    await engine.undo();
    assert.deepEqual(picture(other), new Map());

    writeFileSync(join(other, 'mine'), 'mine');
    writeFileSync(join(other, 'zero'), 'not zero');
    await engine.apply((await engine.plan({ snapshot, to: other, withGitState: false })).id);
    assert.equal(readFileSync(join(other, 'mine'), 'utf8'), 'mine');
    assert.equal(readFileSync(join(other, 'zero'), 'utf8'), '');
    await engine.undo();
    assert.deepEqual([...picture(other).keys()], ['mine', 'zero']);
    assert.equal(readFileSync(join(other, 'zero'), 'utf8'), 'not zero');
  });

  it('refuses to go on when the folder changed after the plan was shown', async () => {
    const snapshot = await world.snapshot(folder);
    writeFileSync(join(folder, 'zero'), 'x');
    const engine = world.engine();
    const plan = await engine.plan({ snapshot, withGitState: false });
    writeFileSync(join(folder, 'just-written'), 'x');
    await assert.rejects(engine.apply(plan.id), reason('plan-stale'));
    assert.equal(readFileSync(join(folder, 'just-written'), 'utf8'), 'x');
    assert.equal(readFileSync(join(folder, 'zero'), 'utf8'), 'x');
  });

  it('keeps what is written in the very moment in which it is replaced', async () => {
    const snapshot = await world.snapshot(folder);
    writeFileSync(join(folder, 'src/a.txt'), 'saved\n');
    writeFileSync(join(folder, 'extra'), 'saved\n');
    world.afterSave = () => {
      appendFileSync(join(folder, 'src/a.txt'), 'not saved\n');
      appendFileSync(join(folder, 'extra'), 'not saved\n');
    };
    const engine = world.engine();
    const outcome = await engine.apply((await engine.plan({ snapshot, withGitState: false })).id);
    assert.equal(readFileSync(join(folder, 'src/a.txt'), 'utf8'), 'first\n');
    const kept = readdirSync(folder).find((name) => name.startsWith('bulwark-kept-')) ?? '';
    assert.equal(readFileSync(join(folder, kept, 'src/a.txt'), 'utf8'), 'saved\nnot saved\n');
    assert.equal(readFileSync(join(folder, kept, 'extra'), 'utf8'), 'saved\nnot saved\n');
    assert.equal(outcome.notes.filter((note) => note.includes('changed in the moment')).length, 2);
  });

  it('puts a folder back where a file is now, and a file where a folder is', async () => {
    const before = picture(folder);
    const snapshot = await world.snapshot(folder);
    rmSync(join(folder, 'src'), { recursive: true });
    writeFileSync(join(folder, 'src'), 'a file');
    rmSync(join(folder, 'zero'));
    mkdirSync(join(folder, 'zero/a/b'), { recursive: true });
    writeFileSync(join(folder, 'zero/a/b/c'), 'c');
    const engine = world.engine();
    const outcome = await engine.apply((await engine.plan({ snapshot, withGitState: false })).id);
    assert.deepEqual(picture(folder), before);
    assert.equal(outcome.verified, true);
  });

  it('leaves alone what no snapshot holds, also where it is in the way', async () => {
    const snapshot = await world.snapshot(folder);
    rmSync(join(folder, 'zero'));
    mkdirSync(join(folder, 'zero/node_modules/y'), { recursive: true });
    writeFileSync(join(folder, 'zero/package.json'), '{}');
    writeFileSync(join(folder, 'zero/node_modules/y/z'), 'kept');
    mkdirSync(join(folder, 'fresh/node_modules'), { recursive: true });
    writeFileSync(join(folder, 'fresh/package.json'), '{}');
    const engine = world.engine();
    const plan = await engine.plan({ snapshot, withGitState: false });
    assert.ok(plan.notes.some((note) => note.startsWith('zero stays a folder')));
    await engine.apply(plan.id);
    assert.equal(readFileSync(join(folder, 'zero/node_modules/y/z'), 'utf8'), 'kept');
    assert.ok(existsSync(join(folder, 'zero/package.json')));
    assert.ok(existsSync(join(folder, 'fresh/node_modules')));
    assert.ok(!existsSync(join(folder, 'fresh/package.json')));
  });

  it('never writes through a link that points out', async () => {
    const snapshot = await world.snapshot(folder);
    const outside = join(world.root, 'outside');
    mkdirSync(outside);
    rmSync(join(folder, 'src'), { recursive: true });
    symlinkSync(outside, join(folder, 'src'));
    const engine = world.engine();
    await assert.rejects(
      engine.plan({ snapshot, paths: ['src/a.txt'], withGitState: false }),
      reason('path-refused'),
    );
    await engine.apply((await engine.plan({ snapshot, withGitState: false })).id);
    assert.deepEqual(readdirSync(outside), []);
    assert.equal(readFileSync(join(folder, 'src/a.txt'), 'utf8'), 'first\n');
  });

  it('takes everything back when a link appears in the way while it is applied', async () => {
    const snapshot = await world.snapshot(folder);
    const outside = join(world.root, 'outside');
    mkdirSync(outside);
    rmSync(join(folder, 'src/a.txt'));
    rmSync(join(folder, 'large'));
    const engine = world.engine(async (step) => {
      if (step !== 'recorded') return;
      rmSync(join(folder, 'src'), { recursive: true });
      symlinkSync(outside, join(folder, 'src'));
      await Promise.resolve();
    });
    const plan = await engine.plan({ snapshot, withGitState: false });
    await assert.rejects(engine.apply(plan.id), reason('restore-failed'));
    assert.deepEqual(readdirSync(outside), []);
    assert.ok(!existsSync(join(folder, 'large')));
    assert.deepEqual(readdirSync(world.root).sort(), ['bulwark', 'outside', 'work']);
  });

  it('refuses targets that must not be written to, and paths that are not there', async () => {
    const snapshot = await world.snapshot(folder);
    const engine = world.engine();
    const to = (path: string): Promise<unknown> =>
      engine.plan({ snapshot, to: path, withGitState: false });
    await assert.rejects(to('/'), reason('path-refused'));
    await assert.rejects(to(world.home), reason('path-refused'));
    await assert.rejects(to(world.root), reason('path-refused'));
    await assert.rejects(to(join(folder, '.git/x')), reason('path-refused'));
    await assert.rejects(to(join(folder, 'large')), reason('not-a-directory'));
    await assert.rejects(to(join(folder, 'large/x')), reason('not-a-directory'));
    const path = (name: string): Promise<unknown> =>
      engine.plan({ snapshot, paths: [name], withGitState: false });
    await assert.rejects(path('no/such'), reason('entry-missing'));
    await assert.rejects(path('node_modules'), reason('entry-missing'));
    await assert.rejects(path('../x'), reason('path-refused'));
    mkdirSync(join(world.root, 'o'));
    writeFileSync(join(world.root, 'o/src'), 'a file');
    await assert.rejects(to(join(world.root, 'o')), reason('not-a-directory'));
  });

  it('changes nothing when it is cancelled while it stages', async () => {
    const snapshot = await world.snapshot(folder);
    rmSync(join(folder, 'src'), { recursive: true });
    const abort = new AbortController();
    const engine = world.engine(async (step) => {
      if (step === 'staging') abort.abort();
      await Promise.resolve();
    });
    const plan = await engine.plan({ snapshot, withGitState: false });
    await assert.rejects(engine.apply(plan.id, { signal: abort.signal }), reason('cancelled'));
    assert.ok(!existsSync(join(folder, 'src')));
    assert.deepEqual(readdirSync(world.root).sort(), ['bulwark', 'work']);
    assert.deepEqual(readdirSync(join(world.root, 'bulwark/restores')), []);
  });
});
