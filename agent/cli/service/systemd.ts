import { join } from 'node:path';
import type { ServiceManager, ServiceSpec } from './service-manager';

const UNIT = 'bulwark.service';

/** A unit of the user's own systemd. @param config the folder of the user's settings, absolute */
export function systemd(config: string): ServiceManager {
  const systemctl = ['systemctl', '--user'] as const;
  return {
    name: 'systemd',
    file: join(config, 'systemd', 'user', UNIT),
    content: (spec) => Buffer.from(unit(spec), 'utf8'),
    install: [
      [...systemctl, 'daemon-reload'],
      [...systemctl, 'enable', '--now', UNIT],
    ],
    uninstall: [[...systemctl, 'disable', '--now', UNIT]],
    isRunning: [...systemctl, '--quiet', 'is-active', UNIT],
    hint: 'It starts when you log in. To have it without that: loginctl enable-linger',
  };
}

function unit({ command, env }: ServiceSpec): string {
  const variables = Object.entries(env).map(
    ([name, value]) => `Environment=${quoted(`${name}=${value}`)}`,
  );
  return [
    '[Unit]',
    'Description=Bulwark agent, which keeps every state of your git worktrees',
    // Another agent may run; this one takes over when that has left.
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=simple',
    ...variables,
    `ExecStart=${command.map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')}`,
    'Restart=on-failure',
    'RestartSec=30',
    // It finishes or takes back what it does within 10 s, and stops what it runs by itself.
    'TimeoutStopSec=15',
    'KillMode=mixed',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');
}

/** A word as systemd reads it: in quotes, with `%` doubled. */
function quoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');
  return `"${escaped}"`;
}
