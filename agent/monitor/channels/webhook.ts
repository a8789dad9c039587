import type { WebhookSettings } from './channel-settings';
import type { ChannelMessage } from './message';
import { postJson } from './post-json';
import type { Sender } from './sender';
import { webhookJson } from './webhook-json';

/** Posts Alertmanager's JSON to an address. */
export class WebhookSender implements Sender {
  readonly target: string;
  readonly #settings: WebhookSettings;

  constructor(settings: WebhookSettings) {
    this.#settings = settings;
    // Paths and queries of webhooks are often secrets.
    this.target = new URL(settings.url).origin;
  }

  send(message: ChannelMessage, signal: AbortSignal): Promise<void> {
    const { url, bearer, name } = this.#settings;
    return postJson(url, { body: webhookJson(message, name), bearer, signal });
  }
}
