import { RemoteError } from '../protocol/errors';
import { BulwarkError, messageOf, type ErrorOptions, type Reason } from '../support/errors';
import type { StopSignal } from './environment';

/** What the process ends with; the same for every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notRunning: 3 } as const;

/** An error in the words of a person and of a program. */
interface Failure {
  readonly reason: Reason;
  readonly message: string;
  readonly hint: string | null;
  readonly details: NonNullable<ErrorOptions['details']>;
}

/** A command line that makes no sense; exits with {@link EXIT.usage}. */
export function usageError(message: string, hint?: string): BulwarkError {
  return new BulwarkError('usage', message, hint === undefined ? {} : { hint });
}

/** The reason of whatever was thrown. */
export function reasonOf(error: unknown): Reason {
  return error instanceof BulwarkError || error instanceof RemoteError ? error.reason : 'internal';
}

/** What to do where the one who threw did not say it. */
const HINTS: Partial<Record<Reason, string>> = {
  'path-missing': 'Check the spelling, or mount the disk that holds it.',
  'agent-unreachable':
    'Try again; the log of the agent is logs/agent.log in its folder (docs/settings.md).',
  'nothing-to-undo': 'See the restores of the past with: bulwark undo --list',
  internal:
    'This is a fault of Bulwark. The log of the agent has more: logs/agent.log in its folder.',
};

/** Whatever was thrown, as a {@link Failure}. */
export function failureOf(error: unknown): Failure {
  if (error instanceof BulwarkError || error instanceof RemoteError)
    return {
      reason: error.reason,
      message: error.message,
      hint: error.hint ?? HINTS[error.reason] ?? null,
      details: error.details,
    };
  return {
    reason: 'internal',
    message: messageOf(error),
    hint: HINTS.internal ?? null,
    details: {},
  };
}

/** The exit code of a failure, as shells expect it: 128 + signal when one stopped us. */
export function exitCodeOf(reason: Reason, stoppedBy: StopSignal | null): number {
  if (reason === 'cancelled' && stoppedBy !== null) return signalExitCode(stoppedBy);
  return reason === 'usage' || reason === 'invalid-params' ? EXIT.usage : EXIT.failed;
}

function signalExitCode(signal: StopSignal): number {
  switch (signal) {
    case 'SIGHUP':
      return 129;
    case 'SIGINT':
      return 130;
    case 'SIGPIPE':
      return 141;
    case 'SIGTERM':
      return 143;
  }
}
