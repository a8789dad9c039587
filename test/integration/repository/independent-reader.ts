/**
 * A reader of Bulwark stores that was written from docs/FORMAT.md and uses nothing of the agent:
 * it shows that the page is complete. Only Node's own modules and a zstd package.
 */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as zlib from 'node:zlib';
import { Decoder } from '@toondepauw/node-zstd';
import { decrypt, json, object, text } from './independent-keys';

/** What the reader needs of a snapshot's record. */
export interface FoundSnapshot {
  readonly id: string;
  readonly sequence: number;
  readonly roots: readonly { name: string; tree: string; times: string }[];
}

export interface FoundEntry {
  /** Bytes of the path, '/' between names. */
  readonly path: Buffer;
  readonly kind: 'file' | 'folder' | 'link' | 'nested' | 'left out';
  readonly mode: number;
  readonly mtime: bigint;
  /** Content of a file, target of a link, else empty. */
  readonly content: Buffer;
}

interface Place {
  readonly pack: string;
  readonly frame: number;
  readonly offset: number;
  readonly length: number;
}

export class IndependentReader {
  readonly snapshots: FoundSnapshot[] = [];
  readonly #store: string;
  /** The newest first. */
  #masters: Buffer[];
  readonly #blobs = new Map<string, Place>();
  readonly #zstd = new Decoder();

  constructor(store: string, master: Buffer) {
    this.#store = store;
    this.#masters = [master];
    const packs = fs
      .readdirSync(path.join(store, 'packs'))
      .flatMap((name) => /^([0-9a-f]{32})\.pack$/.exec(name)?.[1] ?? []);
    // Any pack of the newest key begins with all keys before it.
    for (const id of packs) {
      const first = this.#frame(id, this.#pack(id), 32);
      if (first?.type !== 4) continue;
      const older = first.plain.toString('hex').match(/.{64}/g) ?? [];
      this.#masters = [master, ...older.map((key) => Buffer.from(key, 'hex'))];
      break;
    }
    for (const id of packs) this.#readPack(id);
    this.snapshots.sort((a, b) => a.sequence - b.sequence);
  }

  /** All entries of one of a snapshot's trees, folders before what is in them. */
  list(snapshot: FoundSnapshot, root = 'files'): FoundEntry[] {
    const found = snapshot.roots.find(({ name }) => name === root);
    if (found === undefined) throw new Error(`no root ${root}`);
    const entries: FoundEntry[] = [];
    this.#walk(found.tree, found.times, Buffer.alloc(0), entries);
    return entries;
  }

  /** Writes a snapshot's files into an empty folder. */
  extract(snapshot: FoundSnapshot, target: string): void {
    for (const entry of this.list(snapshot)) {
      const place = Buffer.concat([Buffer.from(`${target}/`), entry.path]);
      if (entry.kind === 'folder') fs.mkdirSync(place, { mode: entry.mode });
      else if (entry.kind === 'link') fs.symlinkSync(entry.content, place);
      else if (entry.kind === 'file') {
        fs.writeFileSync(place, entry.content, { flag: 'wx', mode: entry.mode });
        const seconds = Number(entry.mtime / 1_000_000n) / 1000;
        fs.utimesSync(place, seconds, seconds);
      }
    }
  }

  #readPack(id: string): void {
    const bytes = this.#pack(id);
    const index = this.#indexOf(id, bytes);
    if (index !== null) {
      this.#useIndex(id, bytes, index);
      return;
    }
    const seen: { number: number; plain: Buffer | null }[] = [];
    let at = 32;
    while (at < bytes.length && at !== -1) {
      const frame = this.#frame(id, bytes, at);
      if (frame !== null) {
        this.#useFrame(id, at, frame);
        const number = bytes.readUInt32LE(at + 8);
        seen.push({ number, plain: frame.type === 2 ? frame.plain : null });
        at += frame.length;
        continue;
      }
      // Damage hides one frame; after a torn tail there is no other.
      at = bytes.indexOf('BWFR', at + 1);
    }
    // Of what was not flushed, records count up to the first frame that is missing.
    const marks = seen.map(({ plain }) =>
      plain === null ? 0 : Number(json(plain.toString('utf8'))['commitFrom']),
    );
    const numbers = new Set(seen.map(({ number }) => number));
    let end = Math.max(0, ...marks);
    while (numbers.has(end)) end += 1;
    for (const { number, plain } of seen)
      if (plain !== null && number < end) this.#useRecord(plain);
  }

  #indexOf(id: string, bytes: Buffer): Buffer | null {
    const trailer = bytes.subarray(-16);
    if (bytes.length < 48 || trailer.toString('latin1', 0, 8) !== 'BULWSEAL') return null;
    const frame = this.#frame(id, bytes, Number(trailer.readBigUInt64LE(8)));
    return frame?.type === 3 ? frame.plain : null;
  }

  #useIndex(id: string, bytes: Buffer, index: Buffer): void {
    const input = new Input(index);
    for (let frames = input.u32(); frames > 0; frames--) {
      const type = input.u8();
      const offset = input.u32();
      input.u32();
      for (let blobs = input.u32(); blobs > 0; blobs--) {
        const blob = input.take(32).toString('hex');
        const place = { pack: id, frame: offset, offset: input.u32(), length: input.u32() };
        this.#blobs.set(blob, place);
      }
      if (type !== 2) continue;
      const frame = this.#frame(id, bytes, offset);
      if (frame !== null) this.#useRecord(frame.plain);
    }
  }

  #useFrame(id: string, at: number, frame: { type: number; plain: Buffer }): void {
    if (frame.type !== 1) return;
    const input = new Input(frame.plain);
    const count = input.u32();
    let offset = 4 + count * 36;
    for (let i = 0; i < count; i++) {
      const blob = input.take(32).toString('hex');
      const length = input.u32();
      this.#blobs.set(blob, { pack: id, frame: at, offset, length });
      offset += length;
    }
  }

  #useRecord(plain: Buffer): void {
    const record = json(plain.toString('utf8'));
    if (record['type'] !== 'snapshot' || !Array.isArray(record['roots'])) return;
    const roots = record['roots'].map((item) => {
      const root = object(item);
      return { name: text(root['name']), tree: text(root['tree']), times: text(root['times']) };
    });
    this.snapshots.push({ id: text(record['id']), sequence: Number(record['sequence']), roots });
  }

  /** The frame at `at`, or null where none verifies. */
  #frame(
    id: string,
    bytes: Buffer,
    at: number,
  ): { type: number; plain: Buffer; length: number } | null {
    if (bytes.length < at + 36 || bytes.toString('latin1', at, at + 4) !== 'BWFR') return null;
    const header = bytes.subarray(at, at + 20);
    const plainLength = header.readUInt32LE(12);
    const end = at + 20 + header.readUInt32LE(16) + 16;
    if (end > bytes.length) return null;
    const key = this.#keyOf(id, bytes);
    if (key === null) return null;
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(header.readUInt32LE(8), 8);
    let payload: Buffer;
    try {
      payload = decrypt(key, nonce, header, bytes.subarray(at + 20, end));
    } catch {
      return null;
    }
    const plain = this.#decompress(header.readUInt8(5), payload);
    if (plain.length !== plainLength) throw new Error('a frame has another length');
    return { type: header.readUInt8(4), plain, length: end - at };
  }

  /** The key of a pack: the header's check tells from which master key it comes. */
  #keyOf(id: string, bytes: Buffer): Buffer | null {
    for (const master of this.#masters) {
      const salt = Buffer.from(id, 'hex');
      const key = Buffer.from(crypto.hkdfSync('sha256', master, salt, 'bulwark pack v1', 32));
      const hash = crypto.createHash('sha256').update('bulwark pack check ').update(key);
      if (hash.digest().subarray(0, 6).equals(bytes.subarray(10, 16))) return key;
    }
    return null;
  }

  #decompress(codec: number, payload: Buffer): Buffer {
    if (codec === 0) return payload;
    if (codec === 1) return this.#zstd.decodeSync(payload);
    if (codec === 2) return lz4Block(payload.subarray(4), payload.readUInt32LE(0));
    if (codec === 3) return zlib.gunzipSync(payload);
    throw new Error('unknown codec');
  }

  #blob(id: string): Buffer {
    const place = this.#blobs.get(id);
    if (place === undefined) throw new Error(`no blob ${id}`);
    const frame = this.#frame(place.pack, this.#pack(place.pack), place.frame);
    if (frame === null) throw new Error('a frame does not verify');
    const bytes = frame.plain.subarray(place.offset, place.offset + place.length);
    if (crypto.createHash('sha256').update(bytes).digest('hex') !== id)
      throw new Error('other bytes');
    return bytes;
  }

  #walk(tree: string, times: string, above: Buffer, found: FoundEntry[]): void {
    const input = new Input(this.#blob(tree));
    const moments = new Input(this.#blob(times));
    if (input.take(4).toString('latin1') !== 'BWT1') throw new Error('no tree');
    if (moments.take(4).toString('latin1') !== 'BWM1') throw new Error('no times');
    let count = input.varint();
    if (moments.varint() !== count) throw new Error('times of another tree');
    for (; count > 0; count--) {
      const kind = input.u8();
      const name = input.counted();
      if (
        ['', '.', '..'].includes(name.toString('latin1')) ||
        name.includes(0) ||
        name.includes('/')
      )
        throw new Error('an evil name');
      const place = above.length === 0 ? name : Buffer.concat([above, Buffer.from('/'), name]);
      const mtime = moments.take(8).readBigInt64LE();
      const below = moments.u8() === 1 ? moments.take(32).toString('hex') : '';
      const add = (
        what: FoundEntry['kind'],
        mode: number,
        content: Buffer = Buffer.alloc(0),
      ): void => {
        found.push({ path: place, kind: what, mode, mtime, content });
      };
      if (kind === 1 || kind === 2) {
        const mode = input.varint();
        const size = input.varint();
        const bytes = this.#blob(input.take(32).toString('hex'));
        const content = kind === 1 ? bytes : this.#chunks(bytes);
        if (content.length !== size) throw new Error('a file has another size');
        add('file', mode, content);
      } else if (kind === 3) {
        add('folder', input.varint());
        const child = input.take(32).toString('hex');
        for (let i = 0; i < 5; i++) input.varint();
        this.#walk(child, below, place, found);
      } else if (kind === 4) add('link', 0, input.counted());
      else if (kind === 5) add('nested', 0);
      else if (kind === 6) {
        input.u8();
        input.counted();
        input.varint();
        add('left out', 0);
      } else if (kind === 7) add('file', input.varint());
      else throw new Error('unknown kind of entry');
    }
    if (!input.atEnd) throw new Error('bytes after the tree');
  }

  #chunks(list: Buffer): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0; at < list.length; at += 32)
      parts.push(this.#blob(list.toString('hex', at, at + 32)));
    return Buffer.concat(parts);
  }

  #pack(id: string): Buffer {
    return fs.readFileSync(path.join(this.#store, 'packs', `${id}.pack`));
  }
}

class Input {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new Error('the bytes end too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u32(): number {
    return this.take(4).readUInt32LE();
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  }

  counted(): Buffer {
    return this.take(this.varint());
  }
}

/** The LZ4 block format: literals, then copies of what is already there. */
function lz4Block(bytes: Buffer, size: number): Buffer {
  const out = Buffer.alloc(size);
  let to = 0;
  let at = 0;
  const more = (start: number): number => {
    let length = start;
    if (start < 15) return length;
    for (;;) {
      const byte = bytes.readUInt8(at++);
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < bytes.length) {
    const token = bytes.readUInt8(at++);
    const literals = more(token >> 4);
    bytes.copy(out, to, at, at + literals);
    to += literals;
    at += literals;
    if (at >= bytes.length) break;
    const back = bytes.readUInt16LE(at);
    at += 2;
    for (let left = more(token & 15) + 4; left > 0; left--, to++) out[to] = out[to - back] ?? 0;
  }
  if (to !== size) throw new Error('lz4: another length');
  return out;
}
