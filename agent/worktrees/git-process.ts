import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Clock, Timer } from '../support/clock';
import { encodeName, hasRawBytes } from '../support/names';

/** One process to run to its end. */
export interface ProcessRequest {
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute path of the working folder, as a name (see support/names). */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
  readonly timeoutMs: number;
  /** The process is stopped when it has written more than this many bytes to standard output. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** How a process ended; only `exited` has output. */
export type ProcessOutcome =
  | {
      readonly kind: 'exited';
      readonly code: number;
      readonly stdout: Buffer;
      readonly stderr: string;
    }
  | { readonly kind: 'killed'; readonly signal: string; readonly stderr: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'not-started'; readonly error: unknown };

const KEPT_STDERR = 16 * 1024;
/** How long a process that was asked to stop may take to remove its lock files. */
const GRACE_MS = 2_000;

/** Runs a process without a shell and gathers its output; never rejects. */
export async function runProcess(request: ProcessRequest, clock: Clock): Promise<ProcessOutcome> {
  if (!hasRawBytes(request.cwd)) return await runIn(request.cwd, request, clock);
  // Node spells the working folder as UTF-8, so a folder whose name is no UTF-8 is
  // opened here, and the child enters it through its own copy of that descriptor.
  let folder;
  try {
    folder = await open(encodeName(request.cwd), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    return { kind: 'not-started', error };
  }
  try {
    return await runIn(`/proc/self/fd/${String(folder.fd)}`, request, clock);
  } finally {
    await folder.close();
  }
}

function runIn(cwd: string, request: ProcessRequest, clock: Clock): Promise<ProcessOutcome> {
  const { signal, input } = request;
  if (signal?.aborted === true) return Promise.resolve({ kind: 'aborted' });
  return new Promise((resolve) => {
    let child: ChildProcessWithoutNullStreams;
    try {
      child = spawn(request.command, [...request.args], {
        cwd,
        env: request.env,
        stdio: 'pipe',
        windowsHide: true,
      });
    } catch (error) {
      // Some failures (arguments too long, no memory) are thrown, others are told as an event.
      resolve({ kind: 'not-started', error });
      return;
    }
    if (child.pid === undefined) {
      child.once('error', (error) => resolve({ kind: 'not-started', error }));
      return;
    }
    // From here on only stopping it can fail, and then its end is still told.
    child.on('error', () => undefined);
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = Buffer.alloc(0);
    let stopped: ProcessOutcome | null = null;
    let grace: Timer | null = null;
    let limit: Timer | null = null;

    const finish = (outcome: ProcessOutcome): void => {
      limit?.cancel();
      grace?.cancel();
      signal?.removeEventListener('abort', abort);
      resolve(outcome);
    };
    const stop = (outcome: ProcessOutcome): void => {
      if (stopped !== null) return;
      stopped = outcome;
      child.kill('SIGTERM');
      grace = clock.setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    const abort = (): void => stop({ kind: 'aborted' });
    limit = clock.setTimeout(() => stop({ kind: 'timed-out' }), request.timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });

    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > request.maxBytes) stop({ kind: 'too-large' });
      if (stopped === null) chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]).subarray(-KEPT_STDERR);
    });
    child.on('exit', () => {
      // A grandchild may hold the pipes open long after a stopped process has gone.
      if (stopped === null) return;
      child.stdout.destroy();
      child.stderr.destroy();
      finish(stopped);
    });
    child.on('close', (code, killer) => {
      const text = stderr.toString('utf8');
      if (stopped !== null) finish(stopped);
      else if (code === null) finish({ kind: 'killed', signal: killer ?? 'unknown', stderr: text });
      else finish({ kind: 'exited', code, stdout: Buffer.concat(chunks), stderr: text });
    });
    // A process that ends without reading its input breaks the pipe; its exit code tells more.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
