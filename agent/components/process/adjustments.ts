import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ComponentSpec, ProcessSpec } from '../../protocol/component-spec';
import { writeFileAtomic } from '../../support/atomic-file';
import { Mutex } from '../../support/mutex';

const file = z.object({ steps: z.record(z.string(), z.int().min(1)) });

/** The first steps also double its time to start each. */
const STARTUP_STEPS = 2;
const LONGEST_STARTUP_MS = 3_600_000;

/** What processes are given beyond their description: so many steps of more, kept in a file. */
export class Adjustments {
  readonly #path: string | null;
  readonly #steps: Map<string, number>;
  readonly #writing = new Mutex();

  /** @param path null keeps nothing */
  constructor(path: string | null = null, steps: Readonly<Record<string, number>> = {}) {
    this.#path = path;
    this.#steps = new Map(Object.entries(steps));
  }

  /** A file that cannot be read gives nobody more. */
  static async load(path: string): Promise<Adjustments> {
    try {
      return new Adjustments(path, file.parse(JSON.parse(await readFile(path, 'utf8'))).steps);
    } catch {
      return new Adjustments(path);
    }
  }

  stepOf(id: string): number {
    return this.#steps.get(id) ?? 0;
  }

  async set(id: string, step: number): Promise<void> {
    if (step === 0) this.#steps.delete(id);
    else this.#steps.set(id, step);
    const path = this.#path;
    if (path === null) return;
    await this.#writing.run(() =>
      writeFileAtomic(path, JSON.stringify({ steps: Object.fromEntries(this.#steps) })),
    );
  }
}

/** How many steps of more a component may be given. */
export function stepsOf(spec: ComponentSpec): number {
  if (spec.kind !== 'process') return 0;
  const declared = Object.values(spec.resources ?? {}).map((values) => values.length);
  return Math.max(0, ...declared);
}

/** The variables of a step; after the last value of one, it stays. */
export function adjustedEnv({ resources = {} }: ProcessSpec, step: number): Record<string, string> {
  const env: Record<string, string> = {};
  if (step === 0) return env;
  for (const [name, values] of Object.entries(resources)) {
    const value = values[Math.min(step, values.length) - 1];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** The time to start of a step, ms. */
export function adjustedStartupMs(ms: number, step: number): number {
  return Math.min(LONGEST_STARTUP_MS, ms * 2 ** Math.min(step, STARTUP_STEPS));
}
