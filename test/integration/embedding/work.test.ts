import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Emergency, RestoreResult, Snapshot } from '../../../agent/embedding/views';
import { write } from '../../support/journal-world';
import { git } from '../../support/restore-world';
import { EmbeddedWorld, until } from './embedded-world';

describe('What is kept in the process of a program', () => {
  let world: EmbeddedWorld;
  beforeEach(() => {
    // What is done to the files is not faster than elsewhere.
    world = new EmbeddedWorld({ times: 1 });
  });
  afterEach(() => world.close());

  it('is work that disappears from a worktree: the program is told, and has it back', async () => {
    const repository = join(world.folder, 'repository');
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`draft-${String(n)}.txt`, `draft ${String(n)}`]),
    );
    write(repository, files);
    git(repository, 'init', '-q');
    const system = await world.open();
    const lost: Snapshot[] = [];
    const restored: RestoreResult[] = [];
    let snapshots = 0;
    system.hardeningManager.on('data_lost', ({ before }) => {
      lost.push(before);
    });
    system.hardeningManager.on('restore_completed', ({ restore }) => {
      restored.push(restore);
    });
    system.hardeningManager.on('snapshot_created', () => {
      snapshots += 1;
    });
    assert.deepEqual(await system.dataProtection.protect(repository), [repository]);
    assert.ok(snapshots > 0);
    for (const name of Object.keys(files)) rmSync(join(repository, name));
    await until('the loss to be told', () => lost.length > 0);
    assert.equal(lost[0]?.of, repository);
    await system.dataProtection.restore(lost[0].id);
    assert.equal(readFileSync(join(repository, 'draft-7.txt'), 'utf8'), 'draft 7');
    assert.equal(readdirSync(repository).length, 21);
    assert.deepEqual(
      restored.map(({ target, verified }) => ({ target, verified })),
      [{ target: repository, verified: true }],
    );
  });

  it('is saved in an emergency, which the program is told of', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`draft-${String(n)}.txt`, `draft ${String(n)}`]),
    );
    const system = await world.open();
    const told: Emergency[] = [];
    system.hardeningManager.on('emergency_activated', ({ emergency }) => {
      told.push(emergency);
    });
    const folders = ['one', 'two'].map((name) => join(world.folder, name));
    for (const folder of folders) {
      write(folder, files);
      await system.dataProtection.protect(folder);
    }
    for (const folder of folders) for (const name of Object.keys(files)) rmSync(join(folder, name));
    await until('the emergency to be told', () => told.length > 0);
    assert.equal(told[0]?.trigger, 'mass-deletion');
    assert.equal(told[0].endedAt, null);
  });

  it('outlives a program that is killed in the middle of its work', async () => {
    const script = join(__dirname, 'killed-process.js');
    const program = spawn(process.execPath, [script, world.home], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    program.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until('ten backups', () => said.split('\n').length > 10);
    const gone = once(program, 'exit');
    program.kill('SIGKILL');
    await gone;
    const told = said.split('\n').slice(0, -1);
    const system = await world.open();
    const kept = await system.dataProtection.snapshots('ledger', 1_000);
    const ids = new Set(kept.map(({ id }) => id));
    assert.deepEqual(
      told.filter((id) => !ids.has(id)),
      [],
      'all that was confirmed',
    );
    const to = join(world.folder, 'back');
    await system.dataProtection.restore(kept[0]?.id ?? '', to);
    const values = readdirSync(to, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => Number(readFileSync(join(parentPath, name), 'utf8')));
    assert.equal(
      values.reduce((sum, one) => sum + one, 0),
      200,
      values.join(),
    );
  });
});
