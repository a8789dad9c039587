import type { Repository } from '../../repository/repository';
import type { Loss } from './loss';

/** Losses that were told and of which nothing was restored since, the newest of each source. */
export async function openLosses({ catalog }: Repository): Promise<Loss[]> {
  const operations = await catalog.operations(Number.MAX_SAFE_INTEGER);
  const open = new Map<string, { sequence: number; loss: Loss }>();
  for (const { loss, target, sequence } of (await catalog.pins()).values()) {
    if (loss === undefined) continue;
    const record = (await catalog.snapshot(target)) ?? (await catalog.journal.moment(target));
    if (record === null || (open.get(record.source.id)?.sequence ?? 0) > sequence) continue;
    open.set(record.source.id, { sequence, loss: { ...loss, record } });
  }
  return [...open.values()].flatMap(({ sequence, loss }) => {
    const since = operations.filter((operation) => operation.sequence > sequence);
    return since.some((operation) => operation.target === loss.record.source.path) ? [] : [loss];
  });
}
