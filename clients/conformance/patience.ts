import { systemClock } from '../../agent/support/clock';

const PATIENCE_MS = 45_000;
const POLL_MS = 20;

/**
 * Looks again and again until there is something.
 * @throws Error after 45 s
 */
export async function until<T>(what: string, look: () => Promise<T | null> | T | null): Promise<T> {
  const end = systemClock.monotonic() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (systemClock.monotonic() > end) throw new Error(`waited in vain for ${what}`);
    await systemClock.sleep(POLL_MS);
  }
}
