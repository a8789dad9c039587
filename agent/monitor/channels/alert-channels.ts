import type { Breakers } from '../../components/breakers';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { makeFolder } from '../../support/atomic-file';
import type { Clock, Timer } from '../../support/clock';
import type { Disposable } from '../../support/emitter';
import { BulwarkError } from '../../support/errors';
import type { KeptFile } from '../../support/kept-file';
import type { Log } from '../../support/log';
import { rankOf } from '../alerts/alert';
import type { AlertBook, Notification } from '../alerts/alert-book';
import { Channel, type ChannelState, type Outcome } from './channel';
import type { ChannelSettings } from './channel-settings';
import { channelStore, type ChannelMemory, type UndeliveredMessage } from './channel-store';
import { EmailSender } from './email';
import {
  emergencyMessage,
  testMessage,
  toldOf,
  type ChannelMessage,
  type EmergencyNews,
  type ToldAlert,
} from './message';
import type { Sender } from './sender';
import { AlertmanagerSender } from './alertmanager';
import { DesktopSender } from './desktop';
import { WebhookSender } from './webhook';

export interface AlertChannelsOptions {
  readonly breakers: Breakers;
  /** The agent's own folder. */
  readonly home: string;
  readonly settings: readonly ChannelSettings[];
  readonly alerts: AlertBook;
  readonly clock: Clock;
  readonly log: Log;
  /** This machine's name, for those who get mails from several. */
  readonly machine: string;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** A channel as people see it. Times in ms since 1970. */
export interface ChannelView {
  readonly name: string;
  readonly kind: ChannelSettings['kind'];
  readonly target: string;
  readonly minimumSeverity: ChannelSettings['minimumSeverity'];
  readonly state: ChannelState;
  readonly waiting: number;
  readonly deliveredAt: number | null;
}

/** How the test of a channel ended. */
export interface ChannelTest {
  readonly channel: string;
  readonly outcome: Outcome;
  readonly ms: number;
}

/** What waits when the agent leaves gets so long, ms. */
const CLOSE_MS = 3_000;
const MOST_UNDELIVERED = 200;
const MOST_TOLD = 500;
/** How often what is not over is told again to whom would forget it, ms; as Prometheus does it. */
const RENEW_MS = 60_000;

interface Configured {
  readonly settings: ChannelSettings;
  readonly channel: Channel;
}

/**
 * Takes notifications to where the user's own settings say. Each channel works for itself; what one
 * cannot deliver is kept in a list, and the others go on.
 */
export class AlertChannels {
  readonly #options: AlertChannelsOptions;
  readonly #store: KeptFile<ChannelMemory>;
  readonly #channels: readonly Configured[];
  readonly #told: Map<string, ChannelMessage>;
  /** Emergencies that are not over, by their ids. */
  readonly #emergencies = new Map<string, ChannelMessage>();
  readonly #subscription: Disposable;
  #renewing: Timer | null = null;
  #undelivered: UndeliveredMessage[];

  private constructor(
    options: AlertChannelsOptions,
    store: KeptFile<ChannelMemory>,
    memory: ChannelMemory,
  ) {
    this.#options = options;
    this.#store = store;
    this.#undelivered = memory.undelivered;
    this.#told = new Map(memory.told.map((message) => [message.group, message]));
    this.#channels = options.settings.map((settings) => ({
      settings,
      channel: this.#make(settings),
    }));
    for (const { channel, message } of memory.waiting) {
      const found = this.#channels.find(({ settings }) => settings.name === channel);
      if (found !== undefined) found.channel.add(message);
      else this.#giveUp(channel, message, 'the channel is no longer in the settings');
    }
    this.#subscription = options.alerts.onNotify.on((notification) => {
      this.#tell(notification);
    });
    this.#armRenewal();
  }

  /** Takes up what the agent before could not deliver. */
  static async open(options: AlertChannelsOptions): Promise<AlertChannels> {
    const folder = join(options.home, 'health');
    await makeFolder(folder);
    const { clock, log } = options;
    const store = channelStore({ path: join(folder, 'channels.json'), clock, log });
    const memory = (await store.load()) ?? { told: [], waiting: [], undelivered: [] };
    return new AlertChannels(options, store, memory);
  }

  list(): ChannelView[] {
    return this.#channels.map(({ settings: { name, kind, minimumSeverity }, channel }) => {
      const { target, state, waiting, deliveredAt } = channel;
      return { name, kind, target, minimumSeverity, state, waiting: waiting.length, deliveredAt };
    });
  }

  /** What could not be delivered, newest first; the last 200. */
  get undelivered(): readonly UndeliveredMessage[] {
    return this.#undelivered.toReversed();
  }

  /**
   * Sends a message through each channel, or one, and waits for the results.
   * @throws BulwarkError `channel-unknown`
   */
  async test(name?: string): Promise<ChannelTest[]> {
    const { clock } = this.#options;
    const asked = this.#channels.filter(
      ({ settings }) => (name ?? settings.name) === settings.name,
    );
    if (name !== undefined && asked.length === 0)
      throw new BulwarkError('channel-unknown', `there is no channel ${name}`, {
        hint: 'List them with: bulwark alerts channels',
      });
    return await Promise.all(
      asked.map(async ({ channel }) => {
        const start = clock.monotonic();
        const outcome = await channel.test(testMessage(randomUUID(), clock.now()));
        return { channel: channel.name, outcome, ms: Math.round(clock.monotonic() - start) };
      }),
    );
  }

  /**
   * Tells of an emergency, or that it is over, by every channel, whatever severity it is for.
   * @param isNew unless people have heard of it already, from an agent before this one
   * @returns the names of the channels that it was given to
   */
  tellEmergency(news: EmergencyNews, { isNew }: { isNew: boolean }): string[] {
    const message = emergencyMessage(news, randomUUID(), this.#options.clock.now());
    if (news.endsAt === null) this.#emergencies.set(news.id, message);
    else this.#emergencies.delete(news.id);
    if (!isNew) return [];
    for (const { channel } of this.#channels) channel.add(message);
    this.#changed();
    return this.#channels.map(({ channel }) => channel.name);
  }

  /** Gives what waits a short chance; the rest is kept for the next agent. */
  async close(): Promise<void> {
    this.#subscription.dispose();
    this.#renewing?.cancel();
    await Promise.all(this.#channels.map(({ channel }) => channel.close(CLOSE_MS)));
    await this.#store.save(this.#memory());
  }

  #tell(notification: Notification): void {
    const before = this.#told.get(notification.group);
    const message = this.#messageOf(notification, before);
    if (notification.kind === 'resolved') this.#told.delete(message.group);
    else {
      const active = message.alerts.filter(({ endsAt }) => endsAt === null);
      this.#told.delete(message.group);
      this.#told.set(message.group, { ...message, alerts: active });
      const [oldest] = this.#told.keys();
      if (this.#told.size > MOST_TOLD && oldest !== undefined) this.#told.delete(oldest);
    }
    for (const { settings, channel } of this.#channels)
      if (message.alerts.length > 0 && rankOf(message.severity) >= rankOf(settings.minimumSeverity))
        channel.add(message);
    this.#changed();
  }

  #armRenewal(): void {
    const { clock, settings } = this.#options;
    if (!settings.some(({ kind }) => kind === 'alertmanager')) return;
    this.#renewing = clock.setTimeout(() => {
      this.#renew();
      this.#armRenewal();
    }, RENEW_MS);
  }

  #renew(): void {
    const now = this.#options.clock.now();
    const alerts = [...this.#told.values()].map((message) => ({
      ...message,
      alerts: message.alerts.map((alert) => this.#over(alert, [], now)[0] ?? alert),
    }));
    const told = [...alerts, ...this.#emergencies.values()];
    for (const { settings, channel } of this.#channels)
      void channel.renew(
        told.filter(({ severity }) => rankOf(severity) >= rankOf(settings.minimumSeverity)),
      );
  }

  /** With those told before that are over since. What is only muted is not over, and left out. */
  #messageOf(notification: Notification, before: ChannelMessage | undefined): ChannelMessage {
    const { kind, group, place, fault, consequences } = notification;
    const at = this.#options.clock.now();
    const firing = notification.alerts.map(toldOf);
    const over = (before?.alerts ?? []).flatMap((told) => this.#over(told, firing, at));
    return {
      id: randomUUID(),
      ...{ kind, at, group, place, fault },
      severity: firing[0]?.severity ?? before?.severity ?? notification.severity,
      alerts: [...firing, ...over],
      consequences: consequences.map(({ message }) => message),
    };
  }

  #over(told: ToldAlert, firing: readonly ToldAlert[], now: number): ToldAlert[] {
    if (firing.some(({ fingerprint }) => fingerprint === told.fingerprint)) return [];
    const end = this.#options.alerts.endOf(told.fingerprint);
    return end === null ? [] : [{ ...told, endsAt: end ?? now }];
  }

  #make(settings: ChannelSettings): Channel {
    const { clock, log, random, breakers } = this.#options;
    return new Channel({
      name: settings.name,
      sender: this.#senderOf(settings),
      ...{ clock, log, random },
      breaker: (limits) => breakers.get(`channel ${settings.name}`, limits),
      onChange: () => {
        this.#changed();
      },
      onUndelivered: (message, why) => {
        this.#giveUp(settings.name, message, why);
      },
    });
  }

  #senderOf(settings: ChannelSettings): Sender {
    const { machine, clock } = this.#options;
    switch (settings.kind) {
      case 'webhook':
        return new WebhookSender(settings);
      case 'alertmanager':
        return new AlertmanagerSender(settings, machine, clock);
      case 'email':
        return new EmailSender(settings, machine);
      case 'desktop':
        return new DesktopSender();
    }
  }

  #giveUp(channel: string, message: ChannelMessage, why: string): void {
    const { clock, log } = this.#options;
    log.error('A notification could not be delivered', { channel, group: message.group, why });
    const one = { channel, at: clock.now(), why, message };
    this.#undelivered = [...this.#undelivered, one].slice(-MOST_UNDELIVERED);
    this.#changed();
  }

  #changed(): void {
    this.#store.changed(() => this.#memory());
  }

  #memory(): ChannelMemory {
    return {
      told: [...this.#told.values()],
      waiting: this.#channels.flatMap(({ channel }) =>
        channel.waiting.map((message) => ({ channel: channel.name, message })),
      ),
      undelivered: this.#undelivered,
    };
  }
}
