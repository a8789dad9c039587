import { messageOf } from '../../support/errors';
import type { SecretPlace } from './channel-settings';
import { readSecret, Undelivered } from './sender';

/** Statuses below 500 with which the same request may succeed later. */
const PASSING = new Set([408, 425, 429]);

export interface JsonRequest {
  readonly body: unknown;
  /** Where the token for `Authorization` is; null for none. */
  readonly bearer: SecretPlace | null;
  readonly signal: AbortSignal;
}

/** Posts JSON; what is answered is not read. @throws Undelivered unless the answer is 200 to 299 */
export async function postJson(url: string, { body, bearer, signal }: JsonRequest): Promise<void> {
  const authorization =
    bearer === null ? {} : { Authorization: `Bearer ${await readSecret(bearer)}` };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'User-Agent': 'Bulwark', ...authorization },
    body: JSON.stringify(body),
    // A token must not follow to another place.
    redirect: 'manual',
    signal,
  }).catch((error: unknown) => {
    throw new Undelivered(networkReason(error), { cause: error });
  });
  await response.body?.cancel();
  if (response.ok) return;
  const { status } = response;
  throw new Undelivered(`it answered with ${String(status)}`, {
    final: status < 500 && !PASSING.has(status),
  });
}

/** What fetch says itself is only "fetch failed". */
function networkReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const text = cause instanceof Error ? cause.message : '';
  // Of several addresses that were tried, the message is empty and the code tells.
  if (text === '' && cause instanceof Error && 'code' in cause) return String(cause.code);
  return text === '' ? messageOf(error) : text;
}
