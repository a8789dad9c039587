import { ID_BYTES, toBlobId } from '../../repository/blob-id';
import { parseRecord } from '../../repository/packs/index-pack';
import type { Repository } from '../../repository/repository';
import { BLOB_ROW_BYTES, type PackFindings } from '../../repository/verify/verify-pack';
import type { Pace } from './pace';

/** So many blobs are looked up before others have a turn. */
const LOOKUPS = 2000;

/**
 * Whether the catalog finds everything that was read in a pack, there or in another place.
 * @param covered bytes of the pack that it knew before the reading began
 */
export async function catalogKnows(
  repository: Repository,
  packId: string,
  findings: Pick<PackFindings, 'rows' | 'records'>,
  { covered, pace }: { covered: number; pace: Pace },
): Promise<boolean> {
  const { catalog } = repository;
  const { buffer, byteOffset, byteLength } = findings.rows;
  const rows = Buffer.from(buffer, byteOffset, byteLength);
  // One that was collected meanwhile is no more.
  const isGone = (): boolean => catalog.pack(packId) === null;
  for (let at = 0, done = 1; at < rows.length; at += BLOB_ROW_BYTES, done++) {
    if (done % LOOKUPS === 0) await pace.rest(0);
    if (rows.readUInt32LE(at + ID_BYTES) >= covered) continue;
    const location = catalog.find(toBlobId(rows, at));
    const isRight =
      location !== null &&
      (location.pack !== packId ||
        (location.frameOffset === rows.readUInt32LE(at + ID_BYTES) &&
          location.offset === rows.readUInt32LE(at + ID_BYTES + 8)));
    if (!isRight && !isGone()) return false;
  }
  for (const { offset, json } of findings.records) {
    // One that was read may just be on its way into the catalog.
    if (offset >= covered) continue;
    const record = parseRecord(Buffer.from(json, 'utf8'));
    if (record !== null && !(await catalog.hasRecord(record)) && !isGone()) return false;
  }
  return true;
}
