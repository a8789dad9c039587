import { decodeName, encodeName } from '../../support/names';
import { ID_BYTES } from '../blob-id';

/** First byte of a catalog's key: what kind of entry it is. */
export const PREFIX = {
  blob: 0x62,
  pack: 0x70,
  snapshot: 0x73,
  name: 0x6e,
  operation: 0x6f,
  pin: 0x74,
  dataSource: 0x65,
  journal: 0x6a,
  folder: 0x63,
  forgotten: 0x66,
  givenUp: 0x67,
  doomed: 0x64,
  written: 0x77,
  sequence: 0x6d,
} as const;

export function blobKey(id: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(1 + ID_BYTES);
  key[0] = PREFIX.blob;
  key.set(id, 1);
  return key;
}

export function packKeyOf(ordinal: number): Buffer {
  const key = Buffer.alloc(5, PREFIX.pack);
  key.writeUInt32BE(ordinal, 1);
  return key;
}

export function snapshotKey(source: string, sequence: number): Buffer {
  return sourceKey(PREFIX.snapshot, source, sequence);
}

export function journalKey(source: string, sequence: number): Buffer {
  return sourceKey(PREFIX.journal, source, sequence);
}

function sourceKey(prefix: number, source: string, sequence: number): Buffer {
  const key = Buffer.alloc(1 + 16 + 8, prefix);
  key.write(source, 1, 'latin1');
  key.writeBigUInt64BE(BigInt(sequence), 17);
  return key;
}

export function nameKey(id: string): Buffer {
  return Buffer.concat([Buffer.from([PREFIX.name]), Buffer.from(id, 'latin1')]);
}

export function operationKey(sequence: number): Buffer {
  const key = Buffer.alloc(9, PREFIX.operation);
  key.writeBigUInt64BE(BigInt(sequence), 1);
  return key;
}

export function pinKey(sequence: number): Buffer {
  const key = Buffer.alloc(9, PREFIX.pin);
  key.writeBigUInt64BE(BigInt(sequence), 1);
  return key;
}

export function dataSourceKey(sequence: number): Buffer {
  const key = Buffer.alloc(9, PREFIX.dataSource);
  key.writeBigUInt64BE(BigInt(sequence), 1);
  return key;
}

export function folderKey(source: string, path: string): Buffer {
  return Buffer.concat([
    Buffer.from([PREFIX.folder]),
    Buffer.from(source, 'latin1'),
    encodeName(path),
  ]);
}

export function pathOfKey(key: Buffer, start: number): string {
  return decodeName(key.subarray(start));
}

/** The key of a fact about one record or pack, of which the id has 32 digits. */
export function factKey(prefix: number, id: string): Buffer {
  return Buffer.concat([Buffer.from([prefix]), Buffer.from(id, 'hex')]);
}

/** Tells that a snapshot's record lies in a pack. */
export function writtenKey(snapshot: string, ordinal: number): Buffer {
  const key = Buffer.alloc(1 + 16 + 4, PREFIX.written);
  key.write(snapshot, 1, 'hex');
  key.writeUInt32BE(ordinal, 17);
  return key;
}
