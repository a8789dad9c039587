import type { DataProtectionLayer } from '../../protection/data-protection-layer';
import type { Clock } from '../../support/clock';
import type { Disposable } from '../../support/emitter';

/** What is counted of the past, ms, in slices of this length. */
const WINDOW_MS = 10 * 60_000;
const SLICE_MS = 60_000;

/** What one source has brought into the store. */
export interface Traffic {
  readonly source: string;
  readonly path: string;
  readonly bytes: number;
}

/** Counts what each source has brought into the store in the last 10 minutes, as it is stored there. */
export class SourceTraffic {
  readonly #clock: Clock;
  readonly #subscription: Disposable;
  readonly #sources = new Map<string, { path: string; slices: { at: number; bytes: number }[] }>();

  constructor(protection: Pick<DataProtectionLayer, 'onEvent'>, clock: Clock) {
    this.#clock = clock;
    this.#subscription = protection.onEvent.on((event) => {
      if (event.kind === 'source-removed') this.#sources.delete(event.source);
      // What the journal took before is counted in the snapshot.
      if (event.kind !== 'snapshot-created') return;
      const { source, storedBytes } = event.record;
      this.#add(source.id, source.path, storedBytes);
    });
  }

  /** The most first. */
  list(): Traffic[] {
    const from = this.#clock.monotonic() - WINDOW_MS;
    const found: Traffic[] = [];
    for (const [source, { path, slices }] of this.#sources) {
      while ((slices[0]?.at ?? Infinity) < from) slices.shift();
      if (slices.length === 0) this.#sources.delete(source);
      else found.push({ source, path, bytes: slices.reduce((sum, one) => sum + one.bytes, 0) });
    }
    return found.sort((a, b) => b.bytes - a.bytes);
  }

  close(): void {
    this.#subscription.dispose();
  }

  #add(id: string, path: string, bytes: number): void {
    if (bytes === 0) return;
    const known = this.#sources.get(id) ?? { path, slices: [] };
    this.#sources.set(id, known);
    const now = this.#clock.monotonic();
    const last = known.slices.at(-1);
    if (last !== undefined && now - last.at < SLICE_MS) last.bytes += bytes;
    else known.slices.push({ at: now, bytes });
    while ((known.slices[0]?.at ?? Infinity) < now - WINDOW_MS) known.slices.shift();
  }
}
