import { isoTime } from '../../support/clock';
import { EMERGENCY, type ChannelMessage, type ToldAlert } from './message';

const HEADS: Readonly<Record<ChannelMessage['kind'], string>> = {
  firing: '',
  reminder: 'Still: ',
  resolved: 'Over: ',
  test: 'Test: ',
};
const MOST_ALERTS = 50;

/** A message as plain text: what is wrong, since when, and what to do. @param host this machine's name */
export function mailText(
  message: ChannelMessage,
  host: string,
): { readonly subject: string; readonly text: string } {
  const firing = message.alerts.filter(({ endsAt }) => endsAt === null);
  const over = message.alerts.filter(({ endsAt }) => endsAt !== null);
  const [first] = message.alerts;
  const more = message.alerts.length - 1;
  const what = `${first?.title ?? message.fault}: ${first?.subject.name ?? message.place}`;
  const subject = `[Bulwark ${host}] ${HEADS[message.kind]}${what}${more > 0 ? ` (and ${String(more)} more)` : ''}`;
  const parts = [
    ...section(message.kind === 'reminder' ? 'Still wrong' : 'Wrong', firing),
    ...section('Over', over),
  ];
  if (message.consequences.length > 0)
    parts.push(['Follows from it', ...message.consequences.map((one) => `  ${one}`)].join('\n'));
  parts.push(
    message.kind === 'test'
      ? `Sent by Bulwark on ${host}.`
      : `Sent by Bulwark on ${host} at ${isoTime(message.at)}. What is wrong now: bulwark alerts`,
  );
  return { subject: subject.replace(/[\r\n]+/g, ' ').slice(0, 200), text: parts.join('\n\n') };
}

function section(title: string, alerts: readonly ToldAlert[]): string[] {
  if (alerts.length === 0) return [];
  const lines = alerts
    .slice(0, MOST_ALERTS)
    .flatMap((alert) => [
      '',
      `${alert.severity.toUpperCase()}  ${alert.subject.name}`,
      `  ${alert.message}`,
      `  since ${isoTime(alert.startsAt)}${alert.endsAt === null ? '' : `, over at ${isoTime(alert.endsAt)}`}`,
      ...(alert.endsAt === null ? [`  What to do: ${alert.hint}`, ...seenLine(alert)] : []),
    ]);
  const left = alerts.length - MOST_ALERTS;
  return [[title, ...lines, ...(left > 0 ? ['', `… and ${String(left)} more`] : [])].join('\n')];
}

/** Only alerts of the book can be acknowledged. */
function seenLine({ fault, fingerprint }: ToldAlert): string[] {
  return fault === 'test' || fault === EMERGENCY
    ? []
    : [`  Seen it? bulwark alerts ack ${fingerprint}`];
}
