import { performance } from 'node:perf_hooks';
import type { Seeded } from '../support/seeded';
import type { Coverage } from './coverage';
import { mutate } from './mutate';
import type { FuzzTarget } from './target';

/** Looking at the coverage costs more than a run: it is done after so many. */
const BATCH = 64;
/** An input that takes longer is a finding: nothing it holds is worth so much work, ms. */
const HANG_MS = 5000;

/** An input, and what it did that it must not. */
export interface Finding {
  readonly input: Buffer;
  readonly error: unknown;
}

/** Runs one input. @returns what is wrong, or null */
export async function tryInput(target: FuzzTarget, input: Buffer): Promise<Finding | null> {
  const started = performance.now();
  try {
    await target.run(input);
  } catch (error) {
    return { input, error };
  }
  const took = performance.now() - started;
  return took < HANG_MS ? null : { input, error: new Error(`it took ${took.toFixed(0)} ms`) };
}

/** Looks for inputs that reach what none has reached before. */
export class Fuzzer {
  /** Inputs each of which has reached something new. */
  readonly inputs: Buffer[] = [];
  runs = 0;
  readonly #target: FuzzTarget;
  readonly #coverage: Coverage;
  readonly #chance: Seeded;

  constructor(target: FuzzTarget, coverage: Coverage, chance: Seeded) {
    this.#target = target;
    this.#coverage = coverage;
    this.#chance = chance;
  }

  /** Takes inputs that are known, and keeps those that reach something new. */
  async take(inputs: readonly Buffer[]): Promise<Finding | null> {
    for (const input of inputs) {
      this.runs += 1;
      const finding = await tryInput(this.#target, input);
      if (finding !== null) return finding;
      if (await this.#coverage.grew()) this.inputs.push(input);
    }
    return null;
  }

  /** Tries new inputs until `over` says so, or one is a finding. */
  async search(over: () => boolean): Promise<Finding | null> {
    while (!over()) {
      const batch = Array.from({ length: BATCH }, () => this.#another());
      for (const input of batch) {
        const finding = await tryInput(this.#target, input);
        if (finding !== null) return finding;
      }
      this.runs += BATCH;
      // Something of them is new: then each is tried alone, as if the others had not been.
      if (await this.#coverage.grew(false)) await this.take(batch);
    }
    return null;
  }

  #another(): Buffer {
    const start = this.#chance.pick(this.inputs) ?? Buffer.alloc(0);
    return mutate(start, this.#chance, this.inputs, this.#target.words);
  }
}
