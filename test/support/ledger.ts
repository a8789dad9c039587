import type { CallHandlers } from '../../agent/protocol/calls';
import type { DataRecord } from '../../agent/protocol/source-entities';

type Handler<C extends keyof CallHandlers> = NonNullable<CallHandlers[C]>;

/** A program in the test that keeps records, and hands out pages of one moment of them. */
export class Ledger implements CallHandlers {
  records = new Map<string, DataRecord>();
  pageSize = 10;
  /** Pulls that hold a moment. */
  readonly moments = new Map<string, DataRecord[]>();
  readonly ended: boolean[] = [];
  readonly calls: string[] = [];
  #staged: { mode: 'replace' | 'merge'; records: DataRecord[]; remove: string[] } | null = null;
  /** Called before each page. */
  onPage: (page: number) => Promise<void> | void = () => undefined;

  put(key: string, value: unknown): void {
    this.records.set(key, { kind: 'json', key, json: value });
  }

  value(key: string): unknown {
    const record = this.records.get(key);
    return record?.kind === 'json' ? record.json : record?.bytes;
  }

  readonly 'data-source/pull': Handler<'data-source/pull'> = async ({ pull, cursor }) => {
    const moment = this.moments.get(pull) ?? [...this.records.values()];
    this.moments.set(pull, moment);
    const at = Number(cursor ?? 0);
    await this.onPage(at / this.pageSize);
    const end = at + this.pageSize;
    return {
      records: moment.slice(at, end),
      next: end < moment.length ? String(end) : null,
    };
  };

  readonly 'data-source/endPull': Handler<'data-source/endPull'> = ({ pull, complete }) => {
    this.moments.delete(pull);
    this.ended.push(complete);
    return {};
  };

  readonly 'data-source/beginRestore': Handler<'data-source/beginRestore'> = ({ mode }) => {
    this.calls.push(`begin ${mode}`);
    this.#staged = { mode, records: [], remove: [] };
    return {};
  };

  readonly 'data-source/restore': Handler<'data-source/restore'> = ({ records, remove }) => {
    this.calls.push(`page of ${String(records.length)}, ${String(remove.length)} go`);
    this.#staged?.records.push(...records);
    this.#staged?.remove.push(...remove);
    return {};
  };

  readonly 'data-source/commitRestore': Handler<'data-source/commitRestore'> = () => {
    this.calls.push('commit');
    const staged = this.#staged;
    if (staged === null) throw new Error('nothing was begun');
    if (staged.mode === 'replace') this.records.clear();
    for (const key of staged.remove) this.records.delete(key);
    for (const record of staged.records) this.records.set(record.key, record);
    this.#staged = null;
    return {};
  };

  readonly 'data-source/abortRestore': Handler<'data-source/abortRestore'> = () => {
    this.calls.push('abort');
    this.#staged = null;
    return {};
  };

  get isRestoring(): boolean {
    return this.#staged !== null;
  }
}
