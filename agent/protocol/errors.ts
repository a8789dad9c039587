import { z } from 'zod';
import { REASONS, type Reason } from './reasons';

/** What the `data` of a JSON-RPC error holds. */
export const errorData = z.object({
  reason: z.enum(REASONS),
  hint: z.string().optional(),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .optional(),
});
export type ErrorData = z.infer<typeof errorData>;

/** The JSON-RPC code of every error that has a reason (an application error, outside the reserved range). */
export const APPLICATION_ERROR = 1;

/** A request that the agent answered with an error. */
export class RemoteError extends Error {
  readonly reason: Reason;
  readonly hint: string | undefined;
  readonly details: NonNullable<ErrorData['details']>;

  constructor(message: string, data: ErrorData) {
    super(message);
    this.name = 'RemoteError';
    this.reason = data.reason;
    this.hint = data.hint;
    this.details = data.details ?? {};
  }
}
