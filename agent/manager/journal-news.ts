import type { JournalRecord } from '../protection/snapshots';
import type { Clock, Timer } from '../support/clock';

/** A busy source writes many records a second; clients are told of the newest this often, ms. */
const GATHERED_MS = 250;

/** Tells that the journal of a source has grown, some times a second at most. */
export class JournalNews {
  readonly #clock: Clock;
  readonly #tell: (record: JournalRecord) => void;
  readonly #waiting = new Map<string, { record: JournalRecord; timer: Timer }>();

  constructor(clock: Clock, tell: (record: JournalRecord) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  add(record: JournalRecord): void {
    const { id } = record.source;
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) {
      waiting.record = record;
      return;
    }
    const timer = this.#clock.setTimeout(() => {
      const news = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (news !== undefined) this.#tell(news.record);
    }, GATHERED_MS);
    this.#waiting.set(id, { record, timer });
  }

  close(): void {
    for (const { timer } of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
  }
}
