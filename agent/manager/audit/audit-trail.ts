import type { Clock, Timer } from '../../support/clock';
import type { Log } from '../../support/log';
import { Mutex } from '../../support/mutex';
import { chained, type AuditEntry, type Operation } from './entry';
import { START, Marks, type Mark } from './marks';
import { Segments, type Segment } from './segments';
import { GAP, parseEntry, verifyTrail, type AuditVerification } from './verify';

export interface AuditOptions {
  /** The trail's own folder. */
  readonly folder: string;
  /** Entries are kept for so long, ms. */
  readonly keepMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AuditQuery {
  /** Only entries of this time or later, ms since 1970. */
  readonly since?: number | undefined;
  /** Only entries with a lower sequence. */
  readonly before?: number | undefined;
  /** Only actions that begin so. */
  readonly action?: string | undefined;
  readonly limit: number;
}

/** Where the trail ends is written beside it at most this often, ms. */
const HEAD_MS = 5_000;
/** What could not be written is kept in memory, up to so many entries. */
const MAX_WAITING = 10_000;
const DAY_MS = 24 * 3_600_000;

/**
 * Every operation, in its order: appended, durable, never changed. Each entry's hash is over the one
 * before it, so that an edit shows.
 */
export class AuditTrail {
  readonly #options: AuditOptions;
  readonly #segments: Segments;
  readonly #marks: Marks;
  readonly #writing = new Mutex();
  #head: Mark;
  #waiting: { readonly at: number; readonly what: Operation }[] = [];
  #headTimer: Timer | null = null;
  #trimTimer: Timer | null = null;
  #newestDay: number;

  private constructor(options: AuditOptions, segments: Segments, marks: Marks, newest: Newest) {
    this.#options = options;
    this.#segments = segments;
    this.#marks = marks;
    this.#head = newest.mark;
    this.#newestDay = dayOf(newest.at ?? options.clock.now());
  }

  /**
   * Opens the trail, and takes away what a crash left half written at its end: it was of nothing
   * that had been confirmed.
   * @throws BulwarkError `permission-denied` …
   */
  static async open(options: AuditOptions): Promise<AuditTrail> {
    const segments = await Segments.open(options.folder);
    const marks = new Marks(options.folder);
    const newest = await newestOf(segments, marks);
    const trail = new AuditTrail(options, segments, marks, newest);
    const head = await marks.read('head');
    const { sequence, hash } = newest.mark;
    // What was durable cannot be gone after a crash: somebody took it away. The chain goes on, and says so.
    if (
      head !== null &&
      (head.sequence > sequence || (head.sequence === sequence && head.hash !== hash))
    ) {
      await trail.record({
        action: GAP,
        phase: 'failed',
        by: { kind: 'agent', name: 'Bulwark', pid: process.pid },
        why: 'the trail did not end where it was last known to end',
        target: null,
        input: { known: head.sequence, found: sequence },
        outcome: `the end of the trail up to entry ${String(head.sequence)} was changed or removed`,
        durationMs: null,
      });
      // Said once: from here on the trail ends where it does.
      await trail.#writeHead();
    }
    return trail;
  }

  /** From now on what is over its time is removed, now and once a day. */
  start(): void {
    const { clock, log } = this.#options;
    void this.trim().catch((error: unknown) => {
      log.warn('Old entries of the audit trail cannot be removed', { error });
    });
    this.#trimTimer = clock.setTimeout(() => {
      this.start();
    }, DAY_MS);
  }

  /** The last entry that is durable. */
  get head(): Mark {
    return this.#head;
  }

  /**
   * Writes an operation down; durable when it resolves. A full disk is logged, not thrown: it must
   * not keep anybody from saving what is left. What could not be written comes with the next.
   */
  record(what: Operation): Promise<void> {
    this.#waiting.push({ at: this.#options.clock.now(), what });
    return this.#writing.run(() => this.#flush());
  }

  /** Newest first. */
  list(query: AuditQuery): Promise<{ entries: AuditEntry[]; more: boolean }> {
    return this.#writing.run(() => this.#find(query));
  }

  /** Reads all entries of a time, oldest first. @param since ms since 1970 */
  visit(since: number, fn: (entry: AuditEntry) => void): Promise<void> {
    return this.#writing.run(async () => {
      for (const [at, segment] of this.#segments.list.entries()) {
        // The one after it begins before that time: nothing of this one is of it.
        const next = this.#segments.list[at + 1];
        if (next !== undefined && (await this.#firstAt(next)) < since - DAY_MS) continue;
        const { lines } = await this.#segments.lines(segment);
        for (const line of lines) {
          const entry = parseEntry(line);
          if (entry !== null && entry.at >= since) fn(entry);
        }
      }
    });
  }

  /** Follows the whole chain. */
  verify(): Promise<AuditVerification> {
    return this.#writing.run(() => verifyTrail(this.#segments, this.#marks, this.#head));
  }

  /** Removes what is over its time. The chain goes on from a checkpoint, which is an entry itself. */
  async trim(): Promise<void> {
    const { clock, keepMs } = this.#options;
    const removed = await this.#writing.run(async () => {
      let last: Mark | null = null;
      // The newest segment stays: it is written to.
      for (const segment of this.#segments.list.slice(0, -1)) {
        const { lines } = await this.#segments.lines(segment);
        const entry = lines.map(parseEntry).findLast((one) => one !== null);
        if (entry === undefined || entry.at > clock.now() - keepMs) break;
        last = { sequence: entry.sequence, hash: entry.hash };
        // First the checkpoint: without it the chain would seem to begin nowhere.
        await this.#marks.write('checkpoint', last);
        await this.#segments.dropOldest();
      }
      return last;
    });
    if (removed === null) return;
    await this.record({
      action: 'audit/trimmed',
      phase: 'done',
      by: { kind: 'agent', name: 'Bulwark', pid: process.pid },
      why: 'older than the settings keep',
      target: null,
      input: { sequence: removed.sequence, hash: removed.hash },
      outcome: `entries up to ${String(removed.sequence)} were removed`,
      durationMs: null,
    });
  }

  async close(): Promise<void> {
    this.#headTimer?.cancel();
    this.#trimTimer?.cancel();
    await this.#writing.run(async () => {
      await this.#flush();
      await this.#writeHead();
      await this.#segments.close();
    });
  }

  /** When a segment begins, ms since 1970. */
  async #firstAt(segment: Segment): Promise<number> {
    const { lines } = await this.#segments.lines(segment);
    return parseEntry(lines[0] ?? '')?.at ?? Infinity;
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    // Taken out whole: more may come while these are written.
    const batch = this.#waiting;
    this.#waiting = [];
    const entries: AuditEntry[] = [];
    let { hash } = this.#head;
    for (const { at, what } of batch) {
      const sequence = this.#head.sequence + entries.length + 1;
      const entry = chained(hash, { sequence, at }, what);
      entries.push(entry);
      ({ hash } = entry);
    }
    const [first] = entries;
    const last = entries.at(-1);
    if (first === undefined || last === undefined) return;
    const day = dayOf(first.at);
    try {
      const lines = entries.map((entry) => JSON.stringify(entry));
      // A segment a month, so that what is over its time can go.
      await this.#segments.append(first.sequence, lines, day - this.#newestDay >= 30);
    } catch (error) {
      this.#options.log.error('The audit trail cannot be written', { error });
      this.#waiting = [...batch, ...this.#waiting].slice(-MAX_WAITING);
      return;
    }
    if (day - this.#newestDay >= 30) this.#newestDay = day;
    this.#head = { sequence: last.sequence, hash: last.hash };
    this.#headTimer ??= this.#options.clock.setTimeout(() => {
      this.#headTimer = null;
      void this.#writing.run(() => this.#writeHead());
    }, HEAD_MS);
  }

  async #writeHead(): Promise<void> {
    await this.#marks.write('head', this.#head).catch((error: unknown) => {
      this.#options.log.warn('The end of the audit trail cannot be kept', { error });
    });
  }

  async #find({ since = 0, before = Infinity, action = '', limit }: AuditQuery): Promise<{
    entries: AuditEntry[];
    more: boolean;
  }> {
    const found: AuditEntry[] = [];
    for (const segment of this.#segments.list.toReversed()) {
      if (segment.first >= before) continue;
      const { lines } = await this.#segments.lines(segment);
      const newest = parseEntry(lines.at(-1) ?? '');
      // A day of tolerance for clocks that were set back.
      if (newest !== null && newest.at < since - DAY_MS) break;
      for (const line of lines.toReversed()) {
        const entry = parseEntry(line);
        if (entry === null || entry.sequence >= before || !entry.action.startsWith(action))
          continue;
        if (entry.at < since) continue;
        if (found.length === limit) return { entries: found, more: true };
        found.push(entry);
      }
    }
    return { entries: found, more: false };
  }
}

interface Newest {
  readonly mark: Mark;
  readonly at: number | null;
}

/** Where the chain goes on. */
async function newestOf(segments: Segments, marks: Marks): Promise<Newest> {
  const segment = segments.list.at(-1);
  if (segment === undefined) return { mark: (await marks.read('checkpoint')) ?? START, at: null };
  const { lines, torn } = await segments.lines(segment);
  if (torn > 0) await segments.mend(segment, torn);
  const first = lines.map(parseEntry).find((entry) => entry !== null);
  const last = lines.map(parseEntry).findLast((entry) => entry !== null);
  if (last === undefined)
    return {
      mark: { sequence: segment.first - 1, hash: (await before(segments, marks)).hash },
      at: null,
    };
  return { mark: { sequence: last.sequence, hash: last.hash }, at: first?.at ?? null };
}

/** The end of what comes before the newest segment. */
async function before(segments: Segments, marks: Marks): Promise<Mark> {
  const earlier = segments.list.at(-2);
  const last =
    earlier === undefined
      ? undefined
      : (await segments.lines(earlier)).lines.map(parseEntry).findLast((entry) => entry !== null);
  return last === undefined
    ? ((await marks.read('checkpoint')) ?? START)
    : { sequence: last.sequence, hash: last.hash };
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
