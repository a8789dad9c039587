import type { JournalEntry } from '../agent/protocol/entities';
import type { Call } from './agent-link';

const PAGE = 50;

/** The journal of one worktree, newest record first, as far as somebody has looked. */
export class JournalPages {
  readonly #call: Call;
  readonly #path: string;
  #entries: readonly JournalEntry[] = [];
  /** Where the next page begins; null when there is none. */
  #next: number | null | 'begin' = 'begin';

  /** @param path the worktree's folder */
  constructor(call: Call, path: string) {
    this.#call = call;
    this.#path = path;
  }

  /** What was read so far; the first page is read at the first call. */
  async read(): Promise<readonly JournalEntry[]> {
    if (this.#next === 'begin') await this.loadMore();
    return this.#entries;
  }

  /** Whether older records exist. */
  get more(): boolean {
    return this.#next !== null;
  }

  async loadMore(): Promise<void> {
    if (this.#next === null) return;
    const { entries, next } = await this.#call('journal/list', {
      path: this.#path,
      limit: PAGE,
      ...(this.#next === 'begin' ? {} : { before: this.#next }),
    });
    this.#entries = [...this.#entries, ...entries];
    this.#next = next;
  }
}
