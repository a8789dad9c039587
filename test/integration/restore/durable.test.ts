import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { RestoreWorld } from '../../support/restore-world';

// Elsewhere each file is synced by itself.
if (process.platform === 'linux')
  describe('a restore that says that it is done', () => {
    let world: RestoreWorld;
    let log: string;
    const { PATH: path } = process.env;

    beforeEach(async () => {
      world = await RestoreWorld.open();
      log = join(world.root, 'synced');
      const tools = join(world.root, 'tools');
      mkdirSync(tools);
      const records = join(world.root, 'bulwark', 'restores');
      // What is there when the file system is told to write it.
      const look = `#!/bin/sh\nls "${join(world.root, 'out')}" "${records}" >> "${log}" 2>&1\n`;
      writeFileSync(join(tools, 'sync'), look);
      chmodSync(join(tools, 'sync'), 0o755);
      process.env['PATH'] = `${tools}${delimiter}${path ?? ''}`;
    });
    afterEach(async () => {
      process.env['PATH'] = path;
      await world.close();
    });

    it('has its files on the disk, also where there was nothing before', async () => {
      const folder = join(world.root, 'work');
      mkdirSync(folder);
      writeFileSync(join(folder, 'note.txt'), 'a note\n');
      const snapshot = await world.snapshot(folder);
      const to = join(world.root, 'out');
      const engine = world.engine((step) => {
        if (step === 'committed') assert.ok(existsSync(log), 'it was synced before');
        return Promise.resolve();
      });
      const plan = await engine.plan({ snapshot, to, withGitState: false });
      await engine.apply(plan.id);
      const seen = readFileSync(log, 'utf8');
      assert.match(seen, /note\.txt/, 'when all was in its place');
      assert.match(seen, /\.json/, 'and when a crash would still have finished it');
    });
  });

describe('a start after a crash', () => {
  it('removes the record of a restore that was only half written', async () => {
    const world = await RestoreWorld.open();
    const records = join(world.root, 'bulwark', 'restores');
    mkdirSync(records);
    writeFileSync(join(records, 'abc.json.0123.tmp'), '{"half');
    assert.equal(await world.engine().recover(), 0);
    assert.deepEqual(readdirSync(records), []);
    await world.close();
  });
});
