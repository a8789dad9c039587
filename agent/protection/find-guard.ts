import { BulwarkError } from '../support/errors';
import { displayName } from '../support/names';
import { holds } from './source';
import type { SourceGuard } from './source-guard';

/** Of the guards whose source holds one of these spellings of a path, the innermost. */
export function guardHolding(
  guards: readonly SourceGuard[],
  paths: readonly string[],
): SourceGuard | null {
  let best: SourceGuard | null = null;
  for (const guard of guards)
    if (paths.some((path) => holds(guard.source.path, path)))
      if (best === null || guard.source.path.length > best.source.path.length) best = guard;
  return best;
}

/** @throws BulwarkError `not-protected`, or `path-missing` where there is nothing */
export function refuseUnprotected(path: string, exists: boolean): never {
  if (!exists) throw new BulwarkError('path-missing', `${displayName(path)} is not there`);
  throw new BulwarkError('not-protected', `${path} is not protected`, {
    hint: `Protect it with "bulwark start ${path}".`,
    details: { path },
  });
}
