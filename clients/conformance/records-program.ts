import type { CallHandlers } from '../../agent/protocol/calls';
import type { DataRecord } from '../../agent/protocol/source-entities';

type Records = ReadonlyMap<string, string>;

/** One moment that is handed out, and how far it is: which record, and how many of its bytes. */
interface Pull {
  readonly records: readonly (readonly [string, string])[];
  at: number;
  offset: number;
}

interface Restore {
  readonly name: string;
  readonly records: Map<string, string>;
  parts: Buffer[];
}

/** Records that a program keeps in its memory, as a data source. */
export class RecordsProgram {
  readonly #sources = new Map<string, Records>();
  readonly #pulls = new Map<string, Pull>();
  readonly #restores = new Map<string, Restore>();
  readonly #restored: (name: string, records: Record<string, string>) => void;

  /** @param restored told when the agent has brought records back */
  constructor(restored: (name: string, records: Record<string, string>) => void) {
    this.#restored = restored;
  }

  replace(name: string, records: Readonly<Record<string, string>>): void {
    this.#sources.set(name, new Map(Object.entries(records)));
  }

  /** The connection has ended: what was begun is forgotten. */
  lost(): void {
    this.#pulls.clear();
    this.#restores.clear();
  }

  calls(): CallHandlers {
    return {
      'data-source/pull': ({ name, pull, cursor, maxRecords, maxBytes }) => {
        if (cursor === null)
          this.#pulls.set(pull, {
            records: [...(this.#sources.get(name) ?? [])],
            at: 0,
            offset: 0,
          });
        const one = this.#pulls.get(pull);
        if (one === undefined) throw new Error('no such pull');
        const records = page(one, maxRecords, maxBytes);
        return { records, next: one.at < one.records.length ? `${one.at}+${one.offset}` : null };
      },
      'data-source/endPull': ({ pull }) => {
        this.#pulls.delete(pull);
        return {};
      },
      'data-source/beginRestore': ({ name, restore, mode }) => {
        const records = new Map(mode === 'merge' ? this.#sources.get(name) : []);
        this.#restores.set(restore, { name, records, parts: [] });
        return {};
      },
      'data-source/restore': ({ restore, records, remove }) => {
        const begun = this.#begun(restore);
        for (const record of records) take(begun, record);
        for (const key of remove) begun.records.delete(key);
        return {};
      },
      'data-source/commitRestore': ({ restore }) => {
        const { name, records } = this.#begun(restore);
        this.#restores.delete(restore);
        this.#sources.set(name, records);
        this.#restored(name, Object.fromEntries(records));
        return {};
      },
      'data-source/abortRestore': ({ restore }) => {
        this.#restores.delete(restore);
        return {};
      },
    };
  }

  #begun(restore: string): Restore {
    const begun = this.#restores.get(restore);
    if (begun === undefined) throw new Error('no such restore');
    return begun;
  }
}

function page(pull: Pull, maxRecords: number, maxBytes: number): DataRecord[] {
  const found: DataRecord[] = [];
  let room = maxBytes;
  for (;;) {
    const [key, text] = pull.records[pull.at] ?? [];
    if (key === undefined || text === undefined || found.length === maxRecords) return found;
    const rest = Buffer.from(text).subarray(pull.offset);
    const part = rest.subarray(0, room);
    if (part.length === 0 && rest.length > 0) return found;
    const more = part.length < rest.length;
    const bytes = part.toString('base64');
    found.push({ kind: 'bytes', key, bytes, ...(more ? { more } : {}) });
    room -= part.length;
    pull.offset = more ? pull.offset + part.length : 0;
    if (!more) pull.at += 1;
  }
}

function take(restore: Restore, record: DataRecord): void {
  if (record.kind === 'json') {
    restore.records.set(record.key, JSON.stringify(record.json));
    return;
  }
  restore.parts.push(Buffer.from(record.bytes, 'base64'));
  if (record.more === true) return;
  restore.records.set(record.key, Buffer.concat(restore.parts).toString('utf8'));
  restore.parts = [];
}
