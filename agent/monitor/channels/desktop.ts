import { spawn } from 'node:child_process';
import { errnoOf, messageOf } from '../../support/errors';
import { desktopCommand } from './desktop-command';
import type { ChannelMessage } from './message';
import { Undelivered, type Sender } from './sender';

/** So much of what the program says is told, characters. */
const SHOWN = 200;

/** Shows notifications on the desktop with the program that the system has for it. */
export class DesktopSender implements Sender {
  readonly target = 'this desktop';

  async send(message: ChannelMessage, signal: AbortSignal): Promise<void> {
    const { program, args, env, missing } = desktopCommand(process.platform, message);
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program, args, {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
        windowsHide: true,
        signal,
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = `${said}${text}`.slice(0, SHOWN);
      });
      child.once('error', (error) => {
        const isMissing = errnoOf(error) === 'ENOENT';
        const why = isMissing ? missing : messageOf(error);
        reject(new Undelivered(why, { final: isMissing, cause: error }));
      });
      child.once('close', (code) => {
        if (code === 0) resolve();
        else reject(new Undelivered(said.trim() || `${program} ended with ${String(code)}`));
      });
    });
  }
}
