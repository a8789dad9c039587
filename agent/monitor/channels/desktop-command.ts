import type { ChannelMessage } from './message';

/** A program that shows one notification. */
export interface DesktopCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment: what people wrote is never part of a script. */
  readonly env: Readonly<Record<string, string>>;
  /** What to say where there is no such program. */
  readonly missing: string;
}

/** Longer texts are cut by desktops anyway, characters. */
const MOST_TEXT = 300;

const APPLESCRIPT = [
  'on run argv',
  'display notification (item 2 of argv) with title (item 1 of argv)',
  'end run',
];

/** Toasts need the id of an application that is installed: PowerShell's own. */
const TOAST = `
$kind = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$xml = $kind::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$texts = $xml.GetElementsByTagName('text')
$texts.Item(0).AppendChild($xml.CreateTextNode($env:BULWARK_TITLE)) > $null
$texts.Item(1).AppendChild($xml.CreateTextNode($env:BULWARK_TEXT)) > $null
$app = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'
$kind::CreateToastNotifier($app).Show([Windows.UI.Notifications.ToastNotification]::new($xml))
`;

/** How a message is shown on the desktop of a system. */
export function desktopCommand(platform: NodeJS.Platform, message: ChannelMessage): DesktopCommand {
  const { title, text } = textOf(message);
  switch (platform) {
    case 'darwin':
      return {
        program: 'osascript',
        args: [...APPLESCRIPT.flatMap((line) => ['-e', line]), '--', title, text],
        env: {},
        missing: 'there is no osascript',
      };
    case 'win32':
      return {
        program: 'powershell.exe',
        args: ['-NoProfile', '-NonInteractive', '-Command', TOAST],
        env: { BULWARK_TITLE: title, BULWARK_TEXT: text },
        missing: 'there is no PowerShell',
      };
    default: {
      const urgency = message.severity === 'critical' ? 'critical' : 'normal';
      return {
        program: 'notify-send',
        args: ['--app-name=Bulwark', `--urgency=${urgency}`, '--', title, escaped(text)],
        env: {},
        missing: 'there is no notify-send: install libnotify-bin (Debian, Ubuntu) or libnotify',
      };
    }
  }
}

function textOf({ kind, alerts }: ChannelMessage): { title: string; text: string } {
  const [first] = alerts;
  const isOver = kind === 'resolved';
  const more = alerts.length > 1 ? ` And ${String(alerts.length - 1)} more like it.` : '';
  const text = `${first?.message ?? ''}${more}${isOver ? '' : ` ${first?.hint ?? ''}`}`;
  const cut = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT - 1)}…` : text;
  return { title: `Bulwark: ${isOver ? 'over: ' : ''}${first?.title ?? ''}`, text: cut.trim() };
}

/** Desktops on Linux read a few tags of HTML in it. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
