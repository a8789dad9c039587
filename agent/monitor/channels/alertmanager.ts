import { isoTime, type Clock } from '../../support/clock';
import type { AlertmanagerSettings } from './channel-settings';
import type { ChannelMessage } from './message';
import { postJson } from './post-json';
import type { Sender } from './sender';
import { annotationsOf, labelsOf } from './webhook-json';

/**
 * What fires counts for so long after it was told last, ms, as Prometheus has it: four times as long
 * as until it is told again, so that Alertmanager forgets what a dead agent cannot end any more.
 */
const FIRES_FOR_MS = 4 * 60_000;

/** An alert as `POST /api/v2/alerts` takes it. @see https://prometheus.io/docs/alerting/latest/clients/ */
interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** Tells an Alertmanager what fires, again each minute, and when it is over. */
export class AlertmanagerSender implements Sender {
  readonly target: string;
  readonly #settings: AlertmanagerSettings;
  readonly #clock: Clock;
  readonly #machine: string;

  /** @param machine the label `instance` */
  constructor(settings: AlertmanagerSettings, machine: string, clock: Clock) {
    this.#settings = settings;
    this.#machine = machine;
    this.#clock = clock;
    this.target = new URL(settings.url).origin;
  }

  send(message: ChannelMessage, signal: AbortSignal): Promise<void> {
    return this.renew([message], signal);
  }

  /** Fires once more, or is over, by what each alert says. */
  async renew(messages: readonly ChannelMessage[], signal: AbortSignal): Promise<void> {
    const { url, bearer } = this.#settings;
    const alerts = messages.flatMap((message) => this.#alertsOf(message));
    await postJson(`${url.replace(/\/+$/, '')}/api/v2/alerts`, { body: alerts, bearer, signal });
  }

  #alertsOf(message: ChannelMessage): PostableAlert[] {
    const firesUntil = this.#clock.now() + FIRES_FOR_MS;
    return message.alerts.map((alert) => ({
      labels: { ...labelsOf(alert, message), instance: this.#machine },
      annotations: annotationsOf(alert, message),
      startsAt: isoTime(alert.startsAt),
      // The test of a channel is over by itself.
      endsAt: isoTime(alert.endsAt ?? firesUntil),
    }));
  }
}
