import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** As a failing disk does it: in its place, and past whoever watches what this process writes. */
export function flipOnDisk(path: string, offset: number): void {
  const file = openSync(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, offset);
    byte.writeUInt8(byte.readUInt8(0) ^ 0x10, 0);
    writeSync(file, byte, 0, 1, offset);
  } finally {
    closeSync(file);
  }
}
