import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const EXAMPLES = resolve(__dirname, '../../../docs/examples');

/** One of the example programs at work, as a process of its own. */
export class ExampleProgram {
  readonly #child: ChildProcess;
  #said = '';
  #errors = '';

  constructor(script: string, home: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [resolve(EXAMPLES, script), ...args], {
      env: { ...process.env, BULWARK_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#said = (this.#said + text).slice(-2000)));
    this.#child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#errors = (this.#errors + text).slice(-2000)));
  }

  /** What it has done so far. @throws when it has ended by itself */
  get transfers(): number {
    if (this.#child.exitCode !== null) throw new Error(`the program has ended: ${this.#errors}`);
    return Number(/(\d+) transfers\s*$/.exec(this.#said)?.[1] ?? 0);
  }

  /** `kill -9`, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
