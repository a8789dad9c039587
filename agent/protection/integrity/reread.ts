import type { Repository } from '../../repository/repository';
import { memoryKeys } from '../capture/root-plans';

/** A protected source that can be read again. */
export interface Rereadable {
  readonly id: string;
  readonly path: string;
  /** Captures it; no snapshot is made where nothing changed. */
  capture(signal: AbortSignal | undefined): Promise<unknown>;
}

/**
 * Captures a source without trusting what is remembered of it: every byte is read, and whatever
 * the store has not is kept.
 * @throws BulwarkError what a capture throws
 */
export async function reread(
  repository: Repository,
  source: Rereadable,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { catalog } = repository;
  const forget = catalog.change();
  for (const key of memoryKeys(source))
    for (const path of (await catalog.folders(key)).keys()) forget.setFolder(key, path, null);
  await forget.write();
  await source.capture(signal);
}
