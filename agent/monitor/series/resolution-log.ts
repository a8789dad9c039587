import { appendFile, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../support/atomic-file';
import { messageOf } from '../../support/errors';
import type { Log } from '../../support/log';
import { decodeSegment, SegmentEncoder, type SegmentState } from './segment-format';

/** How finely and how long figures are kept. Times in ms. */
export interface Resolution {
  readonly name: string;
  readonly stepMs: number;
  /** What one segment covers. */
  readonly spanMs: number;
  readonly keepMs: number;
  /** Values a series and tick. */
  readonly width: number;
}

interface Segment {
  /** Its place in time: it begins at `index` times the span. */
  readonly index: number;
  /** Further segments of the same time, when the clock was set back or a write failed. */
  readonly part: number;
  bytes: number;
}

/** Older segments go when all of a resolution take more than this. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Programs that register under ever new names fill no segment. */
const MAX_KEYS = 8_000;
const NAME = /^(\d{1,9})\.(\d{1,4})\.seg$/;
/** What lies further in the future is from a wrong clock. */
const FUTURE_MS = 24 * 3_600_000;

/**
 * The figures of one resolution, as segments in a folder: appended to, never changed, thrown away
 * when they are old. What was not flushed is lost in a crash, and a torn end is passed over.
 */
export class ResolutionLog {
  readonly resolution: Resolution;
  readonly #folder: string;
  readonly #log: Log;
  readonly #segments: Segment[] = [];
  #current: { readonly segment: Segment; readonly encoder: SegmentEncoder; keys: number } | null =
    null;
  #pending: { readonly segment: Segment; readonly frame: Uint8Array }[] = [];
  #lastTick: number | null = null;

  private constructor(resolution: Resolution, folder: string, log: Log) {
    this.resolution = resolution;
    this.#folder = folder;
    this.#log = log;
  }

  /** @param now ms since 1970 @throws BulwarkError when the folder cannot be made */
  static async open(
    resolution: Resolution,
    folder: string,
    { log, now }: { log: Log; now: number },
  ): Promise<ResolutionLog> {
    const opened = new ResolutionLog(resolution, folder, log);
    await makeFolder(folder);
    await opened.#find();
    await opened.#trim(now);
    await opened.#continueNewest();
    return opened;
  }

  /** Of the newest tick that is kept, in steps since 1970; null when there is none. */
  get lastTick(): number | null {
    return this.#lastTick;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Adds a tick, to be written by {@link flush}. @param time in steps since 1970 */
  add(time: number, values: ReadonlyMap<string, readonly number[]>): void {
    const { stepMs, spanMs, width } = this.resolution;
    const index = Math.floor((time * stepMs) / spanMs);
    if (this.#current?.segment.index !== index) {
      this.#seal();
      const parts = this.#segments.filter((one) => one.index === index).map(({ part }) => part);
      const segment = { index, part: Math.max(0, ...parts) + 1, bytes: 0 };
      this.#segments.push(segment);
      this.#current = { segment, encoder: new SegmentEncoder(width), keys: 0 };
    }
    this.#current.keys = Math.max(this.#current.keys, values.size);
    this.#current.encoder.add(time, values);
    this.#lastTick = time;
  }

  /** Appends what was added to the files. Never rejects: figures are no reason to fail. */
  async flush(now: number): Promise<void> {
    this.#seal();
    const pending = this.#pending;
    this.#pending = [];
    const isNew = pending.some(({ segment }) => segment.bytes === 0);
    for (const { segment, frame } of pending) {
      try {
        await appendFile(this.#pathOf(segment), frame, { mode: 0o600 });
        segment.bytes += frame.length;
      } catch (error) {
        // What follows in this file could not be read: the next tick begins another one.
        if (this.#current?.segment === segment) this.#current = null;
        this.#log.warn('Figures could not be kept', { why: messageOf(error) });
      }
    }
    if (isNew) await this.#trim(now);
  }

  /**
   * Reads what was flushed of a time, oldest first.
   * @param onTick is told the time in steps since 1970, and everything that was so then
   */
  async read(
    fromMs: number,
    toMs: number,
    onTick: (time: number, state: SegmentState) => void,
  ): Promise<void> {
    const { spanMs, stepMs, width } = this.resolution;
    for (const segment of [...this.#segments].sort(byAge)) {
      const from = segment.index * spanMs;
      if (from > toMs || from + spanMs <= fromMs) continue;
      const bytes = await readFile(this.#pathOf(segment)).catch(() => null);
      if (bytes === null) continue;
      decodeSegment(bytes, width, (time, state) => {
        const at = time * stepMs;
        if (at >= fromMs && at <= toMs) onTick(time, state);
      });
    }
  }

  #seal(): void {
    const frame = this.#current?.encoder.takeFrame() ?? null;
    if (this.#current !== null && frame !== null)
      this.#pending.push({ segment: this.#current.segment, frame });
    if ((this.#current?.keys ?? 0) > MAX_KEYS) this.#current = null;
  }

  async #find(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const found = NAME.exec(name);
      if (found === null) continue;
      const segment = { index: Number(found[1]), part: Number(found[2]), bytes: 0 };
      segment.bytes = (await stat(this.#pathOf(segment))).size;
      this.#segments.push(segment);
    }
    this.#segments.sort(byAge);
  }

  /** Goes on in the newest segment, without what a crash left at its end. */
  async #continueNewest(): Promise<void> {
    const segment = this.#segments.at(-1);
    if (segment === undefined) return;
    const path = this.#pathOf(segment);
    const bytes = await readFile(path);
    const { width } = this.resolution;
    const { state, validBytes } = decodeSegment(bytes, width, (time) => {
      this.#lastTick = time;
    });
    if (validBytes < bytes.length) {
      await truncate(path, validBytes);
      segment.bytes = validBytes;
    }
    const encoder = new SegmentEncoder(width, state);
    this.#current = { segment, encoder, keys: state.keys.length };
  }

  async #trim(now: number): Promise<void> {
    const { spanMs, keepMs } = this.resolution;
    this.#segments.sort(byAge);
    let left = this.bytes;
    for (const segment of [...this.#segments]) {
      const from = segment.index * spanMs;
      const isOver = from + spanMs < now - keepMs || from > now + FUTURE_MS;
      if (segment === this.#current?.segment || (!isOver && left <= MAX_BYTES)) continue;
      await rm(this.#pathOf(segment), { force: true }).catch(() => undefined);
      this.#segments.splice(this.#segments.indexOf(segment), 1);
      left -= segment.bytes;
    }
  }

  #pathOf({ index, part }: Segment): string {
    return join(this.#folder, `${String(index)}.${String(part)}.seg`);
  }
}

function byAge(a: Segment, b: Segment): number {
  return a.index - b.index || a.part - b.part;
}
