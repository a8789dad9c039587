import { inspect } from 'node:util';
import { join } from 'node:path';
import { applyRepair, planRepairOfAny } from '../../agent/repository/verify/repair';
import { Repository } from '../../agent/repository/repository';
import { verify } from '../../agent/repository/verify/verify';
import { systemClock } from '../../agent/support/clock';
import { silentLog } from '../../agent/support/log';
import { WorkerPool } from '../../agent/support/worker-pool';

/*
 * A program: opens stores one after the other, repairs each, and writes a line for each: `whole`,
 * or what is wrong with it. Arguments: the folder of keys, then the stores.
 */

async function openAndMend(path: string, keyFolder: string, pool: WorkerPool): Promise<string> {
  const common = { clock: systemClock, log: silentLog };
  const repository = await Repository.open({ ...common, path, keyFolder, codec: 'zstd' });
  try {
    const plan = await planRepairOfAny(repository, pool, common, (fn) => fn());
    if (plan.lost.size > 0) return `${String(plan.lost.size)} blobs are taken for lost`;
    if (!plan.report.ok) {
      if (plan.rebuildsCatalog) await repository.rebuildCatalog();
      await applyRepair(repository, plan);
    }
    const { errors, snapshots } = await verify(repository, pool, common);
    if (errors.length > 0) return JSON.stringify(errors);
    return snapshots === 2 ? 'whole' : `${String(snapshots)} snapshots`;
  } finally {
    await repository.close();
  }
}

async function main(keyFolder: string, stores: readonly string[]): Promise<void> {
  const script = join(__dirname, '../integration/repository/verify-worker.js');
  const pool = new WorkerPool({ script, size: 1 });
  for (const path of stores) {
    // LevelDB meets some damage only when it is closed: the next start must get over it.
    const line = await openAndMend(path, keyFolder, pool)
      .catch(() => openAndMend(path, keyFolder, pool))
      .catch((error: unknown) => inspect(error));
    process.stdout.write(`${line.replaceAll('\n', ' ')}\n`);
  }
  await pool.close();
}

const [keyFolder = '', ...stores] = process.argv.slice(2);
void main(keyFolder, stores);
