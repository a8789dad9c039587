import type { DataRecord as Kept, RecordPage } from '../protection/sources/data-source';
import { BulwarkError } from '../support/errors';
import type { DataRecord, RecordsSource } from './data-source';

/** One run through all records. */
interface Export {
  readonly stop: AbortController;
  readonly iterator: Iterator<DataRecord> | AsyncIterator<DataRecord>;
  /** Parts of a record that did not fit into the page before. */
  held: Kept[];
  pages: number;
}

interface PullCall {
  readonly pull: string;
  readonly cursor: string | null;
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Hands out in pages what a program gives one by one. */
export class RecordsExport {
  readonly #source: RecordsSource;
  readonly #exports = new Map<string, Export>();

  constructor(source: RecordsSource) {
    this.#source = source;
  }

  /** @throws BulwarkError `too-large`, `program-invalid`, and what the program throws */
  async pull({ pull, cursor, maxRecords, maxBytes }: PullCall): Promise<RecordPage> {
    const running = cursor === null ? this.#begin(pull) : this.#exports.get(pull);
    if (running === undefined) throw new BulwarkError('cancelled', 'the export has ended');
    const records: Kept[] = [];
    let bytes = 0;
    for (;;) {
      const next = running.held.shift() ?? (await this.#take(running, maxBytes));
      if (next === null) return { records, next: null };
      const size = sizeOf(next);
      if (records.length > 0 && (records.length >= maxRecords || bytes + size > maxBytes)) {
        running.held.unshift(next);
        running.pages += 1;
        return { records, next: String(running.pages) };
      }
      records.push(next);
      bytes += size;
    }
  }

  /** No more are wanted. */
  async end(pull: string): Promise<void> {
    const running = this.#exports.get(pull);
    this.#exports.delete(pull);
    running?.stop.abort();
    await running?.iterator.return?.();
  }

  #begin(pull: string): Export {
    const stop = new AbortController();
    const records = this.#source.export(stop.signal);
    const iterator =
      Symbol.asyncIterator in records
        ? records[Symbol.asyncIterator]()
        : records[Symbol.iterator]();
    const running = { stop, iterator, held: [], pages: 0 };
    this.#exports.set(pull, running);
    return running;
  }

  /** The first part of the next record; the others are held. Null at the end. */
  async #take(running: Export, maxBytes: number): Promise<Kept | null> {
    const step = await running.iterator.next();
    if (step.done === true) return null;
    const [first, ...others] = partsOf(step.value, maxBytes);
    running.held = others;
    return first ?? null;
  }
}

/** A record in parts of at most so many bytes: one, but for a large one of bytes. */
function partsOf(record: DataRecord, maxBytes: number): Kept[] {
  const { key, modifiedAt = null } = record;
  if (record.kind === 'json') {
    const kept: Kept = { key, value: { kind: 'json', json: record.json }, modifiedAt };
    if (sizeOf(kept) > maxBytes)
      throw new BulwarkError('too-large', `the JSON of the record ${key} is too large`, {
        hint: `Give it as bytes: JSON can have ${String(maxBytes)} bytes.`,
      });
    return [kept];
  }
  const bytes = Buffer.from(record.bytes);
  const parts: Kept[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += maxBytes) {
    const value = {
      kind: 'bytes',
      bytes: bytes.subarray(at, at + maxBytes),
      more: at + maxBytes < bytes.length,
    } as const;
    parts.push({ key, value, modifiedAt });
  }
  return parts;
}

function sizeOf({ key, value }: Kept): number {
  if (value.kind === 'bytes') return value.bytes.length;
  const text: unknown = JSON.stringify(value.json);
  if (typeof text === 'string') return Buffer.byteLength(text, 'utf8');
  throw new BulwarkError('program-invalid', `the record ${key} holds nothing that JSON can say`);
}
