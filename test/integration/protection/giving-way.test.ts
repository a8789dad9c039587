import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataProtectionLayer } from '../../../agent/protection/data-protection-layer';
import { ProtectedPlaces } from '../../../agent/protection/protected-places';
import { Repository } from '../../../agent/repository/repository';
import { systemClock } from '../../../agent/support/clock';
import { silentLog } from '../../../agent/support/log';
import { UNORDERED } from '../../../agent/support/operations';
import { WorkerPool } from '../../../agent/support/worker-pool';
import { Git } from '../../../agent/worktrees/git';
import { until } from '../worktrees/until';

describe('while another folder is restored', () => {
  let root: string;
  let folder: string;
  let repository: Repository;
  let pool: WorkerPool;
  let protection: DataProtectionLayer;
  let restoring: boolean;
  let events: string[];

  beforeEach(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bulwark-giving-way-')));
    folder = join(root, 'notes');
    const home = join(root, 'home');
    for (const path of [folder, home]) mkdirSync(path);
    writeFileSync(join(folder, 'a.txt'), 'first');
    const common = { clock: systemClock, log: silentLog };
    repository = await Repository.open({
      ...common,
      path: join(home, 'store'),
      keyFolder: join(home, 'keys'),
      codec: 'zstd',
    });
    pool = new WorkerPool({ script: resolve(__dirname, '../../../agent/main.js'), size: 2 });
    restoring = false;
    events = [];
    protection = new DataProtectionLayer({
      ...common,
      repository,
      pool,
      git: new Git(common),
      places: await ProtectedPlaces.load(join(home, 'protected.json')),
      limits: { patterns: [], maxFileBytes: 1024 * 1024 },
      settleMs: 50,
      home,
      operations: { ...UNORDERED, restoresBeside: () => restoring },
    });
    await protection.protect(folder, {});
    protection.onEvent.on(({ kind }) => {
      if (kind === 'journal-written' || kind === 'snapshot-created') events.push(kind);
    });
  });
  afterEach(async () => {
    await protection.close();
    await pool.close();
    await repository.close();
    await rm(root, { recursive: true, force: true });
  });

  it('the journal goes on, and the snapshot that nobody asked for comes afterwards', async () => {
    restoring = true;
    for (const text of ['second', 'third', 'fourth']) {
      const before = events.length;
      writeFileSync(join(folder, 'a.txt'), text);
      await until(() => events.length > before, `a moment with "${text}"`);
    }
    assert.ok(!events.includes('snapshot-created'), events.join(' '));
    restoring = false;
    await until(() => events.includes('snapshot-created'), 'a snapshot');
  });

  it('a snapshot that somebody asks for is taken at once', async () => {
    restoring = true;
    const guard = await protection.guardOf(folder);
    writeFileSync(join(folder, 'a.txt'), 'second');
    const record = await protection.snapshot(guard, { kind: 'manual', label: null });
    assert.equal(guard.newest?.id, record.id);
  });
});
