import type { TextStream } from './environment';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** Terminals that know it show the frame at once; the others ignore it. */
const BEGIN_FRAME = '\u001b[?2026h\u001b[?7l\u001b[H';
const END_FRAME = '\u001b[J\u001b[?7h\u001b[?2026l';
const CLEAR_TO_END_OF_LINE = '\u001b[K';

/**
 * A full-screen view that is drawn again in place. It uses the terminal's second
 * screen, so a resize cannot leave half of an old frame in the scrollback.
 */
export class LiveScreen {
  readonly #stream: TextStream;
  readonly #onResize: () => void;
  #last = '';

  /** @param onResize called when the terminal changed its size */
  constructor(stream: TextStream, onResize: () => void) {
    this.#stream = stream;
    this.#onResize = (): void => {
      this.#last = '';
      onResize();
    };
    stream.on('resize', this.#onResize);
    stream.write(ENTER);
  }

  /** Shows these lines; what does not fit on the screen is counted in its last row. */
  draw(lines: readonly string[]): void {
    const rows = this.#stream.rows ?? 24;
    const fitting =
      lines.length <= rows
        ? lines
        : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
    const frame = fitting.map((line) => line + CLEAR_TO_END_OF_LINE).join('\r\n');
    if (frame === this.#last) return;
    this.#last = frame;
    this.#stream.write(BEGIN_FRAME + frame + END_FRAME);
  }

  /** Gives the terminal back as it was. */
  close(): void {
    this.#stream.off('resize', this.#onResize);
    this.#stream.write(LEAVE);
  }
}
