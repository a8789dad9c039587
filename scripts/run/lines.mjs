const colours = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/**
 * @param {number} code a terminal's colour
 * @returns {(text: string) => string}
 */
const colour = (code) => (text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);

export const dim = colour(2);
export const red = colour(31);
export const green = colour(32);
export const yellow = colour(33);

/** @param {number} ms */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/**
 * Shows that something is being worked on: a line that is replaced on a terminal; elsewhere a line
 * each minute, so that a log tells where a run hangs.
 *
 * @param {string} text
 * @returns {{ end: () => void }}
 */
export function working(text) {
  const began = performance.now();
  const passed = () => duration(performance.now() - began);
  if (!process.stdout.isTTY) {
    const timer = setInterval(() => console.log(`  … ${text}, ${passed()} so far`), 60_000);
    return { end: () => clearInterval(timer) };
  }
  const show = () => process.stdout.write(`\r\x1b[K${dim(`  … ${text} ${passed()}`)}`);
  show();
  const timer = setInterval(show, 1000);
  return {
    end: () => {
      clearInterval(timer);
      process.stdout.write('\r\x1b[K');
    },
  };
}

/**
 * The last lines of an output, indented, with a word on what is left out.
 *
 * @param {string} output
 * @param {{ lines: number, log?: string | undefined }} options
 */
export function excerpt(output, { lines, log }) {
  const all = output.trimEnd().split('\n');
  const shown = all.slice(-lines);
  const left = all.length - shown.length;
  const head = left > 0 ? [dim(`(${left} lines before these${log ? `: see ${log}` : ''})`)] : [];
  return [...head, ...shown].map((line) => `    ${line}`).join('\n');
}
