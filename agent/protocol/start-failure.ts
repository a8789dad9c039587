import { z } from 'zod';
import { errorData, RemoteError, type ErrorData } from './errors';

const startFailure = errorData.extend({ message: z.string() });

/** What an agent that cannot start writes as its last line, for whoever started it. */
export function startFailureLine(failure: ErrorData & { readonly message: string }): string {
  return JSON.stringify(failure);
}

/** The failure that such a line tells, or null when the agent ended without a word for programs. */
export function readStartFailure(log: string): RemoteError | null {
  const parsed = startFailure.safeParse(parseJson(log.trimEnd().split('\n').at(-1) ?? ''));
  if (!parsed.success) return null;
  const { message, ...data } = parsed.data;
  return new RemoteError(`the agent did not start: ${message}`, data);
}

/** Why an agent cannot keep its state in `home`. @param code the operating system's (`EACCES` …) */
export function homeFailure(code: string, home: string): RemoteError {
  const [reason, what, hint] = homeProblem(code);
  return new RemoteError(`the agent did not start: ${home} ${what}`, {
    reason,
    hint,
    details: { path: home },
  });
}

function homeProblem(code: string): readonly [ErrorData['reason'], string, string] {
  const another = 'BULWARK_HOME can name another folder.';
  switch (code) {
    case 'ENOTDIR':
    case 'EEXIST':
      return ['not-a-directory', 'is not a folder, or lies below a file', another];
    case 'ENOSPC':
    case 'EDQUOT':
      return [
        'disk-full',
        'is on a full disk',
        'Free some space, then try again; nothing was lost.',
      ];
    default:
      // Making folders on a read-only disk ends in ENOENT.
      return [
        'permission-denied',
        `cannot be written (${code})`,
        `Give your user the right to write there. ${another}`,
      ];
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
