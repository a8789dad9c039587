import { BulwarkError } from '../../../agent/support/errors';

/** @returns whether an error is a failure with this reason */
export function isFailure(reason: BulwarkError['reason']): (error: unknown) => boolean {
  return (error) => error instanceof BulwarkError && error.reason === reason;
}
