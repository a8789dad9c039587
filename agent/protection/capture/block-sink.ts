import { tableOf } from '../../repository/packs/block';
import type { Codecs, CodecName } from '../../repository/packs/codec';
import type { TaskCaller } from '../../support/worker-pool';
import { Arena } from './arena';
import type { CaptureBuffers } from './capture-buffers';
import type { CaptureAnswer, CaptureQuestion } from './capture-task';
import type { BlobSink } from './file-reader';

/** Compressed bytes after which their memory is asked back. */
const RELEASE_BYTES = 4 * 1024 * 1024;

type Caller = TaskCaller<CaptureQuestion, CaptureAnswer>;

/** Blobs of which the caller was asked whether they are new. */
interface Asked {
  readonly arena: Arena;
  readonly answer: Promise<CaptureAnswer>;
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
  #arena: Arena;
  #asked: Asked | null = null;
  readonly #release: () => void;
  #unreleased = 0;
  /** Ends when the caller has taken what is in the outbox. */
  #handed: Promise<unknown> = Promise.resolve();

  constructor(options: {
    codec: CodecName;
    codecs: Codecs;
    caller: Caller;
    buffers: CaptureBuffers;
    /** Gives back the native memory of what was compressed. */
    release: () => void;
  }) {
    this.#codec = options.codec;
    this.#codecs = options.codecs;
    this.#caller = options.caller;
    this.#buffers = options.buffers;
    this.#release = options.release;
    // A task that failed may have left something in them.
    for (const arena of options.buffers.arenas) arena.clear();
    this.#arena = options.buffers.arenas[0];
  }

  async room(bytes: number): Promise<Buffer> {
    if (!this.#arena.fits(bytes)) await this.#turnOver();
    // The list of chunks of a very large file is longer than any arena.
    if (!this.#arena.fits(bytes)) this.#arena = new Arena(bytes, 1);
    return this.#arena.room(bytes);
  }

  take(id: Buffer, length: number): void {
    this.#arena.take(id, length);
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

  /** Asks about what was gathered, and makes the other arena free by handing in what is in it. */
  async #turnOver(): Promise<void> {
    const before = this.#asked;
    this.#asked = this.#ask();
    this.#turn = this.#turn === 0 ? 1 : 0;
    await this.#handIn(before);
    this.#arena = this.#buffers.arenas[this.#turn];
    this.#arena.clear();
  }

  #ask(): Asked | null {
    const arena = this.#arena;
    if (arena.isEmpty) return null;
    const answer = this.#caller.ask({ kind: 'claim', ids: arena.ids(), bytes: arena.bytes });
    // Whoever waits for it hears of a failure; until then nobody may be listening.
    answer.catch(() => undefined);
    return { arena, answer };
  }

  async #handIn(asked: Asked | null): Promise<void> {
    if (asked === null) return;
    const answer = await asked.answer;
    const block = answer.kind === 'wanted' ? asked.arena.block(answer.wanted) : null;
    if (block === null) return;
    const { plain, blobBytes } = block;
    const { codec, payload } = this.#codecs.encode(this.#codec, plain);
    const table = Uint8Array.from(tableOf(plain));
    await this.#handed;
    const sent = this.#post(payload);
    this.#unreleased += payload.length;
    if (this.#unreleased > RELEASE_BYTES) {
      this.#unreleased = 0;
      this.#release();
    }
    this.#handed = this.#caller.ask(
      {
        kind: 'block',
        codec,
        plainLength: plain.length,
        payload: sent,
        table,
        newBytes: blobBytes,
      },
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
