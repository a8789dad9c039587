import { isoTime } from '../../support/clock';
import type { ChannelMessage, ToldAlert } from './message';

type Labels = Readonly<Record<string, string>>;

interface WebhookAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  /** Of the year 1 while it fires, as Alertmanager has it. */
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

/** Alertmanager's message to webhooks, version 4. @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
export interface WebhookJson {
  readonly version: '4';
  readonly groupKey: string;
  readonly truncatedAlerts: number;
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly externalURL: string;
  readonly alerts: readonly WebhookAlert[];
}

/** Go's zero time. */
const NEVER = '0001-01-01T00:00:00Z';
/** More of one message are only counted. */
const MOST_ALERTS = 100;

/** A message as receivers of Alertmanager read it. @param receiver name of the channel */
export function webhookJson(message: ChannelMessage, receiver: string): WebhookJson {
  const shown = message.alerts.slice(0, MOST_ALERTS);
  const alerts = shown.map((alert) => webhookAlert(alert, message));
  return {
    version: '4',
    groupKey: message.group,
    truncatedAlerts: message.alerts.length - shown.length,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver,
    groupLabels: { alertname: message.fault, group: message.place },
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: '',
    alerts,
  };
}

function webhookAlert(alert: ToldAlert, message: ChannelMessage): WebhookAlert {
  return {
    status: alert.endsAt === null ? 'firing' : 'resolved',
    labels: labelsOf(alert, message),
    annotations: annotationsOf(alert, message),
    startsAt: isoTime(alert.startsAt),
    endsAt: alert.endsAt === null ? NEVER : isoTime(alert.endsAt),
    generatorURL: '',
    fingerprint: alert.fingerprint,
  };
}

/** What an alert is known by in Alertmanager. */
export function labelsOf(alert: ToldAlert, { place }: ChannelMessage): Labels {
  return {
    alertname: alert.fault,
    severity: alert.severity,
    group: place,
    kind: alert.subject.kind,
    subject: alert.subject.name,
    ...(alert.part === '' ? {} : { part: alert.part }),
  };
}

/** What people read of an alert. */
export function annotationsOf(alert: ToldAlert, { consequences }: ChannelMessage): Labels {
  const firing = alert.endsAt === null;
  return {
    summary: alert.title,
    description: alert.message,
    hint: alert.hint,
    ...(firing && consequences.length > 0 ? { consequences: consequences.join('\n') } : {}),
  };
}

function common(all: readonly Labels[]): Labels {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((one) => one[name] === value)),
  );
}
