import { lstat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Clock } from '../support/clock';
import { BulwarkError, errnoOf, fileError, messageOf } from '../support/errors';
import type { Log } from '../support/log';
import { Mutex } from '../support/mutex';
import { displayName, toFsPath } from '../support/names';
import { runProcess, type ProcessOutcome } from './git-process';

/** Where git runs: in a folder, letting it find the repository, or for a git directory that is named. */
export type GitPlace =
  /** Absolute folder to run in. */
  | { readonly cwd: string }
  /** Absolute git directory (a worktree's own, or the common one). */
  | { readonly gitDir: string };

/** One call of git. */
export type GitCall = GitPlace & {
  readonly args: readonly string[];
  /** Calls with the same lane run one after another; the common directory, where it is known. */
  readonly lane?: string;
  readonly timeoutMs?: number;
  /** Most bytes of standard output that are accepted. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers, not failures. */
  readonly okCodes?: readonly number[];
};

export interface GitResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number;
}

interface Lane {
  readonly mutex: Mutex;
  users: number;
}

/** `worktree list -z` came with this version. */
const OLDEST = [2, 36] as const;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** Settings of the environment that say where git and its files are; all other GIT_* are dropped. */
const KEPT = new Set([
  'GIT_EXEC_PATH',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_ATTR_NOSYSTEM',
]);

/** Said to every git: no daemon, plain names, bare repositories are fine. */
const SETTINGS = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.quotePath=false',
  '-c',
  'safe.bareRepository=all',
];

/**
 * Runs git so that it changes nothing by the way: no optional locks, no
 * prompts, no network, nothing inherited that would point it elsewhere.
 */
export class Git {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #gitPath: string;
  readonly #lanes = new Map<string, Lane>();
  #checked: Promise<void> | null = null;

  constructor({ clock, log, gitPath = 'git' }: { clock: Clock; log: Log; gitPath?: string }) {
    this.#clock = clock;
    this.#log = log;
    this.#gitPath = gitPath;
  }

  /**
   * Runs git and gives what it wrote.
   * @throws BulwarkError git-missing, git-too-old, git-timeout, git-failed
   *   (any exit code that is not in `okCodes`), too-large, cancelled,
   *   path-missing (the folder to run in is gone), not-a-directory,
   *   permission-denied
   */
  async run(call: GitCall): Promise<GitResult> {
    await this.#checkVersion();
    const lane = call.lane ?? folderOf(call);
    return await this.#inLane(lane, () => this.#call(call));
  }

  async #inLane<T>(key: string, fn: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(key) ?? { mutex: new Mutex(), users: 0 };
    this.#lanes.set(key, lane);
    lane.users += 1;
    try {
      return await lane.mutex.run(fn);
    } finally {
      lane.users -= 1;
      if (lane.users === 0) this.#lanes.delete(key);
    }
  }

  async #call(call: GitCall): Promise<GitResult> {
    const cwd = folderOf(call);
    const timeoutMs = call.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const started = this.#clock.monotonic();
    const outcome = await runProcess(
      {
        command: this.#gitPath,
        args: [...SETTINGS, ...call.args],
        cwd,
        env: {
          ...neutralEnvironment(),
          // Relative, because an environment variable cannot carry a name that is no UTF-8.
          ...('gitDir' in call ? { GIT_DIR: '.' } : {}),
          ...call.env,
        },
        timeoutMs,
        maxBytes: call.maxBytes ?? DEFAULT_MAX_BYTES,
        ...(call.input === undefined ? {} : { input: call.input }),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      },
      this.#clock,
    );
    this.#log.debug('git ran', {
      args: call.args.join(' '),
      cwd: displayName(cwd),
      outcome: outcome.kind,
      ms: Math.round(this.#clock.monotonic() - started),
    });
    if (outcome.kind === 'exited' && (call.okCodes ?? [0]).includes(outcome.code)) return outcome;
    throw await explain(outcome, call.args, cwd, this.#gitPath, timeoutMs);
  }

  /** Looks once whether git is there and new enough; looks again after a failure. */
  #checkVersion(): Promise<void> {
    this.#checked ??= this.#readVersion().catch((error: unknown) => {
      this.#checked = null;
      throw error;
    });
    return this.#checked;
  }

  async #readVersion(): Promise<void> {
    const { stdout } = await this.#call({ cwd: tmpdir(), args: ['version'] });
    const text = stdout.toString('utf8').trim();
    const version = parseGitVersion(text);
    if (version === null || isOlder(version, OLDEST))
      throw new BulwarkError('git-too-old', `${text} is too old: Bulwark needs 2.36 or newer`, {
        hint: 'Install a newer git from https://git-scm.com/downloads, then try again.',
        details: { found: text, needed: OLDEST.join('.'), gitPath: this.#gitPath },
      });
  }
}

/** Major and minor of what `git version` prints, or null where it is not git that answered. */
export function parseGitVersion(text: string): readonly [number, number] | null {
  const found = /^git version (\d+)\.(\d+)/.exec(text);
  if (found === null) return null;
  return [Number(found[1]), Number(found[2])];
}

function isOlder(version: readonly [number, number], than: readonly [number, number]): boolean {
  return version[0] < than[0] || (version[0] === than[0] && version[1] < than[1]);
}

function folderOf(place: GitPlace): string {
  return 'gitDir' in place ? place.gitDir : place.cwd;
}

function neutralEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    // Git trusts PWD for the spelling of its working folder; ours is another one.
    if (name === 'PWD') continue;
    if (!name.toUpperCase().startsWith('GIT_') || KEPT.has(name)) env[name] = value;
  }
  return {
    ...env,
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // A missing object of a partial clone must never be fetched by looking at it.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
  };
}

async function explain(
  outcome: ProcessOutcome,
  args: readonly string[],
  cwd: string,
  gitPath: string,
  timeoutMs: number,
): Promise<BulwarkError> {
  const command = `git ${args[0] ?? ''}`;
  const details = { args: [...args], cwd: displayName(cwd) };
  switch (outcome.kind) {
    case 'aborted':
      return new BulwarkError('cancelled', `${command} was cancelled`, { details });
    case 'timed-out':
      return new BulwarkError('git-timeout', `${command} took longer than ${timeoutMs} ms`, {
        details,
        hint: 'Look whether the disk is slow or another git holds the repository, then try again.',
      });
    case 'too-large':
      return new BulwarkError('too-large', `${command} wrote more than can be read`, { details });
    case 'not-started':
      return await whyNotStarted(outcome.error, cwd, gitPath);
    case 'killed':
      return new BulwarkError('git-failed', `${command} was ended by ${outcome.signal}`, {
        details: { ...details, stderr: outcome.stderr },
      });
    case 'exited':
      return new BulwarkError(
        'git-failed',
        `${command} failed with ${outcome.code}: ${lastLine(outcome.stderr)}`,
        { details: { ...details, code: outcome.code, stderr: outcome.stderr } },
      );
  }
}

/** The operating system says the same of a missing program and of a missing working folder. */
async function whyNotStarted(error: unknown, cwd: string, gitPath: string): Promise<BulwarkError> {
  try {
    const folder = await lstat(toFsPath(cwd));
    if (folder.isFile())
      return new BulwarkError('not-a-directory', `${displayName(cwd)} is not a folder`);
  } catch (missing) {
    return fileError(missing, displayName(cwd));
  }
  if (errnoOf(error) === 'ENOENT')
    return new BulwarkError('git-missing', `git was not found (looked for ${gitPath})`, {
      cause: error,
      hint: 'Install git 2.36 or newer from https://git-scm.com/downloads and put it on the PATH.',
      details: { gitPath },
    });
  return new BulwarkError('git-failed', `git did not start: ${messageOf(error)}`, {
    cause: error,
    details: { gitPath },
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
