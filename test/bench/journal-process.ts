import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataProtectionLayer } from '../../agent/protection/data-protection-layer';
import { PacedWork } from '../../agent/protection/journal/paced-work';
import { ProtectedPlaces } from '../../agent/protection/protected-places';
import { Repository } from '../../agent/repository/repository';
import { systemClock } from '../../agent/support/clock';
import { silentLog } from '../../agent/support/log';
import { WorkerPool } from '../../agent/support/worker-pool';
import { ChangeSet } from '../../agent/worktrees/change-set';
import { Git } from '../../agent/worktrees/git';
import { watchTree } from '../../agent/worktrees/watch';

/**
 * Measures the journal over a folder, which it changes: `journal-process.js FOLDER COUNT`.
 * Prints one JSON object: milliseconds, as lists that whoever asked makes quantiles of.
 */
async function main(): Promise<void> {
  const [folder = '', count = '200'] = process.argv.slice(2);
  const scratch = mkdtempSync(join(tmpdir(), 'bulwark-bench-journal-'));
  const pool = new WorkerPool({ script: resolve(__dirname, '../../agent/main.js'), size: 2 });
  const clock = systemClock;
  const log = silentLog;
  const repository = await Repository.open({
    path: join(scratch, 'store'),
    keyFolder: join(scratch, 'keys'),
    codec: 'zstd',
    clock,
    log,
  });
  const protection = new DataProtectionLayer({
    repository,
    pool,
    git: new Git({ clock, log }),
    places: await ProtectedPlaces.load(join(scratch, 'protected.json')),
    limits: { patterns: [], maxFileBytes: 1024 ** 3 },
    settleMs: 500,
    home: join(scratch, 'home'),
    clock,
    log,
  });
  try {
    const started = clock.monotonic();
    await protection.protect(folder, {});
    const firstMs = clock.monotonic() - started;
    const times = await changeAndWait(protection, folder, Number(count));
    const result = { firstMs, append: appendTimes(), ...times };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await protection.close();
    await pool.close();
    await repository.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Of each change: ms, and bytes. */
interface Times {
  readonly fromWrite: number[];
  readonly fromEvent: number[];
  readonly storedBytes: number[];
}

/** One file after the other is changed; each change is waited for until it is durable. */
async function changeAndWait(
  protection: DataProtectionLayer,
  folder: string,
  count: number,
): Promise<Times> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/.git'))
    .map((entry) => join(entry.parentPath, entry.name));
  // A second watcher of the same kind tells when the first one does.
  let toldAt = 0;
  const watch = await watchTree({
    root: folder,
    ignore: ['.git'],
    onChange: () => (toldAt ||= performance.now()),
    onOverflow: () => undefined,
    onRootGone: () => undefined,
    clock: systemClock,
    log: silentLog,
  });
  const found: Times = { fromWrite: [], fromEvent: [], storedBytes: [] };
  try {
    for (let i = 0; i < count; i++) {
      const file = files[(i * 7919) % files.length] ?? '';
      const durable = new Promise<number>((done) => {
        const subscription = protection.onEvent.on((event) => {
          if (event.kind !== 'journal-written') return;
          subscription.dispose();
          done(event.record.storedBytes);
        });
      });
      toldAt = 0;
      const wroteAt = performance.now();
      appendFileSync(file, '\n');
      found.storedBytes.push(await durable);
      const now = performance.now();
      found.fromWrite.push(now - wroteAt);
      found.fromEvent.push(toldAt === 0 ? 0 : now - toldAt);
      // Let the automatic snapshot pass, so that each change is measured alone.
      if (i % 10 === 9) await systemClock.sleep(700);
    }
  } finally {
    await watch.close();
  }
  return found;
}

/** What an event costs whoever tells of it: noting what changed, and asking for a turn. */
function appendTimes(): number[] {
  const changes = new ChangeSet();
  const work = new PacedWork({ run: () => Promise.resolve(0), rest: 1, clock: systemClock });
  const times: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const path = `folder ${String(i % 300)}`;
    const start = performance.now();
    changes.add({ kind: 'entries', path, names: new Set([`file ${String(i)}`]) });
    work.ask();
    times.push(performance.now() - start);
  }
  work.close();
  return times;
}

void main();
