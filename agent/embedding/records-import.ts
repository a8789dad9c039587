import type { DataRecord as Kept, RecordsRestoreProgram } from '../protection/sources/data-source';
import { BulwarkError } from '../support/errors';
import type { DataRecord, RecordsChange, RecordsSource } from './data-source';

interface Coming {
  readonly mode: RecordsChange['mode'];
  readonly records: DataRecord[];
  readonly remove: string[];
  /** Of a record whose last part has not come. */
  parts: Buffer[];
}

type Begin = Parameters<RecordsRestoreProgram['begin']>[0];
type Write = Parameters<RecordsRestoreProgram['write']>[0];

/** Gathers what comes in pages, and hands it to a program all at once. */
export class RecordsImport implements RecordsRestoreProgram {
  readonly #source: RecordsSource;
  readonly #coming = new Map<string, Coming>();

  constructor(source: RecordsSource) {
    this.#source = source;
  }

  async begin({ restore, mode }: Begin): Promise<void> {
    this.#coming.set(restore, { mode, records: [], remove: [], parts: [] });
  }

  async write({ restore, records, remove }: Write): Promise<void> {
    const coming = this.#get(restore);
    coming.remove.push(...remove);
    for (const record of records) {
      const whole = wholeOf(record, coming);
      if (whole !== null) coming.records.push(whole);
    }
  }

  async commit({ restore }: { readonly restore: string }, signal: AbortSignal): Promise<void> {
    const { mode, records, remove } = this.#get(restore);
    this.#coming.delete(restore);
    await this.#source.import?.({ mode, records, remove }, signal);
  }

  async abort({ restore }: { readonly restore: string }): Promise<void> {
    this.#coming.delete(restore);
  }

  #get(restore: string): Coming {
    const coming = this.#coming.get(restore);
    if (coming !== undefined) return coming;
    throw new BulwarkError('cancelled', 'the restore has ended');
  }
}

/** The record, once all of its parts are there. */
function wholeOf({ key, value, modifiedAt }: Kept, coming: Coming): DataRecord | null {
  const time = modifiedAt === null ? {} : { modifiedAt };
  if (value.kind === 'json') return { kind: 'json', key, json: value.json, ...time };
  coming.parts.push(value.bytes);
  if (value.more) return null;
  const [only, ...others] = coming.parts;
  const bytes = only !== undefined && others.length === 0 ? only : Buffer.concat(coming.parts);
  coming.parts = [];
  return { kind: 'bytes', key, bytes, ...time };
}
