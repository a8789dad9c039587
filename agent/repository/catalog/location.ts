/** Where a blob lies. */
export interface Location {
  readonly pack: string;
  /** Offset and length of the frame in the pack, bytes. */
  readonly frameOffset: number;
  readonly frameLength: number;
  /** Offset and length of the blob in the frame's plain payload, bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Length of the catalog's value for a blob. */
export const LOCATION_BYTES = 20;

/** The catalog's value for a blob. @param ordinal of its pack */
export function encodeLocation(ordinal: number, location: Omit<Location, 'pack'>): Buffer {
  const value = Buffer.allocUnsafe(LOCATION_BYTES);
  value.writeUInt32LE(ordinal, 0);
  value.writeUInt32LE(location.frameOffset, 4);
  value.writeUInt32LE(location.frameLength, 8);
  value.writeUInt32LE(location.offset, 12);
  value.writeUInt32LE(location.length, 16);
  return value;
}
