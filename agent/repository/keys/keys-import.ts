import { BulwarkError } from '../../support/errors';
import { FolderBlobStore } from '../copies/folder-blob-store';
import type { StoreKeys } from './keys';
import { guardKeys, type KeyPlaces, type NewGuard } from './keys-change';
import { surveyStore } from '../copies/store-survey';

/**
 * Puts a store whose key file, passphrase or `config.json` was lost under a new guard.
 * Nobody may have the store open.
 * @param master from its recovery key
 * @throws BulwarkError `wrong-key` (another store's key, or one from before a rotation), `replica-unknown`
 */
export async function importKey(
  places: KeyPlaces,
  master: Buffer,
  to: NewGuard,
): Promise<StoreKeys> {
  const { keys, standing } = await surveyStore(new FolderBlobStore(places.storePath), master);
  if (standing === 'older') throw olderKey();
  return guardKeys(places, keys, to);
}

/** The error of a recovery key from before the key was rotated, where the newest is needed. */
function olderKey(): BulwarkError {
  return new BulwarkError('wrong-key', 'this recovery key is from before the key was rotated', {
    hint: 'Use the one that was printed after that. What the old one opens, "bulwark store recover" can bring to a new place.',
  });
}
