import { z } from 'zod';
import type { Catalog } from '../catalog/catalog';
import { parseRecord } from '../packs/index-pack';

/** A record that is not of this version: it is kept as it is, whoever wrote it knows why. */
const typed = z.object({ type: z.string() });

/**
 * Whether a record still counts, so that it must be copied before its pack goes. What this version
 * does not know counts.
 * @param plain the record's bytes
 */
export function recordCounts(catalog: Catalog, plain: Buffer): boolean {
  const record = parseRecord(plain);
  if (record === null) return typed.safeParse(parsed(plain)).success;
  switch (record.type) {
    case 'snapshot':
    case 'journal':
      return !catalog.garbage.isForgotten(record.id);
    case 'forget':
      // As long as the record of one of them lies in some pack, it must not come back.
      return record.snapshots.some((id) => catalog.garbage.isForgotten(id));
    case 'tombstone':
      return catalog.garbage.tombstones.has(record.pack);
    case 'operation':
    case 'pin':
    case 'data-source':
      return true;
  }
}

function parsed(plain: Buffer): unknown {
  try {
    return JSON.parse(plain.toString('utf8'));
  } catch {
    return null;
  }
}
