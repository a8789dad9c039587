import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { cli, startCli } from '../../support/cli-run';
import { flipBit } from '../repository/store-fixture';
import { errorIn } from '../../support/cli-fixture';
import { git } from '../../support/restore-world';

const PASSPHRASE = 'correct horse battery';
const snapshotShape = z.object({ id: z.string(), storedBytes: z.int() });
const keyShape = z.object({ key: z.string() });
const rotatedShape = z.object({ recoveryKey: z.string(), older: z.int() });
const recoveredShape = z.object({
  standing: z.enum(['newest', 'older']),
  packs: z.int(),
  leftBehind: z.int(),
  verified: z.boolean(),
  movedTo: z.string().nullable(),
  sources: z.array(
    z.object({ path: z.string(), snapshots: z.int(), newest: z.object({ id: z.string() }) }),
  ),
});

describe('bulwark, when the machine is lost', () => {
  let folder: string;
  let work: string;
  let mirror: string;
  let home: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'bulwark-recover-')));
    work = join(folder, 'work');
    mirror = join(folder, 'disk', 'mirror');
    home = join(folder, 'home');
    await mkdir(work);
    await mkdir(join(folder, 'disk'));
    await mkdir(home, { mode: 0o700 });
    await writeFile(join(work, 'notes.txt'), 'what I know\n'.repeat(100));
  });
  afterEach(async () => {
    await bulwark(z.object({}), 'stop');
    await rm(folder, { recursive: true, force: true });
  });

  const options = (): { home: string; cwd: string; agentScript: string } => ({
    home,
    cwd: work,
    agentScript: resolve(__dirname, '../../../agent/main.js'),
  });
  /** Runs a command that must succeed, and checks the object it printed. */
  async function bulwark<T>(shape: z.ZodType<T>, ...argv: string[]): Promise<T> {
    const { code, stdout, stderr } = await cli([...argv, '--json'], options());
    assert.equal(code, 0, stdout + stderr);
    return shape.parse(JSON.parse(stdout));
  }
  async function failing(...argv: string[]): Promise<{ reason: string; message: string }> {
    const { code, stdout } = await cli([...argv, '--json'], options());
    assert.notEqual(code, 0);
    return errorIn(JSON.parse(stdout));
  }
  async function secretFile(text: string): Promise<string> {
    const path = join(folder, 'secret.txt');
    await writeFile(path, `${text}\n`, { mode: 0o600 });
    return path;
  }
  const newMachine = async (): Promise<void> => {
    await bulwark(z.object({}), 'stop');
    await rename(home, join(folder, 'lost'));
    await rename(work, join(folder, 'lost-work'));
    await mkdir(work);
  };

  it('gets everything back from a replica and the recovery key alone, whatever codec it was kept with', async () => {
    for (const codec of ['gzip', 'lz4', 'none', 'zstd']) {
      await writeFile(join(home, 'settings.json'), JSON.stringify({ codec }));
      await bulwark(z.object({}), 'start', work);
      await writeFile(join(work, `${codec}.txt`), `kept with ${codec}\n`.repeat(1000));
      const { storedBytes } = await bulwark(snapshotShape, 'snapshot');
      assert.equal(storedBytes > 15_000, codec === 'none', `${codec}: ${String(storedBytes)}`);
      if (codec !== 'zstd') await bulwark(z.object({}), 'stop');
    }
    const kept = await bulwark(snapshotShape, 'snapshot', '--label', 'the last one');
    await bulwark(z.object({}), 'replica', 'add', mirror);
    const { key } = await bulwark(keyShape, 'key', 'export');
    await newMachine();

    const wrong = await secretFile(key.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')));
    const from = ['store', 'recover', '--from', mirror];
    const mistyped = await failing(...from, '--recovery-key-file', wrong);
    assert.equal(mistyped.reason, 'wrong-key');
    assert.match(mistyped.message, /group 1 /);
    await assert.rejects(readdir(home));

    const file = await secretFile(key);
    const recovered = await bulwark(recoveredShape, ...from, '--recovery-key-file', file);
    assert.deepEqual(
      [recovered.verified, recovered.standing, recovered.leftBehind, recovered.movedTo],
      [true, 'newest', 0, null],
    );
    assert.deepEqual(
      recovered.sources.map(({ path, newest }) => [path, newest.id]),
      [[work, kept.id]],
    );
    await bulwark(z.object({}), 'restore', kept.id, '--to', work, '--yes');
    assert.deepEqual((await readdir(work)).sort(), [
      'gzip.txt',
      'lz4.txt',
      'none.txt',
      'notes.txt',
      'zstd.txt',
    ]);
    assert.equal(await readFile(join(work, 'gzip.txt'), 'utf8'), 'kept with gzip\n'.repeat(1000));
    // The replica goes on being one of the store's.
    await bulwark(z.object({}), 'replica', 'add', mirror);
  });

  it('gives a worktree back with its commits, its index and what was not committed', async () => {
    git(work, 'init', '-q', '-b', 'main');
    git(work, 'add', '.');
    git(work, 'commit', '-q', '-m', 'what I know');
    await writeFile(join(work, 'notes.txt'), 'what I have learned\n');
    await writeFile(join(work, 'staged.txt'), 'half way\n');
    git(work, 'add', 'staged.txt');
    const state = git(work, 'status', '--porcelain');
    await bulwark(z.object({}), 'start', work);
    const kept = await bulwark(snapshotShape, 'snapshot');
    await bulwark(z.object({}), 'replica', 'add', mirror);
    const { key } = await bulwark(keyShape, 'key', 'export');
    await newMachine();
    await rmdir(work);
    const file = await secretFile(key);
    const recover = ['store', 'recover', '--from', mirror, '--recovery-key-file', file];
    const { stdout } = await cli(recover, { ...options(), cwd: folder });
    assert.match(stdout, new RegExp(`bulwark restore ${kept.id.slice(0, 10)}$`, 'm'));
    await cli(['restore', kept.id, '--yes'], { ...options(), cwd: folder });
    assert.equal(git(work, 'log', '--format=%s'), 'what I know');
    assert.equal(git(work, 'status', '--porcelain'), state);
    assert.equal(await readFile(join(work, 'notes.txt'), 'utf8'), 'what I have learned\n');
  });

  it('opens with an old recovery key what was written before the rotation, and says what it does not', async () => {
    await bulwark(z.object({}), 'start', work);
    const early = await bulwark(snapshotShape, 'snapshot');
    const { key: old } = await bulwark(keyShape, 'key', 'export');
    const rotated = await bulwark(rotatedShape, 'key', 'rotate');
    assert.equal(rotated.older, 1);
    await writeFile(join(work, 'later.txt'), 'written with the new key\n');
    const late = await bulwark(snapshotShape, 'snapshot');
    await bulwark(z.object({}), 'replica', 'add', mirror);
    await newMachine();
    const from = ['store', 'recover', '--from', mirror, '--recovery-key-file'];
    const part = await bulwark(recoveredShape, ...from, await secretFile(old));
    assert.equal(part.standing, 'older');
    assert.ok(part.leftBehind > 0);
    assert.deepEqual(part.sources[0]?.newest.id, early.id);

    const again = [...from, await secretFile(rotated.recoveryKey)];
    assert.equal((await failing(...again)).reason, 'store-exists');
    const whole = await bulwark(recoveredShape, ...again, '--replace');
    assert.deepEqual([whole.standing, whole.verified], ['newest', true]);
    assert.deepEqual(whole.sources[0]?.newest.id, late.id);
    assert.ok((await readdir(join(whole.movedTo ?? '', 'packs'))).length > 0);
  });

  it('goes on with a recovery that was cut short, and a new store of this machine is not in its way', async () => {
    await bulwark(z.object({}), 'start', work);
    const kept = await bulwark(snapshotShape, 'snapshot');
    await bulwark(z.object({}), 'replica', 'add', mirror);
    const { key } = await bulwark(keyShape, 'key', 'export');
    await newMachine();
    // What a killed recovery leaves: packs beside the store's place, one of them half written.
    const [pack = ''] = await readdir(join(mirror, 'packs'));
    const collecting = join(home, 'store.recovering', 'packs');
    await mkdir(collecting, { recursive: true });
    await writeFile(join(collecting, `${pack}.0123456789ab.part`), 'half');
    // An editor has started an agent meanwhile.
    await bulwark(z.object({}), 'start', work);
    const file = await secretFile(key);
    const again = ['store', 'recover', '--from', mirror, '--recovery-key-file', file, '--replace'];
    assert.match((await failing(...again)).message, /an agent runs/);
    await bulwark(z.object({}), 'stop');
    const recovered = await bulwark(recoveredShape, ...again);
    assert.deepEqual([recovered.verified, recovered.sources[0]?.newest.id], [true, kept.id]);
    assert.ok(!(await readdir(home)).includes('store.recovering'));
    assert.deepEqual(
      (await readdir(join(home, 'store', 'packs'))).filter((name) => !name.endsWith('.pack')),
      [],
    );
  });

  it('restores everything from a store in which a pack is damaged and another one is gone', async () => {
    await writeFile(join(work, 'large.bin'), randomBytes(3 * 1024 * 1024));
    const large = await readFile(join(work, 'large.bin'));
    await bulwark(z.object({}), 'start', work);
    await bulwark(snapshotShape, 'snapshot');
    await bulwark(z.object({}), 'stop');
    await writeFile(join(work, 'later.txt'), 'in another pack\n');
    const kept = await bulwark(snapshotShape, 'snapshot');
    await bulwark(z.object({}), 'replica', 'add', mirror);
    await bulwark(z.object({}), 'stop');
    await bulwark(z.object({}), 'replica', 'sync');
    const packs = join(home, 'store', 'packs');
    const sizes = await Promise.all(
      (await readdir(packs)).map(async (name) => ({
        path: join(packs, name),
        bytes: (await stat(join(packs, name))).size,
      })),
    );
    const [largest, other] = sizes.sort((a, b) => b.bytes - a.bytes);
    await flipBit(largest?.path ?? '', 500_000);
    await flipBit(largest?.path ?? '', 2_000_000);
    await rm(other?.path ?? '');
    const target = join(folder, 'restored');
    await bulwark(z.object({}), 'restore', kept.id, '--to', target, '--yes');
    assert.deepEqual(await readFile(join(target, 'large.bin')), large);
    assert.equal(await readFile(join(target, 'later.txt'), 'utf8'), 'in another pack\n');
    await bulwark(z.object({ ok: z.literal(true) }), 'verify');
    assert.ok((await readdir(join(home, 'store', 'quarantine'))).length > 0);
  });

  it('asks for the passphrase on the terminal, unseen, and without one says what is needed', async () => {
    await bulwark(z.object({}), 'start', work);
    const file = await secretFile(PASSPHRASE);
    await bulwark(z.object({}), 'key', 'passphrase', '--new-passphrase-file', file);
    await bulwark(z.object({}), 'stop');
    const locked = await failing('start', work);
    assert.equal(locked.reason, 'key-locked');
    assert.match(locked.message, /needs its passphrase/);

    const run = startCli(['store', 'stats'], { ...options(), tty: true });
    await run.stderr.waitFor('Passphrase of the store:');
    run.stdin.write('wrong one\n');
    await run.stderr.waitFor('That is not it.');
    run.stdin.write(`${PASSPHRASE}\n`);
    assert.equal(await run.code, 0, run.stderr.text);
    assert.ok(!run.stderr.text.includes(PASSPHRASE));
    await bulwark(z.object({}), 'stop');

    const env = { BULWARK_PASSPHRASE_FILE: file };
    const { code, stderr } = await cli(['start', work], { ...options(), env });
    assert.equal(code, 0, stderr);
    const denied = await failing(
      'key',
      'rotate',
      '--passphrase-file',
      await secretFile('wrong one'),
    );
    assert.equal(denied.reason, 'wrong-key');
    const proof = ['--passphrase-file', await secretFile(PASSPHRASE)];
    assert.equal((await bulwark(rotatedShape, 'key', 'rotate', ...proof)).older, 1);
    await bulwark(z.object({}), 'key', 'file', ...proof);
    await bulwark(z.object({}), 'stop');
    await bulwark(z.object({}), 'start', work);
  });

  it('opens the store again with the recovery key when the key file is lost', async () => {
    await bulwark(z.object({}), 'start', work);
    const kept = await bulwark(snapshotShape, 'snapshot');
    const { key } = await bulwark(keyShape, 'key', 'export');
    await bulwark(z.object({}), 'stop');
    await rm(join(home, 'keys'), { recursive: true });
    assert.equal((await failing('start', work)).reason, 'key-missing');
    const file = await secretFile(key);
    await bulwark(z.object({}), 'key', 'import', '--recovery-key-file', file);
    await bulwark(z.object({ ok: z.literal(true) }), 'verify');
    await bulwark(z.object({}), 'show', kept.id);
  });
});
