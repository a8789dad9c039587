import { BulwarkError } from '../support/errors';

/** Why the catalog in `path` could not be opened. */
export function openError(error: unknown, path: string): BulwarkError {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'LEVEL_LOCKED')
    return new BulwarkError('store-locked', 'another process has the store open', { cause: error });
  return new BulwarkError('store-damaged', `the catalog in ${path} cannot be opened`, {
    hint: 'Run "bulwark store rebuild-catalog": it is made again from the packs.',
    cause: error,
  });
}
