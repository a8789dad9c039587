import type { Loss } from '../protection/loss/loss';
import type { Clock, Timer } from '../support/clock';

/**
 * A git directory that cannot be read is mended by healing within seconds, in most cases. Nobody is
 * told before that, ms: the budget of one repair and its verification.
 */
const HEALING_MS = 15_000;

/** What has to be known of a loss here. */
interface AnyLoss extends Pick<Loss, 'kind'> {
  readonly record: { readonly source: { readonly id: string } };
}

interface OpenLossesOptions<L extends AnyLoss> {
  readonly clock: Clock;
  /** Losses of earlier days that nobody has restored yet. */
  readonly unrestored: readonly L[];
  /** Whether git can read a worktree now; null where nobody knows. */
  readonly isReadable: (source: string) => boolean | null;
  readonly tell: (loss: L) => void;
}

/** Losses of which nothing was restored since, one a source; and when people are told of them. */
export class OpenLosses<L extends AnyLoss> {
  readonly #options: OpenLossesOptions<L>;
  readonly #open = new Map<string, L>();
  readonly #held = new Map<string, Timer>();

  constructor(options: OpenLossesOptions<L>) {
    this.#options = options;
    for (const loss of options.unrestored) this.#open.set(loss.record.source.id, loss);
  }

  list(): L[] {
    return [...this.#open].filter(([source]) => !this.#held.has(source)).map(([, loss]) => loss);
  }

  add(loss: L): void {
    const { id } = loss.record.source;
    this.#release(id);
    this.#open.set(id, loss);
    if (loss.kind !== 'git') {
      this.#options.tell(loss);
      return;
    }
    const timer = this.#options.clock.setTimeout(() => {
      this.#held.delete(id);
      if (this.#options.isReadable(id) === true) this.#open.delete(id);
      else this.#options.tell(loss);
    }, HEALING_MS);
    this.#held.set(id, timer);
  }

  /** What is known of a worktree has changed: where git reads it again, its git state is no loss. */
  look(source: string): void {
    if (this.#open.get(source)?.kind !== 'git' || this.#held.has(source)) return;
    if (this.#options.isReadable(source) === true) this.#open.delete(source);
  }

  /** Something was restored there, or it is protected no more. */
  drop(source: string): void {
    this.#release(source);
    this.#open.delete(source);
  }

  close(): void {
    for (const id of [...this.#held.keys()]) this.#release(id);
  }

  #release(source: string): void {
    this.#held.get(source)?.cancel();
    this.#held.delete(source);
  }
}
