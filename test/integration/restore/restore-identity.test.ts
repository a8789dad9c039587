import * as assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { decodeName, toFsPath } from '../../../agent/support/names';
import { changeTimes, picture, RestoreWorld, timesThatDiffer } from '../../support/restore-world';

type Node =
  | { readonly kind: 'file'; readonly size: number; readonly seed: number; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | {
      readonly kind: 'folder';
      readonly mode: number;
      readonly children: readonly (readonly [string, Node])[];
    };

const name = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => decodeName(Buffer.from(bytes)))
  .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..');
const readable = fc.constantFrom(
  'a',
  'A',
  'b c',
  'naïve',
  '😀',
  'x\ny',
  '-rf',
  '*',
  '#',
  '.hidden',
  'con',
);

/** Sizes at which blocks and chunks begin and end. */
const LIMITS = [0, 1, 64 * 1024, 256 * 1024, 1024 * 1024, 2 * 1024 * 1024];
const size = fc.oneof(
  { weight: 4, arbitrary: fc.nat(2000) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...LIMITS), fc.integer({ min: -1, max: 1 }))
      .map(([limit, off]) => Math.max(0, limit + off)),
  },
);

const file = fc
  .tuple(size, fc.nat(255), fc.constantFrom(0o644, 0o600, 0o755, 0o444, 0o400, 0o777))
  .map(([bytes, seed, mode]): Node => ({ kind: 'file', size: bytes, seed, mode }));
const link = fc
  .oneof(readable, fc.constantFrom('..', '/', 'a/b/c'))
  .map((target): Node => ({ kind: 'link', target }));

const { tree } = fc.letrec<{ node: Node; tree: Node }>((tie) => ({
  node: fc.oneof({ maxDepth: 4, depthIdentifier: 'tree' }, file, link, tie('tree')),
  tree: fc
    .tuple(
      fc.constantFrom(0o755, 0o700, 0o775),
      fc.uniqueArray(fc.tuple(fc.oneof(readable, name), tie('node')), {
        maxLength: 6,
        selector: ([text]) => text,
        depthIdentifier: 'tree',
      }),
    )
    .map(([mode, children]): Node => ({ kind: 'folder', mode, children })),
}));

function build(path: string, node: Node): void {
  if (node.kind === 'link') symlinkSync(node.target, toFsPath(path));
  else if (node.kind === 'file') {
    writeFileSync(toFsPath(path), content(node.size, node.seed));
    chmodSync(toFsPath(path), node.mode);
  } else {
    mkdirSync(toFsPath(path));
    for (const [child, below] of node.children) build(join(path, child), below);
    chmodSync(toFsPath(path), node.mode);
  }
}

/** Bytes that neither repeat nor compress to nothing, so that they are cut by their content. */
function content(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

describe('a snapshot, restored', () => {
  let world: RestoreWorld;
  before(async () => {
    world = await RestoreWorld.open();
  });
  after(() => world.close());

  it('is what was there: any names, bits, links, empty folders, and sizes around every limit', async function () {
    this.timeout(300_000);
    let count = 0;
    await fc.assert(
      fc.asyncProperty(tree, tree, async (first, second) => {
        const folder = join(world.root, `work-${String(count++)}`);
        const copy = `${folder}-copy`;
        build(folder, first);
        const before = picture(folder);
        const times = changeTimes(folder);
        const snapshot = await world.snapshot(folder);
        const engine = world.engine();

        // Into a folder that is not there.
        await engine.apply((await engine.plan({ snapshot, to: copy, withGitState: false })).id);
        assert.deepEqual(picture(copy), before);
        assert.deepEqual(timesThatDiffer(times, changeTimes(copy)), []);

        // Over something entirely different, and back again.
        rmSync(toFsPath(folder), { recursive: true });
        build(folder, second);
        const other = picture(folder);
        const outcome = await engine.apply(
          (await engine.plan({ snapshot, withGitState: false })).id,
        );
        assert.equal(outcome.verified, true);
        assert.deepEqual(outcome.notes, []);
        assert.deepEqual(picture(folder), before);
        await engine.undo();
        assert.deepEqual(picture(folder), other);

        rmSync(folder, { recursive: true });
        rmSync(copy, { recursive: true });
      }),
      { numRuns: 30 },
    );
  });
});
