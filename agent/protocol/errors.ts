import { z } from 'zod';
import { REASONS, type Reason } from './reasons';

export const reason = z.enum(REASONS).describe('why something failed; see Reasons');

/** What the `data` of a JSON-RPC error holds. */
export const errorData = z.object({
  reason,
  hint: z.string().optional(),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .optional(),
});
export type ErrorData = z.infer<typeof errorData>;

/**
 * The JSON-RPC code of a request that was understood and failed. What is wrong with the message
 * itself has the codes that JSON-RPC reserves; every error has {@link errorData} in either case.
 */
export const APPLICATION_ERROR = 1;

/** A request that the agent answered with an error. */
export class RemoteError extends Error {
  readonly reason: Reason;
  readonly hint: string | undefined;
  readonly details: NonNullable<ErrorData['details']>;

  constructor(message: string, data: ErrorData, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'RemoteError';
    this.reason = data.reason;
    this.hint = data.hint;
    this.details = data.details ?? {};
  }
}
