import type { Location } from '../catalog/location';
import type { PackFault } from './verify-pack';
import type { Lack } from './verify-snapshots';

/** One damage, and who suffers from it. */
export interface VerifyError {
  readonly what: 'pack' | 'frame' | 'blob' | 'tree' | 'snapshot' | 'catalog';
  /** `pack@offset` for a frame, else an id. */
  readonly where: string;
  readonly message: string;
  /** Snapshots that miss something because of it. */
  readonly snapshots: string[];
}

/**
 * Collects damage. What snapshots lack is put down to the frame or pack that
 * held it, so that one bad frame is one error and not a thousand.
 */
export class Damage {
  readonly #errors = new Map<string, VerifyError>();

  addFaults(packId: string, faults: readonly PackFault[]): void {
    for (const { what, offset, id, message } of faults) {
      if (what === 'pack' || offset === null) this.pack(packId, message);
      else if (what === 'frame') this.#add('frame', frameAt(packId, offset), message);
      else this.#add('blob', id ?? frameAt(packId, offset), message);
    }
  }

  pack(packId: string, message: string): void {
    this.#add('pack', packId, message);
  }

  snapshot(id: string, message: string): void {
    this.#add('snapshot', id, message).snapshots.push(id);
  }

  catalog(where: string, message: string): void {
    this.#add('catalog', where, message);
  }

  /** Whether this very blob was found damaged. */
  knows(id: string): boolean {
    return this.#errors.has(`blob:${id}`);
  }

  /** A blob that the catalog has in a place where it is not. */
  lost(id: string, location: Location): void {
    if (this.#cause(id, location) !== null) return;
    const where = frameAt(location.pack, location.frameOffset);
    this.#add('frame', where, 'the catalog has blobs here, but they cannot be read');
  }

  /** Something that a snapshot lacks. @param location where the catalog has it */
  lack(lack: Lack, location: Location | null, snapshotId: string): void {
    const cause = lack.kind === 'blob' ? this.#cause(lack.id, location) : null;
    const error = cause ?? this.#add(lack.kind, lack.id, lack.message);
    if (!error.snapshots.includes(snapshotId)) error.snapshots.push(snapshotId);
  }

  errors(): VerifyError[] {
    return [...this.#errors.values()];
  }

  #cause(id: string, location: Location | null): VerifyError | null {
    const blob = this.#errors.get(`blob:${id}`);
    if (blob !== undefined || location === null) return blob ?? null;
    const frame = this.#errors.get(`frame:${frameAt(location.pack, location.frameOffset)}`);
    return frame ?? this.#errors.get(`pack:${location.pack}`) ?? null;
  }

  #add(what: VerifyError['what'], where: string, message: string): VerifyError {
    const key = `${what}:${where}`;
    const known = this.#errors.get(key);
    if (known !== undefined) return known;
    const error: VerifyError = { what, where, message, snapshots: [] };
    this.#errors.set(key, error);
    return error;
  }
}

function frameAt(packId: string, offset: number): string {
  return `${packId}@${String(offset)}`;
}
