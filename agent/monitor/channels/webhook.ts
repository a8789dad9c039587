import { messageOf } from '../../support/errors';
import type { WebhookSettings } from './channel-settings';
import type { ChannelMessage } from './message';
import { readSecret, Undelivered, type Sender } from './sender';
import { webhookJson } from './webhook-json';

/** Statuses below 500 with which the same request may succeed later. */
const PASSING = new Set([408, 425, 429]);

/** Posts Alertmanager's JSON to an address. */
export class WebhookSender implements Sender {
  readonly target: string;
  readonly #settings: WebhookSettings;

  constructor(settings: WebhookSettings) {
    this.#settings = settings;
    // Paths and queries of webhooks are often secrets.
    this.target = new URL(settings.url).origin;
  }

  async send(message: ChannelMessage, signal: AbortSignal): Promise<void> {
    const { url, bearer, name } = this.#settings;
    const authorization =
      bearer === null ? {} : { Authorization: `Bearer ${await readSecret(bearer)}` };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'Bulwark', ...authorization },
      body: JSON.stringify(webhookJson(message, name)),
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
}

/** What fetch says itself is only "fetch failed". */
function networkReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const text = cause instanceof Error ? cause.message : '';
  // Of several addresses that were tried, the message is empty and the code tells.
  if (text === '' && cause instanceof Error && 'code' in cause) return String(cause.code);
  return text === '' ? messageOf(error) : text;
}
