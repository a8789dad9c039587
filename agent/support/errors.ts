import type { Reason } from '../protocol/reasons';

export type { Reason };

/** What an error carries beside its reason and text. */
export interface ErrorOptions {
  /** What the user can do about it, one sentence. */
  readonly hint?: string;
  /** Facts for programs: paths, ids, pids. */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly cause?: unknown;
}

/** The only error class that crosses rooms; callers look at `reason`, never at `message`. */
export class BulwarkError extends Error {
  readonly reason: Reason;
  readonly hint?: string;
  readonly details: NonNullable<ErrorOptions['details']>;

  constructor(reason: Reason, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BulwarkError';
    this.reason = reason;
    if (options.hint !== undefined) this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** The operating system's error code (`ENOENT` …), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return error.code;
  return undefined;
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Turns what the file system threw about `path` into a typed error;
 * a `BulwarkError` passes through unchanged.
 */
export function fileError(error: unknown, path: string): BulwarkError {
  if (error instanceof BulwarkError) return error;
  const options = { cause: error, details: { path } };
  switch (errnoOf(error)) {
    case 'ENOENT':
      return new BulwarkError('path-missing', `${path} is not there`, options);
    case 'ENOTDIR':
      return new BulwarkError('not-a-directory', `${path} is not a folder`, options);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new BulwarkError('permission-denied', `no permission for ${path}`, {
        ...options,
        hint: 'Give your user the right to read and write it, then try again.',
      });
    case 'ENOSPC':
    case 'EDQUOT':
      return new BulwarkError('disk-full', `the disk that holds ${path} is full`, {
        ...options,
        hint: 'Free some space, then try again; nothing was lost.',
      });
    case 'ENAMETOOLONG':
    case 'ELOOP':
    case 'ERR_INVALID_ARG_VALUE':
      // The last is a zero byte, which no call of the system takes.
      return new BulwarkError('path-refused', `${path} cannot be the path of a file`, options);
    default:
      return new BulwarkError('internal', `${path}: ${messageOf(error)}`, options);
  }
}

/** Throws `cancelled` when `signal` has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new BulwarkError('cancelled', 'cancelled');
}
