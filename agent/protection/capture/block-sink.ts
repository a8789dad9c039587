import { ID_BYTES } from '../../repository/blob-id';
import { blockLength, buildBlock, tableOf } from '../../repository/block';
import type { Codecs, CodecName } from '../../repository/codec';
import type { TaskCaller } from '../../support/worker-pool';
import type { CaptureBuffers } from './capture-buffers';
import type { CaptureAnswer, CaptureQuestion } from './capture-task';
import type { BlobSink } from './file-reader';

type Caller = TaskCaller<CaptureQuestion, CaptureAnswer>;

interface Blob {
  readonly id: Buffer;
  readonly bytes: Buffer;
}

/** Blobs of which the caller was asked whether they are new. */
interface Asked {
  readonly blobs: readonly Blob[];
  readonly wanted: Promise<CaptureAnswer>;
}

/**
 * Gathers blobs until they fill a block, then claims, compresses and hands in the new ones.
 * The caller's answers are not waited for while there is something to read or to compress.
 */
export class BlockSink implements BlobSink {
  readonly #codec: CodecName;
  readonly #codecs: Codecs;
  readonly #caller: Caller;
  readonly #buffers: CaptureBuffers;
  #turn: 0 | 1 = 0;
  #room: Buffer;
  #blobs: Blob[] = [];
  #bytes = 0;
  #asked: Asked | null = null;
  /** Ends when the caller has taken what is in the outbox. */
  #handed: Promise<unknown> = Promise.resolve();

  constructor(options: {
    codec: CodecName;
    codecs: Codecs;
    caller: Caller;
    buffers: CaptureBuffers;
  }) {
    this.#codec = options.codec;
    this.#codecs = options.codecs;
    this.#caller = options.caller;
    this.#buffers = options.buffers;
    this.#room = options.buffers.arenas[0];
  }

  async room(bytes: number): Promise<Buffer> {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#arena.length) await this.#turnOver();
    this.#room =
      bytes > this.#arena.length
        ? Buffer.allocUnsafe(bytes)
        : this.#arena.subarray(this.#bytes, this.#bytes + bytes);
    return this.#room;
  }

  take(id: Buffer, length: number): void {
    this.#blobs.push({ id, bytes: this.#room.subarray(0, length) });
    this.#bytes += length;
  }

  /** Hands in everything that was taken. */
  async flush(): Promise<void> {
    await this.#turnOver();
    await this.#handIn(this.#asked);
    this.#asked = null;
    await this.#handed;
  }

  /** Waits until the caller has let go of this thread's memory, also after a failure. */
  async settled(): Promise<void> {
    await this.#handed.catch(() => undefined);
  }

  get #arena(): Buffer {
    return this.#buffers.arenas[this.#turn];
  }

  /** Asks about what was gathered, and makes the other arena free by handing in what is in it. */
  async #turnOver(): Promise<void> {
    const before = this.#asked;
    this.#asked = this.#ask();
    this.#turn = this.#turn === 0 ? 1 : 0;
    await this.#handIn(before);
  }

  #ask(): Asked | null {
    const blobs = this.#blobs;
    const bytes = this.#bytes;
    this.#blobs = [];
    this.#bytes = 0;
    if (blobs.length === 0) return null;
    const ids = new Uint8Array(blobs.length * ID_BYTES);
    for (const [i, { id }] of blobs.entries()) ids.set(id, i * ID_BYTES);
    const wanted = this.#caller.ask({ kind: 'claim', ids, bytes }, [ids.buffer]);
    // Whoever waits for it hears of a failure; until then nobody may be listening.
    wanted.catch(() => undefined);
    return { blobs, wanted };
  }

  async #handIn(asked: Asked | null): Promise<void> {
    if (asked === null) return;
    const wanted = await asked.wanted;
    const fresh = asked.blobs.filter((_, index) => wanted?.[index] === 1);
    if (fresh.length === 0) return;
    const { block } = this.#buffers;
    const plain = buildBlock(fresh, blockLength(fresh) > block.length ? undefined : block);
    const { codec, payload } = this.#codecs.encode(this.#codec, plain);
    const table = Uint8Array.from(tableOf(plain));
    const newBytes = fresh.reduce((sum, blob) => sum + blob.bytes.length, 0);
    await this.#handed;
    const sent = this.#post(payload);
    this.#handed = this.#caller.ask(
      { kind: 'block', codec, plainLength: plain.length, payload: sent, table, newBytes },
      [table.buffer],
    );
    this.#handed.catch(() => undefined);
  }

  /** The payload in the outbox, where it fits. */
  #post(payload: Buffer): Uint8Array {
    const { outbox } = this.#buffers;
    if (payload.length > outbox.length) return payload;
    payload.copy(outbox);
    return outbox.subarray(0, payload.length);
  }
}
