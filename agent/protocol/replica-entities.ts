import { z } from 'zod';
import { pathText, timestamp } from './entities';
import { REASONS } from './reasons';

/** A replica, and how it is doing. */
export const replicaInfo = z.object({
  path: pathText,
  addedAt: timestamp,
  state: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('current') }),
    z.object({ kind: z.literal('behind').describe('something waits to be copied') }),
    z.object({ kind: z.literal('copying') }),
    z.object({ kind: z.literal('away').describe('its disk is not there') }),
    z.object({ kind: z.literal('failing'), reason: z.enum(REASONS), message: z.string() }),
  ]),
  holds: z
    .object({
      packs: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
      missingPacks: z.int().nonnegative(),
      missingBytes: z.int().nonnegative(),
      extraPacks: z.int().nonnegative().describe('packs that the store does not have'),
    })
    .nullable()
    .describe('null when it cannot be read now'),
  freeBytes: z.int().nonnegative().nullable(),
  sameDisk: z.boolean().describe('on the same disk as the store, which protects from little'),
  syncedAt: timestamp.nullable().describe('since the agent started'),
  verified: z
    .object({
      at: timestamp,
      packs: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
      damaged: z.array(z.string()).describe('ids of packs'),
      repaired: z.array(z.string()).describe('those of them that were copied again'),
    })
    .nullable()
    .describe('since the agent started'),
});
export type ReplicaInfo = z.infer<typeof replicaInfo>;
