import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { ChangeSet, FOLDER, SUBTREE } from '../../../agent/worktrees/change-set';
import { CaptureBench, startWorkers } from './store-for-test';

/** One thing that a program does to a tree, and the folders that a watcher would name for it. */
type Edit =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'folder' | 'remove'; readonly path: string }
  | { readonly kind: 'move'; readonly from: string; readonly to: string };

// Few, so that places are used again; the last ones bear on what becomes of others beside or below them.
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b') },
  { weight: 1, arbitrary: fc.constantFrom('target', 'Cargo.toml', 'CACHEDIR.TAG') },
);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), path, text: fc.string({ maxLength: 20 }) }),
  fc.record({ kind: fc.constantFrom('folder' as const, 'remove' as const), path }),
  fc.record({ kind: fc.constant('move' as const), from: path, to: path }),
);

async function perform(tree: string, step: Edit, changed: ChangeSet): Promise<void> {
  const above = (item: string): string => (item.includes('/') ? dirname(item) : '');
  const mark = (item: string, became: 'there' | 'gone' = 'there'): void => {
    for (let at = item; at !== ''; at = above(at))
      changed.add({ kind: 'entries', path: above(at), names: new Set([basename(at)]) });
    if (became === 'there') changed.add({ kind: 'subtree', path: item });
    // What inotify tells last of a folder is the folder's own name, as if it were in it.
    else changed.add({ kind: 'entries', path: item, names: new Set([basename(item)]) });
  };
  try {
    if (step.kind === 'write') {
      await mkdir(join(tree, above(step.path)), { recursive: true });
      await writeFile(join(tree, step.path), step.text);
      mark(step.path);
    } else if (step.kind === 'folder') {
      await mkdir(join(tree, step.path), { recursive: true });
      mark(step.path);
    } else if (step.kind === 'move') {
      await rename(join(tree, step.from), join(tree, step.to));
      mark(step.from);
      mark(step.to);
    } else {
      await rm(join(tree, step.path), { recursive: true, force: true });
      mark(step.path, 'gone');
    }
  } catch {
    // A step that the tree at this moment does not allow changes nothing, or a part that is marked.
    for (const item of step.kind === 'move' ? [step.from, step.to] : [step.path]) mark(item);
  }
}

describe('snapshots by what a watcher told', () => {
  const pool = startWorkers();
  after(() => pool.close());

  it('hold exactly what a scan of everything would', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ steps: fc.array(edit, { maxLength: 6 }), scan: fc.boolean() }), {
          minLength: 1,
          maxLength: 6,
        }),
        async (rounds) => {
          const bench = await CaptureBench.open(pool);
          try {
            await mkdir(bench.tree);
            await bench.capture();
            for (const [index, { steps, scan }] of rounds.entries()) {
              const changed = new ChangeSet();
              for (const step of steps) await perform(bench.tree, step, changed);
              const told = await bench.capture(changed.take());
              // A scan puts right what is remembered wrong, so it does not follow every time.
              if (!scan && index < rounds.length - 1) continue;
              const scanned = await bench.capture();
              assert.deepEqual(await bench.flat(told), await bench.flat(scanned));
              assert.deepEqual(told.roots, scanned.roots);
            }
          } finally {
            await bench.close();
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('hold an empty folder that was deleted and made again', async () => {
    const bench = await CaptureBench.open(pool);
    try {
      await mkdir(bench.tree);
      await bench.capture();
      const steps: Edit[] = [
        { kind: 'folder', path: 'a' },
        { kind: 'remove', path: 'a' },
        { kind: 'folder', path: 'a' },
      ];
      for (const [index, step] of steps.entries()) {
        const changed = new ChangeSet();
        await perform(bench.tree, step, changed);
        const flat = await bench.flat(await bench.capture(changed.take()));
        assert.deepEqual([...flat.keys()], index === 1 ? [] : ['a']);
      }
    } finally {
      await bench.close();
    }
  });

  it('are taken also where all that changed lies in folders that are left out', async () => {
    const bench = await CaptureBench.open(pool);
    try {
      await mkdir(join(bench.tree, 'crates/one/target'), { recursive: true });
      await writeFile(join(bench.tree, 'crates/one/Cargo.toml'), '');
      const before = await bench.capture();
      const after = await bench.capture(
        new Map([
          ['crates/one/target', FOLDER],
          ['crates/one/target/debug', SUBTREE],
        ]),
      );
      assert.deepEqual(after.roots, before.roots);
    } finally {
      await bench.close();
    }
  });
});
