import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallHandlers } from '../../../agent/protocol/calls';
import type { AgentClient } from '../../../agent/protocol/client';
import { SourceWorld } from '../../support/source-world';

type Why = 'backup' | 'restore';

describe('Files that a program freezes', () => {
  let world: SourceWorld;
  let program: AgentClient;
  let folder: string;
  const said: string[] = [];
  let frozen = 0;

  const calls: CallHandlers = {
    'data-source/freeze': ({ why }) => told('freeze', why, 1),
    'data-source/thaw': ({ why }) => {
      told('thaw', why, -1);
      return { held: true };
    },
  };

  function told(what: string, why: Why, change: number): Record<string, never> {
    said.push(`${what} for a ${why}`);
    frozen += change;
    // Two files that belong together, in a state that is only there while it is frozen.
    writeFileSync(join(folder, 'a'), frozen > 0 ? 'whole' : 'half');
    return {};
  }

  beforeEach(async () => {
    said.length = 0;
    frozen = 0;
    world = new SourceWorld();
    folder = join(world.root, 'data');
    mkdirSync(join(folder, 'cache'), { recursive: true });
    for (const name of ['a', 'b', 'cache/c', 'unrelated']) writeFileSync(join(folder, name), name);
    await world.start();
    program = await world.program();
    program.serve(calls);
  });
  afterEach(() => world.remove());

  async function register(files?: string[], freezeMs?: number): Promise<void> {
    const source = { kind: 'files', path: folder, files, freezeMs } as const;
    await program.call('data-source/register', { name: 'data', source });
  }

  it('are read only while they are frozen, and only those that were named', async () => {
    await register(['a', 'b', 'cache', 'not-there-yet']);
    await world.backedUp('data');
    assert.deepEqual(said, ['freeze for a backup', 'thaw for a backup']);
    const [snapshot] = await world.snapshots('data');
    assert.equal(snapshot?.files, 3);
    const { data } = await world.client.call('snapshot/readFile', {
      snapshot: snapshot.id,
      path: 'a',
      offset: 0,
      length: 100,
    });
    assert.equal(Buffer.from(data, 'base64').toString(), 'whole');
  });

  it('go back in their place, frozen, and nothing beside them is touched', async () => {
    await register(['a', 'b', 'cache', 'log']);
    const { lastSnapshot } = await world.backedUp('data');
    writeFileSync(join(folder, 'unrelated'), 'changed');
    rmSync(join(folder, 'b'));
    // What was not there when they were saved belongs to another state of them.
    writeFileSync(join(folder, 'log'), 'of another state');
    said.length = 0;
    const result = await world.restore(lastSnapshot?.id ?? '');
    assert.equal(result.verified, true);
    assert.deepEqual(said, ['freeze for a restore', 'thaw for a restore']);
    assert.equal(readFileSync(join(folder, 'b'), 'utf8'), 'b');
    assert.equal(existsSync(join(folder, 'log')), false);
    assert.equal(readFileSync(join(folder, 'unrelated'), 'utf8'), 'changed');
    assert.equal((await world.snapshots('data')).length, 1);
    await world.client.call('restore/undo', {});
    assert.equal(existsSync(join(folder, 'b')), false);
    assert.equal(readFileSync(join(folder, 'log'), 'utf8'), 'of another state');
  });

  it('go back also when their program is gone', async () => {
    await register();
    const { lastSnapshot } = await world.backedUp('data');
    program.close();
    rmSync(folder, { recursive: true });
    await world.restore(lastSnapshot?.id ?? '');
    assert.equal(readFileSync(join(folder, 'cache', 'c'), 'utf8'), 'cache/c');
  });

  it('are thawed when they cannot be read, and nothing is kept', async () => {
    await register(['a', 'b']);
    await world.backedUp('data');
    rmSync(join(folder, 'a'));
    rmSync(join(folder, 'b'));
    said.length = 0;
    program.serve({ 'data-source/freeze': () => ({}), 'data-source/thaw': heldThaw });
    await assert.rejects(world.snapshot('data'), { reason: 'path-missing' });
    assert.deepEqual(said, ['thaw']);
    assert.equal((await world.snapshots('data')).length, 1);
  });

  it('are thawed when freezing fails, and nothing is kept', async () => {
    await register();
    await world.backedUp('data');
    said.length = 0;
    program.serve({
      'data-source/freeze': () => {
        throw new Error('a transaction is open');
      },
      'data-source/thaw': heldThaw,
    });
    await assert.rejects(world.snapshot('data'), { reason: 'program-failed' });
    assert.deepEqual(said, ['thaw']);
  });

  it('are no backup when the program could not hold them', async () => {
    await register();
    await world.backedUp('data');
    program.serve({
      'data-source/freeze': () => ({}),
      'data-source/thaw': () => ({ held: false }),
    });
    await assert.rejects(world.snapshot('data'), { reason: 'program-failed' });
    assert.equal((await world.snapshots('data')).length, 1);
  });

  it('are no backup when the program goes away while they are read', async () => {
    await register();
    await world.backedUp('data');
    program.serve({
      'data-source/freeze': () => {
        setImmediate(() => program.close());
        return {};
      },
    });
    await assert.rejects(world.snapshot('data'), { reason: 'program-gone' });
    assert.equal((await world.snapshots('data')).length, 1);
  });

  function heldThaw(): { held: boolean } {
    said.push('thaw');
    return { held: true };
  }
});

describe('A folder of a program', () => {
  it('is watched and kept like any other, also inside a repository, and after a restart', async () => {
    const world = new SourceWorld();
    try {
      await world.start();
      const repo = world.repository('repo', { 'data/one.json': '{}', 'readme.md': 'hi' });
      const path = join(repo, 'data');
      const program = await world.program();
      const source = { kind: 'folder', path } as const;
      await program.call('data-source/register', { name: 'docs', source });
      await world.backedUp('docs');
      assert.deepEqual(
        (await world.client.call('worktree/list', {})).worktrees.map((worktree) => worktree.path),
        [path],
      );
      program.close();
      await world.kill();
      await world.start();
      await world.until('the folder', async () => {
        const { sources } = await world.client.call('data-source/list', {});
        return sources[0]?.state.kind === 'current' ? true : null;
      });
      writeFileSync(join(path, 'two.json'), '{}');
      await world.until('a snapshot by itself', async () => {
        const [newest] = await world.snapshots('docs');
        return newest?.files === 2 ? true : null;
      });
      await world.client.call('worktree/unprotect', { path: 'source:docs' });
      assert.deepEqual((await world.client.call('data-source/list', {})).sources, []);
      assert.deepEqual((await world.client.call('worktree/list', {})).worktrees, []);
    } finally {
      await world.remove();
    }
  });
});
