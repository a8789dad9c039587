import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { z } from 'zod';
import type { SnapshotSummary } from '../../../agent/protocol/entities';
import { ExampleProgram } from '../../support/example-program';
import { SourceWorld } from '../../support/source-world';

const document = z.object({ owner: z.string(), balance: z.number() });

/** What each program moves between its accounts never gets more or less. */
describe('A program at work, as docs/examples has it', () => {
  let world: SourceWorld;
  let folder: string;
  const programs: ExampleProgram[] = [];

  beforeEach(async () => {
    world = new SourceWorld();
    folder = join(world.root, 'data');
    mkdirSync(folder);
    await world.start();
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) await program.kill();
    await world.remove();
  });

  function start(script: string, ...args: string[]): ExampleProgram {
    const program = new ExampleProgram(script, world.agent.home, [folder, ...args]);
    programs.push(program);
    return program;
  }

  /** Several backups while it writes, of which the last one counts; then it is killed. */
  async function backedUpAtWork(script: string, name: string): Promise<SnapshotSummary> {
    const program = start(script);
    const further = async (): Promise<void> => {
      const before = program.transfers;
      await world.until(`more transfers of ${script}`, () =>
        Promise.resolve(program.transfers > before || null),
      );
    };
    await world.until(`the registration of ${script}`, () =>
      world.source(name).then(
        () => program.transfers > 0 || null,
        () => null,
      ),
    );
    await world.backedUp(name);
    await further();
    await world.snapshot(name);
    await further();
    const { backups } = await world.client.call('backup/run', {
      kind: 'full',
      path: `source:${name}`,
    });
    await further();
    await program.kill();
    const [backup] = backups;
    assert.ok(backup !== undefined && backup.snapshot.files > 0);
    return backup.snapshot;
  }

  it('keeps a LevelDB store, which is lost, and has it back as it was at one moment', async () => {
    const snapshot = await backedUpAtWork('leveldb.mjs', 'leveldb-accounts');
    rmSync(folder, { recursive: true });
    const again = start('leveldb.mjs', 'idle');
    await world.until('the program', async () =>
      (await world.source('leveldb-accounts')).state.kind === 'ready' ? true : null,
    );
    const result = await world.restore(snapshot.id);
    assert.equal(result.verified, true);
    await again.kill();
    const db = new ClassicLevel(folder);
    const balances = (await db.values().all()).map(Number);
    await db.close();
    assert.equal(balances.length, 2000);
    assert.equal(sum(balances), 2000 * 100);
    assert.ok(balances.some((balance) => balance !== 100));
  });

  it('keeps a SQLite database in WAL mode, which is lost, and has it back as it was at one moment (needs sqlite3)', async function () {
    if (spawnSync('sqlite3', ['--version']).status !== 0) this.skip();
    const snapshot = await backedUpAtWork('sqlite.mjs', 'sqlite-accounts');
    rmSync(folder, { recursive: true });
    await world.restore(snapshot.id);
    const copy = join(folder, 'backup', 'accounts.db');
    assert.equal(sqlite(copy, 'PRAGMA integrity_check'), 'ok');
    const checks = 'SELECT count(*), sum(balance), max(balance) > 100 FROM account';
    assert.equal(sqlite(copy, checks), '500|50000|1');
  });

  it('has its SQLite database put in its place when it runs (needs sqlite3)', async function () {
    if (spawnSync('sqlite3', ['--version']).status !== 0) this.skip();
    const snapshot = await backedUpAtWork('sqlite.mjs', 'sqlite-accounts');
    sqlite(join(folder, 'accounts.db'), 'DELETE FROM account');
    start('sqlite.mjs', 'idle');
    await world.until('the program', async () =>
      (await world.source('sqlite-accounts')).state.kind === 'ready' ? true : null,
    );
    await world.restore(snapshot.id);
    const live = join(folder, 'accounts.db');
    assert.equal(sqlite(live, 'PRAGMA integrity_check'), 'ok');
    assert.equal(sqlite(live, 'SELECT sum(balance) FROM account'), '50000');
  });

  it('keeps a folder of JSON documents, which is lost, and has it back as it was at one moment', async () => {
    const snapshot = await backedUpAtWork('json-folder.mjs', 'json-accounts');
    rmSync(folder, { recursive: true });
    const result = await world.restore(snapshot.id);
    assert.equal(result.verified, true);
    const balances = readdirSync(folder).map(
      (name) => document.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))).balance,
    );
    assert.equal(balances.length, 50);
    assert.equal(sum(balances), 50 * 100);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function sqlite(path: string, sql: string): string {
  const { stdout, stderr } = spawnSync('sqlite3', [path, sql], { encoding: 'utf8' });
  return `${stdout}${stderr}`.trim();
}
