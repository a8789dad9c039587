import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { encodeName } from '../../../agent/support/names';
import { watchTree, type TreeWatch, type TreeWatchOptions } from '../../../agent/worktrees/watch';
import type { Change } from '../../../agent/worktrees/watch-target';
import { until } from './until';

/** Watches a folder and keeps what it was told. */
class Observed {
  readonly changes: Change[] = [];
  readonly overflows: string[] = [];
  gone = false;
  watch: TreeWatch | null = null;

  async start(root: string, more: Partial<TreeWatchOptions> = {}): Promise<this> {
    this.watch = await watchTree({
      root,
      ignore: [],
      onChange: (changes) => this.changes.push(...changes),
      onOverflow: (reason) => this.overflows.push(reason),
      onRootGone: () => (this.gone = true),
      clock: systemClock,
      log: silentLog,
      ...more,
    });
    return this;
  }

  /** Whether a scan of what was told would meet this file. */
  covers(path: string): boolean {
    const folder = dirname(path) === '.' ? '' : dirname(path);
    return this.changes.some((change) => {
      if (change.kind === 'subtree')
        return (
          change.path === '' || (path[change.path.length] === '/' && path.startsWith(change.path))
        );
      if (change.path !== folder) return false;
      return change.kind === 'folder' || change.names.has(basename(path));
    });
  }

  async sees(path: string): Promise<void> {
    await until(() => this.covers(path), `a change of ${path}`);
  }

  async forget(): Promise<void> {
    await this.watch?.settle();
    this.changes.length = 0;
  }
}

/** Writes 200 files into each of 100 new folders. */
const WRITER = `
  const fs = require('node:fs');
  const root = process.argv[1];
  for (let folder = 0; folder < 100; folder++) {
    fs.mkdirSync(root + '/' + folder, { recursive: true });
    for (let file = 0; file < 200; file++) fs.writeFileSync(root + '/' + folder + '/' + file, '');
  }`;

const NATIVE = process.platform === 'linux' ? 'folders' : 'recursive';

describe('watching a tree', () => {
  let root: string;
  let seen: Observed;
  const at = (path: string): string => join(root, path);

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-watch-')));
    mkdirSync(at('src/deep'), { recursive: true });
    writeFileSync(at('src/deep/file'), '1');
    seen = new Observed();
  });
  afterEach(async () => {
    await seen.watch?.close();
    rmSync(root, { recursive: true, force: true });
  });

  for (const backend of new Set([NATIVE, 'recursive'] as const))
    describe(`by ${backend} watches`, () => {
      beforeEach(() => seen.start(root, { backend }));

      it('tells of files that are made, changed, renamed and deleted', async () => {
        writeFileSync(at('new'), '1');
        await seen.sees('new');
        await seen.forget();
        writeFileSync(at('src/deep/file'), '2');
        await seen.sees('src/deep/file');
        await seen.forget();
        renameSync(at('src/deep/file'), at('src/moved'));
        await seen.sees('src/moved');
        await seen.sees('src/deep/file');
        await seen.forget();
        unlinkSync(at('src/moved'));
        await seen.sees('src/moved');
        assert.equal(seen.watch?.mode, 'native');
        assert.deepEqual(seen.overflows, []);
      });

      it('tells of a new folder together with all below it', async () => {
        mkdirSync(at('a/b/c'), { recursive: true });
        writeFileSync(at('a/b/c/file'), '1');
        await seen.sees('a/b/c/file');
      });

      it('says when the tree itself is gone', async () => {
        rmSync(root, { recursive: true });
        await until(() => seen.gone, 'the end of the root');
      });
    });

  it('leaves out ignored folders, by path and by pattern', async () => {
    mkdirSync(at('node_modules/x'), { recursive: true });
    mkdirSync(at('[id]/out'), { recursive: true });
    await seen.start(root, { ignore: [at('[id]/out'), '**/node_modules/**'] });
    writeFileSync(at('node_modules/x/file'), '1');
    writeFileSync(at('[id]/out/file'), '1');
    mkdirSync(at('src/node_modules/y'), { recursive: true });
    writeFileSync(at('[id]/seen'), '1');
    await seen.sees('[id]/seen');
    assert.ok(!seen.covers('node_modules/x/file'));
    assert.ok(!seen.covers('[id]/out/file'));
    assert.ok(!seen.covers('src/node_modules/y/file'));
  });

  if (NATIVE === 'folders') {
    it('tells at once, when asked, everything that happened before', async () => {
      await seen.start(root, { coalesceMs: 1_000_000 });
      for (let round = 0; round < 20; round++) {
        mkdirSync(at(`r${round}/s`), { recursive: true });
        writeFileSync(at(`r${round}/s/file`), '1');
        assert.equal(await seen.watch?.settle(), true);
        assert.ok(seen.covers(`r${round}/s/file`));
        await seen.forget();
        writeFileSync(at(`r${round}/s/file`), '2');
        assert.equal(await seen.watch?.settle(), true);
        assert.ok(seen.covers(`r${round}/s/file`), 'the new folder is watched inside');
        await seen.forget();
      }
    });

    it('keeps watching the inside of folders that were moved in, renamed or replaced', async () => {
      await seen.start(root, { coalesceMs: 1_000_000 });
      const outside = mkdtempSync(join(tmpdir(), 'bulwark-outside-'));
      try {
        mkdirSync(join(outside, 'm/sub/deep'), { recursive: true });
        renameSync(join(outside, 'm'), at('m'));
        await seen.watch?.settle();
        assert.ok(seen.covers('m/sub/deep/any'));
        renameSync(at('m'), at('n'));
        await seen.forget();
        writeFileSync(at('n/sub/deep/file'), '1');
        await seen.watch?.settle();
        assert.ok(seen.covers('n/sub/deep/file'));
        rmSync(at('n'), { recursive: true });
        mkdirSync(at('n/sub/deep'), { recursive: true });
        await seen.forget();
        writeFileSync(at('n/sub/deep/file'), '2');
        await seen.watch?.settle();
        assert.ok(seen.covers('n/sub/deep/file'));
      } finally {
        rmSync(outside, { recursive: true });
      }
    });

    it('tells of a file that was replaced and then deleted', async () => {
      writeFileSync(at('file'), '1');
      await seen.start(root);
      writeFileSync(at('temporary'), '2');
      renameSync(at('temporary'), at('file'));
      unlinkSync(at('file'));
      await seen.sees('file');
    });

    it('keeps the bytes of names that are no UTF-8', async () => {
      await seen.start(root);
      const name = 'raw\udcff';
      mkdirSync(encodeName(at(name)));
      await until(
        () => seen.changes.some(({ kind, path }) => kind === 'subtree' && path === name),
        'the folder',
      );
      await seen.forget();
      writeFileSync(encodeName(at(`${name}/file`)), '1');
      await seen.sees(`${name}/file`);
    });

    it('misses none of 20,000 files written at once into new folders', async () => {
      await seen.start(root);
      // By another process, so that the files come while the folders are being looked at.
      await promisify(execFile)(process.execPath, ['-e', WRITER, at('new')]);
      await seen.watch?.settle();
      if (!seen.overflows.includes('missed'))
        for (let file = 0; file < 20_000; file++)
          assert.ok(seen.covers(`new/${file % 100}/${Math.floor(file / 100)}`));
    });

    it('asks for a scan when so much happened that the system may have dropped some', async () => {
      await seen.start(root);
      // The queue of the kernel holds 16,384 events by default; nothing reads it in this loop.
      for (let file = 0; file < 20_000; file++) writeFileSync(at(`src/${file}`), '');
      await until(() => seen.overflows.includes('missed'), 'a request to scan');
      assert.equal(seen.watch?.mode, 'native');
    });
  }

  it('polls, and says so, when there are more folders than it may watch', async () => {
    await seen.start(root, { backend: 'folders', maxFolders: 2, pollMs: 5 });
    assert.deepEqual(seen.overflows, ['too-many-folders']);
    const { watch } = seen;
    assert.equal(watch?.mode, 'polling');
    assert.equal(await watch.settle(), false);
    await until(() => seen.overflows.filter((reason) => reason === 'poll').length >= 2, 'polls');
    rmSync(root, { recursive: true });
    await until(() => seen.gone, 'the end of the root');
  });
});
