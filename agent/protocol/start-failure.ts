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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
