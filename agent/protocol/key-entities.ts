import { z } from 'zod';
import { pathText } from './entities';

/** A passphrase of the store. */
export const passphrase = z.string().min(1).max(1024);

/** What guards the key of the store. */
export const keyStatus = z.object({
  guard: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('key-file'),
      path: pathText,
      exposed: z.boolean().describe('others could read it until this agent started'),
    }),
    z.object({ kind: z.literal('passphrase') }),
  ]),
  key: z.string().describe('names the newest key without telling it'),
  older: z.int().nonnegative().describe('keys of the past that older packs still need'),
});
export type KeyStatus = z.infer<typeof keyStatus>;
