import { messageOf } from '../../support/errors';
import type { Danger, EmergencyRecord } from './emergency';
import type { ActionPorts } from './ports';

type Ports = Pick<ActionPorts, 'protection' | 'keeping' | 'log'>;

/** What became of it: a line each. */
interface Saved {
  readonly saved: number;
  readonly of: number;
  readonly details: readonly string[];
}

/**
 * Takes a snapshot of everything at risk, one after the other; of a damaged store full backups that
 * are read back. What cannot be saved does not keep the others from it.
 * @param details gets a line for each as it is done
 */
export async function backUpAtRisk(
  { protection, keeping, log }: Ports,
  emergency: Pick<EmergencyRecord, 'id' | 'trigger'>,
  { atRisk }: Pick<Danger, 'atRisk'>,
  details: string[],
  signal: AbortSignal,
): Promise<Saved> {
  if (emergency.trigger === 'disk-nearly-full')
    await keeping.makeRoom().catch((error: unknown) => {
      log.warn('No room could be made in an emergency', { error });
      details.push(`no room could be made in the store: ${messageOf(error)}`);
    });
  const wanted = atRisk === null ? null : new Set(atRisk);
  // A repository's own state is saved with the first of its worktrees.
  const guards = protection
    .present()
    .filter(({ source: { id, kind } }) => kind !== 'repository' && (wanted?.has(id) ?? true));
  const label = `Emergency ${emergency.id}`;
  let saved = 0;
  for (const guard of guards) {
    const { path } = guard.source;
    if (signal.aborted) {
      details.push(`${path}: there was no time left`);
      continue;
    }
    try {
      const { id } =
        emergency.trigger === 'store-damaged'
          ? await keeping.backUpFresh(guard, label, signal)
          : await protection.snapshot(guard, { kind: 'manual', label, signal });
      saved += 1;
      details.push(`${path}: snapshot ${id.slice(0, 10)}`);
    } catch (error) {
      details.push(`${path}: ${messageOf(error)}`);
    }
  }
  return { saved, of: guards.length, details };
}
