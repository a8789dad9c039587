import { join } from 'node:path';
import type { ServiceManager, ServiceSpec } from './service-manager';
import { xmlText } from './xml-text';

const LABEL = 'dev.bulwark.agent';

/** An agent of the user's launchd. @param uid of the user */
export function launchd(homedir: string, uid: number): ServiceManager {
  const domain = `gui/${String(uid)}`;
  const file = join(homedir, 'Library', 'LaunchAgents', `${LABEL}.plist`);
  return {
    name: 'launchd',
    file,
    content: (spec) => Buffer.from(plist(spec), 'utf8'),
    install: [['launchctl', 'bootstrap', domain, file]],
    uninstall: [['launchctl', 'bootout', `${domain}/${LABEL}`]],
    isRunning: ['launchctl', 'print', `${domain}/${LABEL}`],
    hint: 'It starts when you log in.',
  };
}

function plist({ command, env }: ServiceSpec): string {
  const words = command.map((word) => `    <string>${xmlText(word)}</string>`);
  const variables = Object.entries(env).map(
    ([name, value]) => `    <key>${xmlText(name)}</key>\n    <string>${xmlText(value)}</string>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words.join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.join('\n')}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>30</integer>
  <key>ExitTimeOut</key>
  <integer>15</integer>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
`;
}
