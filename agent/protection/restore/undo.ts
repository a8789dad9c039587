import type { Catalog } from '../../repository/catalog/catalog';
import type { OperationRecord } from '../../repository/record';
import { BulwarkError } from '../../support/errors';

const LOOKED_AT = 1000;

/**
 * The operation that an undo takes back.
 * @throws BulwarkError `nothing-to-undo`
 */
export async function undoneBy(catalog: Catalog, operationId?: string): Promise<OperationRecord> {
  const operations = await catalog.operations(LOOKED_AT);
  const undone = new Set(operations.map(({ undoes }) => undoes));
  const found = operations.find(({ id }) =>
    operationId === undefined ? !undone.has(id) : id === operationId,
  );
  if (found === undefined)
    throw new BulwarkError(
      'nothing-to-undo',
      operationId === undefined
        ? 'there is no restore to take back'
        : `no restore has the id ${operationId}`,
    );
  if (undone.has(found.id))
    throw new BulwarkError('nothing-to-undo', 'that restore was taken back already', {
      hint: 'Undo the undo to have it again.',
      details: { operation: found.id },
    });
  return found;
}
