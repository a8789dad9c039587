import { z } from 'zod';

const packEntry = z.object({
  ordinal: z.number(),
  id: z.string(),
  /** Bytes of the pack that the catalog covers. */
  length: z.number(),
  sealed: z.boolean(),
  blobs: z.number(),
  blobBytes: z.number(),
});

/** What the catalog knows of a pack. */
export type PackEntry = z.infer<typeof packEntry>;

/** The catalog's value for a pack. */
export function encodePack(entry: PackEntry): Buffer {
  return Buffer.from(JSON.stringify(entry), 'utf8');
}

/** @throws when it is none: the catalog is damaged */
export function decodePack(ordinal: number, value: Buffer): PackEntry {
  const parsed: unknown = JSON.parse(value.toString('utf8'));
  return { ...packEntry.parse(parsed), ordinal };
}
