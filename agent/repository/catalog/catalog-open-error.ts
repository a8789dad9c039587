import { BulwarkError, errnoOf } from '../../support/errors';

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

/** Whether LevelDB has met something damaged in a catalog that it could open. */
export function isCatalogDamage(error: unknown): boolean {
  return (
    errnoOf(error) === 'LEVEL_CORRUPTION' ||
    (error instanceof Error && error.cause !== undefined && isCatalogDamage(error.cause))
  );
}

/** What is told when the catalog cannot be written because of what is in it already. */
export function damagedCatalog(cause: unknown): BulwarkError {
  return new BulwarkError('store-damaged', 'the catalog is damaged; the packs hold everything', {
    hint: 'Run "bulwark store rebuild-catalog": it is made again from the packs.',
    cause,
  });
}
