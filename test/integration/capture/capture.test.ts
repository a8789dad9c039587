import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { FOLDER } from '../../../agent/worktrees/change-set';
import { CaptureBench, startWorkers } from './store-for-test';

describe('a snapshot of a folder', () => {
  const pool = startWorkers();
  let bench: CaptureBench;
  const at = (path: string): string => join(bench.tree, path);

  beforeEach(async () => {
    bench = await CaptureBench.open(pool);
    await mkdir(bench.tree);
  });
  afterEach(() => bench.close());
  after(() => pool.close());

  it('holds every file, link and empty folder, with mode and time', async () => {
    await mkdir(at('empty'));
    await mkdir(at('src/deep'), { recursive: true });
    await writeFile(at('src/deep/a.txt'), 'alpha');
    await writeFile(at('nothing'), '');
    await writeFile(at('run.sh'), '#!/bin/sh\n');
    await chmod(at('run.sh'), 0o755);
    await utimes(at('run.sh'), 1_500_000_000, 1_500_000_000.25);
    await symlink('src/deep/a.txt', at('link'));
    await symlink('/nowhere', at('dangling'));

    const flat = await bench.flat(await bench.capture());

    assert.deepEqual(
      [...flat].map(([path, { kind, content }]) => [path, kind, content]),
      [
        ['dangling', 'link', '/nowhere'],
        ['empty', 'folder', null],
        ['link', 'link', 'src/deep/a.txt'],
        ['nothing', 'file', ''],
        ['run.sh', 'file', '#!/bin/sh\n'],
        ['src', 'folder', null],
        ['src/deep', 'folder', null],
        ['src/deep/a.txt', 'file', 'alpha'],
      ],
    );
    assert.equal(flat.get('run.sh')?.mode, 0o755);
    assert.equal(flat.get('run.sh')?.mtime, 1_500_000_000_250_000_000n);
  });

  it('keeps names with spaces, newlines, emoji and bytes that are no UTF-8', async () => {
    const raw = Buffer.concat([Buffer.from(`${bench.tree}/`), Buffer.from([0x66, 0xff, 0x80])]);
    await writeFile(raw, 'raw');
    await writeFile(at('two words\nand 🎉'), 'x');
    const flat = await bench.flat(await bench.capture());
    assert.equal(flat.get('f\udcff\udc80')?.content, 'raw');
    assert.equal(flat.get('two words\nand 🎉')?.content, 'x');
  });

  it('keeps large files whole, and stores a repeated one once', async () => {
    const big = Buffer.alloc(3 * 1024 * 1024 + 17);
    for (let i = 0; i < big.length; i += 4)
      big.writeUInt32LE((i * 2654435761) >>> 0, Math.min(i, big.length - 4));
    await writeFile(at('big.bin'), big);
    const first = await bench.capture();
    assert.equal((await bench.flat(first)).get('big.bin')?.content, big.toString('latin1'));
    await writeFile(at('copy.bin'), big);
    const second = await bench.capture();
    assert.equal(second.newBytes, 0);
    assert.equal((await bench.flat(second)).get('copy.bin')?.content, big.toString('latin1'));
  });

  it('tells what it left out and why', async () => {
    await mkdir(at('node_modules/x'), { recursive: true });
    await mkdir(at('rust/target'), { recursive: true });
    await writeFile(at('rust/Cargo.toml'), '');
    await mkdir(at('cache'));
    await writeFile(at('cache/CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55');
    await mkdir(at('target'));
    await writeFile(at('target/kept.txt'), 'mine');
    await writeFile(at('huge'), Buffer.alloc(16 * 1024 * 1024 + 1));
    execFileSync('mkfifo', [at('pipe')]);
    const record = await bench.capture();
    const flat = await bench.flat(record);
    const why = (path: string): string | null | undefined => flat.get(path)?.content;
    assert.equal(why('node_modules'), 'regenerable: node_modules');
    assert.equal(why('rust/target'), 'regenerable: target beside Cargo.toml');
    assert.equal(why('cache'), 'regenerable: CACHEDIR.TAG');
    assert.equal(why('target/kept.txt'), 'mine');
    assert.equal(why('huge'), 'too-large: 16777216');
    assert.equal(why('pipe'), 'special-file: pipe');
    assert.equal(record.roots[0]?.totals.excluded, 5);
  });

  it('sees a repository inside as a worktree of its own', async () => {
    await mkdir(at('inner/.git'), { recursive: true });
    await writeFile(at('inner/file'), 'x');
    const flat = await bench.flat(await bench.capture());
    assert.equal(flat.get('inner')?.kind, 'nested');
    assert.equal(flat.has('inner/file'), false);
    assert.deepEqual(bench.nested, [at('inner')]);
  });

  it('reads only what changed, and finds every kind of change', async () => {
    await mkdir(at('a/b'), { recursive: true });
    await mkdir(at('c'));
    await writeFile(at('a/b/one'), '1');
    await writeFile(at('a/two'), '2');
    await writeFile(at('c/three'), '3');
    await bench.capture();
    await writeFile(at('a/b/one'), 'changed');
    await rm(at('c'), { recursive: true });
    await rename(at('a/two'), at('two'));
    await mkdir(at('new/deep'), { recursive: true });
    await writeFile(at('new/deep/four'), '4');
    const told = new Map([
      ['', FOLDER],
      ['a', FOLDER],
      ['a/b', FOLDER],
    ]);
    const record = await bench.capture(told);
    const flat = await bench.flat(record);
    assert.deepEqual(
      [...flat.keys()],
      ['a', 'a/b', 'a/b/one', 'new', 'new/deep', 'new/deep/four', 'two'],
    );
    assert.equal(flat.get('a/b/one')?.content, 'changed');
    assert.deepEqual(record.roots, (await bench.capture()).roots);
  });

  it('sees a file that changes twice within one tick of the clock', async () => {
    for (let round = 0; round < 20; round++) {
      await writeFile(at('fast'), `${String(round)} a`);
      await bench.capture();
      await writeFile(at('fast'), `${String(round)} b`);
      const flat = await bench.flat(await bench.capture());
      assert.equal(flat.get('fast')?.content, `${String(round)} b`);
    }
  });

  it('shares what two snapshots have in common, and costs nothing when nothing changed', async () => {
    await mkdir(at('src'));
    await writeFile(at('src/a'), 'a'.repeat(5000));
    const first = await bench.capture();
    const second = await bench.capture();
    assert.deepEqual(second.roots, first.roots);
    assert.equal(second.newBytes, 0);
  });

  it('never changes what it reads', async () => {
    await mkdir(at('src'));
    await writeFile(at('src/a'), 'content');
    const look = async (): Promise<string[]> => {
      const seen: string[] = [];
      for (const path of await readdir(bench.tree, { recursive: true })) {
        const { mtimeMs, ctimeMs, mode } = await lstat(at(path));
        seen.push(`${path} ${String(mtimeMs)} ${String(ctimeMs)} ${String(mode)}`);
      }
      return seen;
    };
    const before = await look();
    await bench.capture();
    assert.deepEqual(await look(), before);
    assert.equal(await readFile(at('src/a'), 'utf8'), 'content');
  });
});
