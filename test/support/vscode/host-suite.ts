import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import Mocha from 'mocha';
import { z } from 'zod';

import { errnoOf, messageOf } from '../../../agent/support/errors';

/**
 * In the extension host's environment: the file that results are added to, one JSON object a line.
 * Without it results go to the caller of `run` alone, as @vscode/test-electron wants it.
 */
export const HOST_RESULT = 'BULWARK_E2E_HOST_RESULT';

const lineSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('passed'), title: z.string() }),
  /** A figure that a suite took, for people. */
  z.object({ kind: z.literal('measured'), what: z.string() }),
  z.object({ kind: z.literal('failed'), title: z.string(), error: z.string() }),
  /** The last one; `error` says why the run as a whole failed. */
  z.object({ kind: z.literal('ended'), error: z.string().optional() }),
]);

/** One line of the result file. */
export type HostLine = z.infer<typeof lineSchema>;

/**
 * Runs every `*.test.js` in `folder` with mocha, inside the extension host. This is what a suite's
 * `index.ts` exports as `run` for @vscode/test-electron; it rejects when a test fails.
 */
export function runSuites(folder: string): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, color: false });
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith('.test.js')) mocha.addFile(join(folder, name));
  }
  return new Promise((resolve, reject) => {
    const runner = mocha.run((failures) => {
      if (failures === 0) resolve();
      else reject(new Error(`${String(failures)} tests failed`));
    });
    runner.on('pass', (test) => {
      write({ kind: 'passed', title: test.fullTitle() });
    });
    runner.on('fail', (test, error: unknown) => {
      write({ kind: 'failed', title: test.fullTitle(), error: textOf(error) });
    });
  });
}

/**
 * Runs `suite`, the path of a module that exports `run()`, and writes how it ended to the result
 * file. Called by the test-only extension where VS Code is not started by @vscode/test-electron.
 */
export async function runInExtensionHost(suite: string): Promise<void> {
  try {
    const loaded: unknown = await import(suite);
    await runnerIn(loaded)();
    write({ kind: 'ended' });
  } catch (error) {
    write({ kind: 'ended', error: textOf(error) });
  }
}

/** Tells a figure that is of interest, on the console and in the result file. */
export function tellFigure(what: string): void {
  console.log(what);
  write({ kind: 'measured', what });
}

/** The lines that are in a result file so far; the last one is of kind `ended` when all is done. */
export function readHostLines(file: string): HostLine[] {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  // What follows the last line break is still being written.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => lineSchema.parse(JSON.parse(line)));
}

function write(line: HostLine): void {
  const file = process.env[HOST_RESULT];
  if (file !== undefined && file !== '') appendFileSync(file, `${JSON.stringify(line)}\n`);
}

function runnerIn(loaded: unknown): () => Promise<unknown> {
  // import() of a CommonJS module gives its exports by name, as `default`, or both.
  for (const from of [loaded, property(loaded, 'default')]) {
    const run = property(from, 'run');
    if (typeof run !== 'function') continue;
    return async () => {
      const returned: unknown = await run.call(from);
      return returned;
    };
  }
  throw new Error('the suite does not export run()');
}

function property(from: unknown, name: string): unknown {
  if (typeof from !== 'object' || from === null) return undefined;
  return new Map<string, unknown>(Object.entries(from)).get(name);
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}
