import { crc32c } from '../../support/crc32c';

/*
 * A segment holds all series of one resolution over some hours. It is a list of frames:
 *   length u32, CRC-32C of the payload u32, payload
 * A payload is a list of ticks. A tick tells only what is another value than in the tick before:
 *   time (in steps of the resolution since 1970), count of new series, each: length and its key,
 *   count of changes, each: number of the series, `width` values as float32.
 * All counts are unsigned LEB128. Numbers of series are given in the order in which they appear in
 * the segment, so that each segment can be read, and thrown away, by itself.
 */

const FRAME_HEADER = 8;
/** A frame is a minute of ticks; one that says it is larger is damage. */
const MAX_FRAME = 16 * 1024 * 1024;

/** What is known of the series of a segment after a tick. */
export interface SegmentState {
  /** Keys by the number of the series. */
  readonly keys: string[];
  /** Last values, `width` for each series. NaN where there is none. */
  readonly values: number[];
}

/** Writes ticks of one segment; knows what the segment says so far. */
export class SegmentEncoder {
  readonly #width: number;
  readonly #numbers = new Map<string, number>();
  readonly #values: number[];
  #bytes: number[] = [];

  /** @param width values a series and tick @param state of a segment that is continued */
  constructor(width: number, state: SegmentState = { keys: [], values: [] }) {
    this.#width = width;
    this.#values = [...state.values];
    for (const [number, key] of state.keys.entries()) this.#numbers.set(key, number);
  }

  /** Adds a tick. @param values `width` of each series; a series that is left out has none. */
  add(time: number, values: ReadonlyMap<string, readonly number[]>): void {
    const fresh = [...values.keys()].filter((key) => !this.#numbers.has(key));
    for (const key of fresh) {
      this.#numbers.set(key, this.#numbers.size);
      for (let at = 0; at < this.#width; at++) this.#values.push(Number.NaN);
    }
    this.#varint(time);
    this.#varint(fresh.length);
    for (const key of fresh) this.#text(key);
    const changed = [...this.#numbers].filter(([key, number]) =>
      this.#take(number, values.get(key)),
    );
    this.#varint(changed.length);
    for (const [, number] of changed) {
      this.#varint(number);
      for (let at = 0; at < this.#width; at++)
        this.#float(this.#values[number * this.#width + at] ?? Number.NaN);
    }
  }

  /** The ticks since the last call as a frame; null when there were none. */
  takeFrame(): Uint8Array | null {
    if (this.#bytes.length === 0) return null;
    const payload = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    const frame = new Uint8Array(FRAME_HEADER + payload.length);
    const view = new DataView(frame.buffer);
    view.setUint32(0, payload.length, true);
    view.setUint32(4, crc32c(payload), true);
    frame.set(payload, FRAME_HEADER);
    return frame;
  }

  /** Remembers the values of a series; whether they are others than before. */
  #take(number: number, values: readonly number[] | undefined): boolean {
    let changed = false;
    for (let at = 0; at < this.#width; at++) {
      const value = Math.fround(values?.[at] ?? Number.NaN);
      const index = number * this.#width + at;
      if (Object.is(this.#values[index], value)) continue;
      this.#values[index] = value;
      changed = true;
    }
    return changed;
  }

  #varint(value: number): void {
    let left = value;
    while (left >= 0x80) {
      this.#bytes.push((left % 0x80) | 0x80);
      left = Math.floor(left / 0x80);
    }
    this.#bytes.push(left);
  }

  #text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#varint(bytes.length);
    this.#bytes.push(...bytes);
  }

  #float(value: number): void {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value, true);
    for (let at = 0; at < 4; at++) this.#bytes.push(view.getUint8(at));
  }
}

/** What a segment's bytes hold. */
export interface DecodedSegment {
  readonly state: SegmentState;
  /** Bytes up to the end of the last whole frame. */
  readonly validBytes: number;
}

/**
 * Reads the ticks of a segment up to the first frame that is not whole, which a crash leaves.
 * @param onTick is told the time, and everything that is so after the tick; must not keep the state
 */
export function decodeSegment(
  bytes: Uint8Array,
  width: number,
  onTick: (time: number, state: SegmentState) => void,
): DecodedSegment {
  const state: SegmentState = { keys: [], values: [] };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + FRAME_HEADER <= bytes.length) {
    const length = view.getUint32(at, true);
    const end = at + FRAME_HEADER + length;
    if (length > MAX_FRAME || end > bytes.length) break;
    const payload = bytes.subarray(at + FRAME_HEADER, end);
    if (crc32c(payload) !== view.getUint32(at + 4, true)) break;
    readTicks(payload, { width, state, onTick });
    at = end;
  }
  return { state, validBytes: at };
}

function readTicks(
  payload: Uint8Array,
  {
    width,
    state,
    onTick,
  }: { width: number; state: SegmentState; onTick: (time: number, state: SegmentState) => void },
): void {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = view.getUint8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  };
  while (at < payload.length) {
    const time = varint();
    for (let left = varint(); left > 0; left--) {
      const length = varint();
      state.keys.push(new TextDecoder().decode(payload.subarray(at, at + length)));
      at += length;
      for (let index = 0; index < width; index++) state.values.push(Number.NaN);
    }
    for (let left = varint(); left > 0; left--) {
      const number = varint();
      for (let index = 0; index < width; index++) {
        state.values[number * width + index] = view.getFloat32(at, true);
        at += 4;
      }
    }
    onTick(time, state);
  }
}
