import { BulwarkError } from '../../support/errors';
import type { CatalogChange } from '../catalog/catalog-change';
import { commitFromOf, unfinishedFrom, type SeenFrame } from './commit-group';
import type { IndexedFrame } from './pack-index';
import { indexFrame, type PackReader, type ReadFrame } from './pack-reader';
import { PACK_HEADER_BYTES } from './pack-header';
import { storeRecord, type StoreRecord } from '../record';

/** What a pack holds, read from the pack itself. */
export interface PackContents {
  readonly frames: readonly IndexedFrame[];
  readonly records: readonly StoreRecord[];
  readonly sealed: boolean;
  /** Where what counts ends, bytes: of an open pack, after its last whole frame or commit. */
  readonly end: number;
  /** Offsets at which something did not verify. */
  readonly damaged: readonly number[];
}

/**
 * Reads what a pack holds: from its index when it is sealed, else frame by frame.
 * A frame that does not verify hides nothing but itself; a torn tail is the end.
 * @param from offset to begin at, for a pack of which the beginning is known
 */
export async function indexPack(
  reader: PackReader,
  from = PACK_HEADER_BYTES,
): Promise<PackContents> {
  const index = await reader.readIndex();
  const start = Math.max(from, PACK_HEADER_BYTES);
  if (index === null) return walk(reader, start);
  const frames = index.filter((frame) => frame.offset >= start);
  const records: StoreRecord[] = [];
  const damaged: number[] = [];
  for (const { type, offset, length } of frames) {
    if (type !== 'record') continue;
    const frame = await readOrNull(reader, offset, length);
    if (frame === null) damaged.push(offset);
    else keepRecord(frame, records, damaged);
  }
  return { frames, records, sealed: true, end: await reader.size(), damaged };
}

/** Lets the catalog know what a pack holds. */
export async function addContents(
  change: CatalogChange,
  packId: string,
  { frames, records, sealed, end }: PackContents,
): Promise<void> {
  for (const frame of frames) change.addFrame(packId, frame);
  for (const record of records) change.addRecord(record, packId);
  change.coverPack(packId, end, sealed);
  await change.write();
}

async function walk(reader: PackReader, start: number): Promise<PackContents> {
  const frames: IndexedFrame[] = [];
  const records: StoreRecord[] = [];
  const damaged: number[] = [];
  const size = await reader.size();
  const seen: (SeenFrame & { readonly end: number })[] = [];
  const numbers: number[] = [];
  let at: number | null = start;
  let end = start;
  while (at !== null && at < size) {
    for await (const frame of reader.frames(at)) {
      const indexed = indexFrame(frame);
      if (indexed !== null) frames.push(indexed);
      const isRecord = frame.header.type === 'record';
      const commitFrom = isRecord ? commitFromOf(frame.plain) : null;
      end = frame.offset + frame.length;
      seen.push({ number: frame.header.number, commitFrom, end });
      const before = records.length;
      if (isRecord) keepRecord(frame, records, damaged);
      if (records.length > before) numbers.push(frame.header.number);
      at = end;
    }
    if (at >= size) break;
    damaged.push(at);
    at = await reader.nextFrameAfter(at);
  }
  const from = unfinishedFrom(seen);
  if (from === null) return { frames, records, sealed: false, end, damaged };
  const unfinishedAt = seen.filter(({ number }) => number < from).at(-1)?.end ?? start;
  return {
    frames: frames.filter(({ offset }) => offset < unfinishedAt),
    records: records.filter((_, i) => (numbers[i] ?? 0) < from),
    sealed: false,
    end: unfinishedAt,
    damaged: damaged.filter((offset) => offset < unfinishedAt),
  };
}

async function readOrNull(
  reader: PackReader,
  offset: number,
  length: number,
): Promise<ReadFrame | null> {
  try {
    return await reader.readFrame(offset, length);
  } catch (error) {
    if (error instanceof BulwarkError && error.reason === 'pack-damaged') return null;
    throw error;
  }
}

/** A record that this version cannot read (a newer one wrote it) must not keep the store shut. */
function keepRecord(frame: ReadFrame, records: StoreRecord[], damaged: number[]): void {
  const record = parseRecord(frame.plain);
  if (record === null) damaged.push(frame.offset);
  else records.push(record);
}

/** The record in a frame's payload, or null when it is none of this version. */
export function parseRecord(plain: Buffer): StoreRecord | null {
  const parsed = storeRecord.safeParse(objectIn(plain));
  return parsed.success ? parsed.data : null;
}

/** The JSON object in a frame's payload; null where there is none. */
export function objectIn(plain: Buffer): object | null {
  try {
    const value: unknown = JSON.parse(plain.toString('utf8'));
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
