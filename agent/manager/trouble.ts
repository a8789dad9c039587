import type { Keeping } from '../protection/backups/keeping';
import type { DataProtectionLayer } from '../protection/data-protection-layer';
import type { SnapshotRecord } from '../protection/snapshots';
import { messageOf } from '../support/errors';

/** What somebody who works in a worktree has noticed. */
export interface Trouble {
  readonly source: { readonly id: string; readonly path: string };
  readonly message: string;
  readonly by: string;
  /** The state as it was reported, pinned; null where it could not be kept. */
  readonly kept: SnapshotRecord | null;
  /** Why it could not. */
  readonly problem: string | null;
}

const LABEL_LENGTH = 200;

/**
 * Keeps the state that somebody reports as wrong: whoever looks into it later needs to see it. A
 * state that cannot be kept is no reason to tell nobody.
 * @throws BulwarkError `not-protected`, `source-unknown`
 */
export async function keepReported(
  { protection, keeping }: { protection: DataProtectionLayer; keeping: Keeping },
  { path, message, by }: { path: string; message: string; by: string },
): Promise<Trouble> {
  const guard = await protection.backedUpOf(path);
  const { id, path: place } = guard.source;
  const label = `reported by ${by}: ${message}`.slice(0, LABEL_LENGTH);
  try {
    const kept = await protection.snapshot(guard, { kind: 'manual', label });
    await keeping.pin(kept, true, label);
    return { source: { id, path: place }, message, by, kept, problem: null };
  } catch (error) {
    const problem = messageOf(error);
    return { source: { id, path: place }, message, by, kept: null, problem };
  }
}
