import { once } from 'node:events';
import { connect } from 'node:net';
import { createTransport, type SMTPTransportOptions } from 'nodemailer';
import { messageOf } from '../../support/errors';
import type { EmailSettings } from './channel-settings';
import { mailText } from './mail-text';
import type { ChannelMessage } from './message';
import { readSecret, Undelivered, type Sender } from './sender';

/** Sends plain text by SMTP. */
export class EmailSender implements Sender {
  readonly target: string;
  readonly #settings: EmailSettings;
  readonly #machine: string;

  /** @param machine the name of this one, for those who get mails from several */
  constructor(settings: EmailSettings, machine: string) {
    this.#settings = settings;
    this.#machine = machine;
    this.target = `${settings.to.join(', ')} by ${settings.host}:${String(settings.port)}`;
  }

  async send(message: ChannelMessage, signal: AbortSignal): Promise<void> {
    const { host, port, encryption, from, to, user, password } = this.#settings;
    const auth =
      user === null || password === null
        ? {}
        : { auth: { user, pass: await readSecret(password) } };
    // A socket of our own can be closed at any moment, which a transport cannot.
    const socket = connect({ host, port });
    const stop = (): void => {
      socket.destroy();
    };
    signal.addEventListener('abort', stop, { once: true });
    const options: SMTPTransportOptions = {
      host,
      port,
      connection: socket,
      secure: encryption === 'tls',
      requireTLS: encryption === 'starttls',
      ignoreTLS: encryption === 'none',
      disableFileAccess: true,
      disableUrlAccess: true,
      ...auth,
    };
    const transport = createTransport(options);
    try {
      await once(socket, 'connect', { signal });
      // Two tries of the same message have the same id, so that readers see one.
      const { rejected } = await transport.sendMail({
        from,
        to,
        ...mailText(message, this.#machine),
        date: new Date(message.at),
        messageId: `<${message.id}@bulwark.invalid>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      if (rejected.length > 0)
        throw new Undelivered(`the server refused ${String(rejected.length)} of the recipients`, {
          final: true,
        });
    } catch (error) {
      if (error instanceof Undelivered) throw error;
      throw new Undelivered(messageOf(error).trim(), { final: isFinal(error), cause: error });
    } finally {
      signal.removeEventListener('abort', stop);
      transport.close();
      socket.destroy();
    }
  }
}

/** Replies of 500 and more are final (RFC 5321, 4.2.1). */
function isFinal(error: unknown): boolean {
  return (
    error instanceof Error &&
    'responseCode' in error &&
    typeof error.responseCode === 'number' &&
    error.responseCode >= 500
  );
}
