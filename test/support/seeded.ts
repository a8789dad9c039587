/** Chance that is the same for the same seed (mulberry32, by Tommy Ettinger; public domain). */
export class Seeded {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 1, without 1. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** @param part 0 never, 1 always */
  chance(part: number): boolean {
    return this.next() < part;
  }

  /** One of them; null where there are none. */
  pick<T>(items: readonly T[]): T | null {
    return items[this.below(items.length)] ?? null;
  }

  /** One of them, as often as its weight says. */
  weighted<T extends { readonly weight: number }>(items: readonly T[]): T | null {
    let draw = this.next() * items.reduce((sum, { weight }) => sum + weight, 0);
    return items.find(({ weight }) => (draw -= weight) < 0) ?? null;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}
