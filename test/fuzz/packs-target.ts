import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashBytes } from '../../agent/repository/blob-id';
import { buildBlock, listTable, tableOf } from '../../agent/repository/packs/block';
import { CODEC_NAMES, Codecs } from '../../agent/repository/packs/codec';
import { FRAME_TYPES, packKey, sealFrame } from '../../agent/repository/packs/frame';
import { indexPack, parseRecord } from '../../agent/repository/packs/index-pack';
import { encodePackHeader } from '../../agent/repository/packs/pack-header';
import { decodePackIndex, encodePackIndex } from '../../agent/repository/packs/pack-index';
import { PackReader } from '../../agent/repository/packs/pack-reader';
import { PACK_TRAILER_MAGIC } from '../../agent/repository/packs/pack-writer';
import { decodeTimes, decodeTree, encodeTimes, encodeTree } from '../../agent/repository/tree';
import { BulwarkError } from '../../agent/support/errors';
import type { FuzzTarget } from './target';

const PACK_ID = '00112233445566778899aabbccddeeff';
const KEY = packKey(Buffer.alloc(32, 7), PACK_ID);
/** What reading something damaged may end in. */
const DAMAGE = new Set(['pack-damaged', 'store-damaged']);
const TYPES = ['block', 'record', 'index', 'keys'] as const;

/** What the first byte of an input says the rest is. */
const KINDS = ['file', 'frames', 'block', 'index', 'tree', 'times', 'record', 'codec'] as const;

/** The bytes of a pack, and of each thing in one, also encrypted with the right key. */
export async function packsTarget(): Promise<FuzzTarget> {
  const folder = await mkdtemp(join(tmpdir(), 'bulwark-fuzz-'));
  const path = join(folder, `${PACK_ID}.pack`);
  const codecs = new Codecs();
  const readPack = async (bytes: Buffer): Promise<void> => {
    await writeFile(path, bytes);
    const reader = await PackReader.open(path, PACK_ID, KEY, codecs);
    try {
      const { frames, end } = await indexPack(reader);
      assert.ok(end <= Math.max(bytes.length, 32), 'it ends within the file');
      for (const { table } of frames) listTable(table);
    } finally {
      await reader.close();
    }
    assert.deepEqual(await readdir(folder), [`${PACK_ID}.pack`]);
  };
  const read: Record<(typeof KINDS)[number], (bytes: Buffer) => Promise<void> | void> = {
    file: readPack,
    frames: (bytes) => readPack(packOf(bytes)),
    block: (bytes) => {
      for (const { offset, length } of listTable(tableOf(bytes)))
        assert.ok(offset + length <= bytes.length, 'a blob lies within its block');
    },
    index: (bytes) => void decodePackIndex(bytes),
    tree: (bytes) => {
      for (const { name } of decodeTree(bytes))
        assert.ok(!/[/\0]/.test(name) && !['', '.', '..'].includes(name), 'a name of one entry');
    },
    times: (bytes) => void decodeTimes(bytes),
    record: (bytes) => void parseRecord(bytes),
    codec: (bytes) => {
      if (bytes.length < 4) return;
      const size = bytes.readUInt16LE(1);
      assert.equal(codecs.decode(bytes.readUInt8(0), bytes.subarray(3), size).length, size);
    },
  };
  return {
    seeds: seeds(codecs),
    words: ['BWFR', 'BULWPACK', 'BULWSEAL', '"type":"snapshot"', '"commitFrom":0', '../', '/'].map(
      (word) => Buffer.from(word),
    ),
    run: async (input) => {
      const kind = KINDS[(input[0] ?? 0) % KINDS.length] ?? 'file';
      try {
        await read[kind](input.subarray(1));
      } catch (error) {
        if (!(error instanceof BulwarkError) || !DAMAGE.has(error.reason)) throw error;
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * A pack of frames that all verify: what chance cannot make, because they are encrypted. Each is
 * `type u8, codec u8, number u8, plain length u16, length u16` and a payload; a type of 4 or more
 * ends the pack with a trailer whose offset follows.
 */
function packOf(recipe: Buffer): Buffer {
  const parts = [encodePackHeader(PACK_ID, KEY)];
  for (let at = 0; at + 7 <= recipe.length;) {
    const type = TYPES[recipe.readUInt8(at)];
    if (type === undefined) {
      parts.push(PACK_TRAILER_MAGIC, recipe.subarray(at + 1, at + 9));
      break;
    }
    const length = recipe.readUInt16LE(at + 5);
    const payload = recipe.subarray(at + 7, at + 7 + length);
    const [codec, number] = [recipe.readUInt8(at + 1), recipe.readUInt8(at + 2)];
    const plainLength = recipe.readUInt16LE(at + 3);
    parts.push(...sealFrame(KEY, { type, codec, number, plainLength, payload }));
    at += 7 + length;
  }
  return Buffer.concat(parts);
}

/** In a recipe: the end of a sealed pack whose index is its first frame. */
const TRAILER_AT_START = Buffer.from([9, 32, 0, 0, 0, 0, 0, 0, 0]);

function seeds(codecs: Codecs): Buffer[] {
  const blob = Buffer.from('blob '.repeat(20));
  const block = buildBlock([{ id: hashBytes(blob), bytes: blob }]);
  const index = encodePackIndex([
    { type: 'block', offset: 32, length: 80, table: tableOf(block) },
    { type: 'record', offset: 112, length: 60, table: Buffer.alloc(0) },
  ]);
  const id = 'ab'.repeat(16);
  const record = Buffer.from(
    JSON.stringify({ type: 'tombstone', id, sequence: 1, at: 1, pack: id, commitFrom: 0 }),
  );
  const name = { name: 'a', mode: 0o644 };
  const tree = encodeTree([
    { kind: 'file', ...name, size: 0, id: null, chunked: false },
    { kind: 'link', name: 'b', target: '../x' },
    { kind: 'excluded', name: 'c', reason: 'pattern', rule: '*.o', bytes: 7 },
  ]);
  const times = encodeTimes([{ mtime: 1n, times: null }]);
  const frames = Buffer.concat([
    frame(FRAME_TYPES.block - 1, 0, block),
    frame(FRAME_TYPES.record - 1, 1, record),
    frame(FRAME_TYPES.index - 1, 2, index),
    TRAILER_AT_START,
  ]);
  const beyond = frame(FRAME_TYPES.record - 1, 0, record);
  const claims = Buffer.alloc(4 + 13, 0xff);
  claims.writeUInt32LE(1, 0);
  claims.fill(0, 13);
  const packed = CODEC_NAMES.map((codec) => {
    const { codec: number, payload } = codecs.encode(codec, blob);
    return Buffer.concat([Buffer.from([number, blob.length, 0]), payload]);
  });
  return [
    kinded('file', packOf(frames)),
    kinded('frames', frames),
    // A trailer that points beyond all files, an index of a frame of 4 GiB, and codecs that claim as much.
    kinded('frames', Buffer.concat([beyond, Buffer.alloc(9, 0xff)])),
    kinded('frames', Buffer.concat([frame(FRAME_TYPES.index - 1, 0, claims), TRAILER_AT_START])),
    kinded('codec', Buffer.from([2, 100, 0, 0xff, 0xff, 0xff, 0x7f, 0])),
    kinded('codec', Buffer.from('01640028b52ffda0ffffff7f010000', 'hex')),
    kinded('block', block),
    kinded('index', index),
    kinded('tree', tree),
    kinded('times', times),
    kinded('record', record),
    ...packed.map((bytes) => kinded('codec', bytes)),
  ];
}

function kinded(kind: (typeof KINDS)[number], bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([KINDS.indexOf(kind)]), bytes]);
}

function frame(type: number, number: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(type, 0);
  head.writeUInt8(number, 2);
  head.writeUInt16LE(payload.length, 3);
  head.writeUInt16LE(payload.length, 5);
  return Buffer.concat([head, payload]);
}
