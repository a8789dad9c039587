import { SingleBar } from 'cli-progress';
import type { Progress } from '../protocol/entities';
import type { Clock } from '../support/clock';
import type { TextStream } from './environment';
import { formatBytes, formatCount, formatUptime } from './format';

/** Work that is done sooner than this shows no bar: it would only flicker. */
const QUIET_MS = 400;
/** The rate is that of the last few seconds, so that it follows the work. */
const WINDOW_MS = 5000;
const BAR_WIDTH = 24;

const PHASES: Readonly<Record<Progress['phase'], string>> = {
  scanning: 'Scanning',
  reading: 'Reading',
  planning: 'Planning',
  saving: 'Saving the present state',
  staging: 'Staging',
  applying: 'Applying',
  verifying: 'Verifying',
  copying: 'Copying',
};

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** One line on a terminal that tells how far the work is, how fast it goes and how long it will take. */
export class ProgressLine {
  readonly #stream: TextStream;
  readonly #clock: Clock;
  readonly #startedAt: number;
  #bar: SingleBar | null = null;
  #last: Progress | null = null;
  #samples: Sample[] = [];
  #closed = false;

  constructor(stream: TextStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  /** Takes over the newest report. */
  update(progress: Progress): void {
    if (this.#closed || this.#stream.isTTY !== true) return;
    const now = this.#clock.monotonic();
    if (this.#last?.phase !== progress.phase || this.#last.unit !== progress.unit)
      this.#samples = [];
    this.#last = progress;
    this.#samples.push({ at: now, done: progress.done });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > WINDOW_MS)
      this.#samples.shift();
    if (this.#bar === null && now - this.#startedAt >= QUIET_MS) this.#show();
    this.#bar?.update(progress.done);
  }

  /** Takes the line away; the terminal is as before. */
  close(): void {
    this.#closed = true;
    this.#bar?.stop();
    this.#bar = null;
  }

  #show(): void {
    this.#bar = new SingleBar({
      stream: this.#stream,
      clearOnComplete: true,
      hideCursor: true,
      // Signals are handled in one place, not by the bar.
      gracefulExit: false,
      format: () => (this.#last === null ? '' : progressText(this.#last, rateOf(this.#samples))),
    });
    this.#bar.start(1, 0);
  }
}

/** Units a second over the samples, or null when there is nothing to tell from. */
function rateOf(samples: readonly Sample[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < 200) return null;
  const rate = ((last.done - first.done) * 1000) / (last.at - first.at);
  return rate > 0 ? rate : null;
}

/** The text of a progress line. @param rate units a second, null when not known */
export function progressText(progress: Progress, rate: number | null): string {
  const amount = (value: number): string =>
    progress.unit === 'bytes' ? formatBytes(value) : formatCount(value);
  const parts = [PHASES[progress.phase]];
  const noun = progress.unit === 'bytes' ? '' : ` ${progress.unit}`;
  if (progress.total === null || progress.total === 0) {
    parts.push(`${amount(progress.done)}${noun}`);
  } else {
    const share = Math.min(1, progress.done / progress.total);
    const filled = Math.floor(share * BAR_WIDTH);
    parts.push(
      `[${'='.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}]`,
      `${Math.floor(share * 100)}%`.padStart(4),
      `${amount(progress.done)}/${amount(progress.total)}${noun}`,
    );
  }
  if (rate !== null) {
    parts.push(`${amount(rate)}/s`);
    if (progress.total !== null && progress.total > progress.done)
      parts.push(`${formatUptime(wholeSeconds((progress.total - progress.done) / rate))} left`);
  }
  return parts.join('  ');
}

/** Time left jumps too much to show parts of a second. */
function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds)) * 1000;
}
