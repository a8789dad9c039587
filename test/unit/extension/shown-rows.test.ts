import * as assert from 'node:assert/strict';
import { ShownRows } from '../../../extension/shown-rows';
import type { NodeValue, TreeNode } from '../../../extension/tree-node';
import { sourceId, type ListedSnapshot } from '../../../agent/protocol/entities';
import { snapshot, worktree } from './samples';

const SHOP = worktree({ source: sourceId.parse('00000000000000aa'), name: 'shop' });
const BLOG = worktree({ source: sourceId.parse('00000000000000bb'), name: 'blog' });

describe('a tree that changes while somebody looks at it', () => {
  let worktrees: NodeValue[];
  let lists: Map<string, ListedSnapshot[]>;
  let fails: boolean;
  let rows: ShownRows;

  beforeEach(() => {
    worktrees = [SHOP, BLOG].map((one) => ({ kind: 'worktree', worktree: one }));
    lists = new Map([
      ['shop', [snapshot(2), snapshot(1)]],
      ['blog', [snapshot(3)]],
    ]);
    fails = false;
    rows = new ShownRows({
      below: (parent) => {
        if (fails) return Promise.reject(new Error('the agent is away'));
        if (parent === null) return Promise.resolve(worktrees);
        if (parent.value.kind !== 'worktree') return Promise.resolve([]);
        const list = lists.get(parent.value.worktree.name) ?? [];
        return Promise.resolve(list.map((one) => ({ kind: 'snapshot', snapshot: one })));
      },
      face: ({ value }) => {
        if (value.kind === 'worktree') return JSON.stringify(value.worktree.protection);
        return value.kind === 'snapshot' ? String(value.snapshot.pinned) : '';
      },
    });
  });

  /** Opens a row as VS Code does: asks for the rows below, and draws each. */
  const open = async (parent: TreeNode | null): Promise<readonly TreeNode[]> => {
    const below = await rows.children(parent);
    for (const row of below) rows.drawn(row);
    return below;
  };
  const openAll = async (): Promise<readonly TreeNode[]> => {
    const top = await open(null);
    for (const row of top) await open(row);
    return top;
  };
  const changed = async (): Promise<readonly (string | null)[]> =>
    (await rows.changed()).map((row) => row?.id ?? null);

  it('draws nothing anew while nothing changes', async () => {
    await openAll();
    assert.deepEqual(await changed(), []);
  });

  it('draws only the worktree that has a new snapshot', async () => {
    const [shop] = await openAll();
    lists.set('shop', [snapshot(4), snapshot(2), snapshot(1)]);
    assert.deepEqual(await changed(), [shop?.id]);
  });

  it('draws only the snapshot that was pinned', async () => {
    await openAll();
    lists.set('shop', [snapshot(2), snapshot(1, { pinned: 'before the move' })]);
    assert.deepEqual(await changed(), [`snapshot:${snapshot(1).id}`]);
    assert.deepEqual(await changed(), []);
  });

  it('draws only the worktree whose state is another one', async () => {
    const [, blog] = await openAll();
    worktrees[1] = {
      kind: 'worktree',
      worktree: { ...BLOG, protection: { kind: 'failing', message: 'the disk is full' } },
    };
    assert.deepEqual(await changed(), [blog?.id]);
  });

  it('draws everything when a worktree came or went', async () => {
    await openAll();
    worktrees.pop();
    assert.deepEqual(await changed(), [null]);
  });

  it('tells once of a row that VS Code has not asked about since', async () => {
    await openAll();
    lists.set('shop', []);
    assert.equal((await changed()).length, 1);
    assert.deepEqual(await changed(), []);
  });

  it('keeps the row of what is still there, so that it stays selected and open', async () => {
    const [shop] = await openAll();
    assert.ok(shop !== undefined);
    const [newer, older] = await open(shop);
    lists.set('shop', [snapshot(4), snapshot(2), snapshot(1)]);
    const [newest, ...others] = await open(shop);
    assert.deepEqual(others, [newer, older]);
    assert.equal(newest?.parent, shop);
    assert.equal((await open(null))[0], shop);
  });

  it('does not ask about what nobody has opened', async () => {
    await open(null);
    lists.set('blog', []);
    assert.deepEqual(await changed(), []);
  });

  it('leaves what it shows while the agent is away', async () => {
    await openAll();
    fails = true;
    assert.deepEqual(await changed(), []);
    fails = false;
    lists.set('blog', []);
    assert.equal((await changed()).length, 1);
  });
});
