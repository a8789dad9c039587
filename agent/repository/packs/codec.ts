import * as zlib from 'node:zlib';
import type * as ZstdPackage from '@toondepauw/node-zstd';
import type * as Lz4Package from 'lz4-napi';
import { createRequire } from 'node:module';
import { BulwarkError } from '../../support/errors';

/** How a frame's payload is compressed. The number is in each frame, so one store can mix them. */
export const CODECS = { none: 0, zstd: 1, lz4: 2, gzip: 3 } as const;
export const CODEC_NAMES = ['none', 'zstd', 'lz4', 'gzip'] as const;
export type CodecName = (typeof CODEC_NAMES)[number];

interface Codec {
  compress(bytes: Buffer): Buffer;
  /** @param size length of the result, bytes */
  decompress(bytes: Buffer, size: number): Buffer;
}

const ZSTD_LEVEL = 3;
const GZIP_LEVEL = 4;

/** The parts of newer `node:zlib` that Node 20 lacks. */
interface NativeZstd {
  zstdCompressSync(data: Uint8Array, options: { params: Record<number, number> }): Buffer;
  zstdDecompressSync(data: Uint8Array, options: { maxOutputLength: number }): Buffer;
}

function hasNativeZstd(module: object): module is NativeZstd {
  return 'zstdCompressSync' in module && 'zstdDecompressSync' in module;
}

/** `ZSTD_c_compressionLevel` of zstd.h; a constant of the C library that does not change. */
const ZSTD_LEVEL_PARAMETER = 100;

function loadZstd(): Codec {
  const native: object = zlib;
  if (hasNativeZstd(native)) {
    const options = { params: { [ZSTD_LEVEL_PARAMETER]: ZSTD_LEVEL } };
    return {
      compress: (bytes) => native.zstdCompressSync(bytes, options),
      decompress: (bytes, size) =>
        native.zstdDecompressSync(bytes, { maxOutputLength: Math.max(size, 1) }),
    };
  }
  const { Encoder, Decoder } = load('@toondepauw/node-zstd', 'zstd', isZstd);
  const encoder = new Encoder(ZSTD_LEVEL);
  const decoder = new Decoder();
  return {
    compress: (bytes) => encoder.encodeSync(bytes),
    decompress: (bytes, size) => {
      requireSize(zstdPlainLength(bytes), size);
      return decoder.decodeSync(bytes);
    },
  };
}

function loadLz4(): Codec {
  const lz4 = load('lz4-napi', 'lz4', isLz4);
  return {
    compress: (bytes) => lz4.compressSync(bytes),
    decompress: (bytes, size) => {
      requireSize(bytes.readUInt32LE(0), size);
      return lz4.uncompressSync(bytes);
    },
  };
}

/** The libraries take the memory that a payload asks for: what it says must be what its frame says. */
function requireSize(told: number | null, size: number): void {
  if (told !== null && told !== size) throw new RangeError('a payload tells another length');
}

/** The plain length in the header of a zstd frame (RFC 8878, 3.1.1.1); null where it has none. */
function zstdPlainLength(bytes: Buffer): number | null {
  const descriptor = bytes.readUInt8(4);
  const single = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (single ? 0 : 1) + dictionary;
  switch (descriptor >> 6) {
    case 0:
      return single ? bytes.readUInt8(at) : null;
    case 1:
      return bytes.readUInt16LE(at) + 256;
    case 2:
      return bytes.readUInt32LE(at);
    default:
      return Number(bytes.readBigUInt64LE(at));
  }
}

/** Native parts are optional: a platform without one can still use the other codecs. */
function load<T extends object>(
  packageName: string,
  codec: CodecName,
  is: (loaded: object) => loaded is T,
): T {
  let cause: unknown;
  try {
    const loaded: unknown = createRequire(__filename)(packageName);
    if (typeof loaded === 'object' && loaded !== null && is(loaded)) return loaded;
  } catch (error) {
    cause = error;
  }
  throw new BulwarkError('codec-missing', `${codec} is not available on this machine`, {
    hint: 'Run Bulwark with Node 22.15 or newer, which has zstd built in, or set another codec.',
    cause,
  });
}

function isZstd(loaded: object): loaded is typeof ZstdPackage {
  return 'Encoder' in loaded && 'Decoder' in loaded;
}

function isLz4(loaded: object): loaded is typeof Lz4Package {
  return 'compressSync' in loaded && 'uncompressSync' in loaded;
}

const loaders: Record<CodecName, () => Codec> = {
  none: () => ({ compress: (bytes) => bytes, decompress: (bytes) => bytes }),
  zstd: loadZstd,
  lz4: loadLz4,
  gzip: () => ({
    compress: (bytes) => zlib.gzipSync(bytes, { level: GZIP_LEVEL }),
    decompress: (bytes, size) => zlib.gunzipSync(bytes, { maxOutputLength: Math.max(size, 1) }),
  }),
};

/** Compresses and decompresses payloads; native parts are loaded when first used. */
export class Codecs {
  readonly #loaded = new Map<CodecName, Codec>();

  /**
   * Compresses `bytes`, or leaves them as they are where that saves less than 3 %.
   * @returns the codec number that was used and the payload
   */
  encode(name: CodecName, bytes: Buffer): { codec: number; payload: Buffer } {
    if (name !== 'none' && bytes.length > 0) {
      const payload = this.#get(name).compress(bytes);
      if (payload.length < bytes.length * 0.97) return { codec: CODECS[name], payload };
    }
    return { codec: CODECS.none, payload: bytes };
  }

  /**
   * @param size length of the plain bytes as the frame's header tells it
   * @throws BulwarkError `pack-damaged` when the payload is not what the header says
   */
  decode(codec: number, payload: Buffer, size: number): Buffer {
    const name = codecName(codec);
    let plain: Buffer;
    try {
      plain = this.#get(name).decompress(payload, size);
    } catch (error) {
      if (error instanceof BulwarkError) throw error;
      throw new BulwarkError('pack-damaged', `a frame does not decompress (${name})`, {
        cause: error,
      });
    }
    if (plain.length !== size)
      throw new BulwarkError('pack-damaged', 'a frame has another length than its header says');
    return plain;
  }

  #get(name: CodecName): Codec {
    let codec = this.#loaded.get(name);
    if (codec === undefined) {
      codec = loaders[name]();
      this.#loaded.set(name, codec);
    }
    return codec;
  }
}

function codecName(codec: number): CodecName {
  const name = CODEC_NAMES.find((candidate) => CODECS[candidate] === codec);
  if (name !== undefined) return name;
  throw new BulwarkError('pack-damaged', `a frame has an unknown codec (${String(codec)})`);
}
