import { createInterface } from 'node:readline';
import type { CliEnvironment } from './environment';

/** Whether there is a person who can answer a question. */
export function canAsk({ stdin, stdout, stderr }: CliEnvironment): boolean {
  return stdin.isTTY === true && (stdout.isTTY === true || stderr.isTTY === true);
}

/**
 * Asks a question; only `y` or `yes` is a yes, the end of the input and an
 * aborted signal are a no.
 */
export function confirm(
  { stdin, stdout, stderr }: CliEnvironment,
  question: string,
  signal: AbortSignal,
): Promise<boolean> {
  const output = stderr.isTTY === true ? stderr : stdout;
  output.write(`${question} [y/N] `);
  // Not a "terminal" interface: Ctrl-C stays the signal that the whole command listens to.
  const lines = createInterface({ input: stdin, terminal: false });
  return new Promise((resolve) => {
    let done = false;
    const finish = (answer: boolean, typed: boolean): void => {
      // Closing the interface says "close" once more.
      if (done) return;
      done = true;
      signal.removeEventListener('abort', stopped);
      if (!typed) output.write('\n');
      resolve(answer);
      lines.close();
    };
    const stopped = (): void => finish(false, false);
    lines.once('line', (line) => finish(/^y(es)?$/i.test(line.trim()), true));
    lines.once('close', () => finish(false, false));
    signal.addEventListener('abort', stopped, { once: true });
  });
}
