import { Session } from 'node:inspector';
import { promisify } from 'node:util';
import { z } from 'zod';

const range = z.object({ startOffset: z.int(), endOffset: z.int(), count: z.number() });
const taken = z.object({
  result: z.array(
    z.object({
      url: z.string(),
      functions: z.array(z.object({ ranges: z.array(range) })),
    }),
  ),
});

/**
 * Which parts of the agent's code have run: V8's own coverage by blocks, which every Node has. An
 * instrumenting fuzzer would be faster; the one for JavaScript has a native part that this oldest
 * supported system cannot load.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Map<string, Uint8Array>();
  #characters = 0;

  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    coverage.#session.connect();
    await coverage.#post('Profiler.enable');
    await coverage.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return coverage;
  }

  /** Characters of code that have run so far. */
  get characters(): number {
    return this.#characters;
  }

  /**
   * Whether something of what has run since the last time had never run before.
   * @param remember whether it counts as having run from now on
   */
  async grew(remember = true): Promise<boolean> {
    const { result } = taken.parse(await this.#post('Profiler.takePreciseCoverage'));
    let fresh = 0;
    for (const { url, functions } of result) {
      if (!/[\\/]out[\\/]agent[\\/]/.test(url)) continue;
      for (const { ranges } of functions) fresh += this.#freshIn(url, ranges, remember);
    }
    if (remember) this.#characters += fresh;
    return fresh > 0;
  }

  close(): void {
    this.#session.disconnect();
  }

  /** Inner ranges follow the outer ones, and count for themselves. */
  #freshIn(url: string, ranges: readonly z.infer<typeof range>[], remember: boolean): number {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return 0;
    const ran = new Uint8Array(whole.endOffset - whole.startOffset);
    for (const { startOffset, endOffset, count } of ranges)
      ran.fill(count > 0 ? 1 : 0, startOffset - whole.startOffset, endOffset - whole.startOffset);
    const seen = this.#seenOf(url, whole.endOffset);
    let fresh = 0;
    for (let i = 0; i < ran.length; i++) {
      if (ran[i] === 0 || seen[whole.startOffset + i] === 1) continue;
      fresh += 1;
      if (remember) seen[whole.startOffset + i] = 1;
    }
    return fresh;
  }

  #seenOf(url: string, length: number): Uint8Array {
    const known = this.#seen.get(url) ?? new Uint8Array(0);
    if (known.length >= length) return known;
    const longer = new Uint8Array(length * 2);
    longer.set(known);
    this.#seen.set(url, longer);
    return longer;
  }

  #post(method: string, params: object = {}): Promise<unknown> {
    return promisify<unknown>((done) => {
      this.#session.post(method, { ...params }, (error, result) => {
        done(error, result);
      });
    })();
  }
}
