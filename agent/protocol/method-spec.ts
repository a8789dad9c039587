import type { z } from 'zod';

/** One request: what goes in, what comes out, and what it is for. */
export interface MethodSpec {
  readonly summary: string;
  readonly params: z.ZodType;
  readonly result: z.ZodType;
  /** Whether it reports progress to a `progressToken` in its parameters. */
  readonly progress: boolean;
  /** Whether it changes files, the store or what is protected. */
  readonly mutates: boolean;
}
