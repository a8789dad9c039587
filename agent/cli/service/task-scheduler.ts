import { win32 } from 'node:path';
import type { ServiceManager, ServiceSpec } from './service-manager';
import { xmlText } from './xml-text';

const TASK = 'Bulwark';

/** A task of the user's Windows Task Scheduler. @param home folder with the agent's state */
export function taskScheduler(home: string): ServiceManager {
  const file = win32.join(home, 'service.xml');
  return {
    name: 'Task Scheduler',
    file,
    // It reads UTF-16 with a byte order mark.
    content: (spec) => Buffer.from(`\ufeff${task(spec)}`, 'utf16le'),
    install: [
      ['schtasks', '/Create', '/F', '/TN', TASK, '/XML', file],
      ['schtasks', '/Run', '/TN', TASK],
    ],
    uninstall: [
      ['schtasks', '/End', '/TN', TASK],
      ['schtasks', '/Delete', '/F', '/TN', TASK],
    ],
    isRunning: ['schtasks', '/Query', '/TN', TASK],
    hint: 'It starts when you log in.',
  };
}

function task({ command }: ServiceSpec): string {
  // Without a console window: a headless console host in between.
  const words = ['--headless', ...command].map(quoted).join(' ');
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Bulwark agent, which keeps every state of your git worktrees</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>999</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>conhost.exe</Command>
      <Arguments>${xmlText(words)}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

/** A word as Windows programs read their command line. */
function quoted(word: string): string {
  if (/^[\w:\\/.=-]+$/.test(word)) return word;
  return `"${word.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}
