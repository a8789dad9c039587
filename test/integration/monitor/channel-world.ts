import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { Breakers } from '../../../agent/components/breakers';
import { AlertChannels } from '../../../agent/monitor/channels/alert-channels';
import { channelList } from '../../../agent/monitor/channels/channel-settings';
import type { Clock } from '../../../agent/support/clock';
import { silentLog, type Log } from '../../../agent/support/log';
import { World } from '../../unit/monitor/alert-world';
import { fastClock } from '../../support/fast-clock';

/** Alerts of a machine, channels of a user, and what the log said. */
export class ChannelWorld {
  readonly alerts = new World();
  readonly warnings: string[] = [];
  readonly infos: string[] = [];
  readonly #opened: AlertChannels[] = [];

  private constructor(readonly home: string) {}

  static async make(): Promise<ChannelWorld> {
    return new ChannelWorld(await mkdtemp(join(tmpdir(), 'bulwark-channels-')));
  }

  /** @param settings as in the user's file */
  async open(settings: unknown, clock: Clock = fastClock(50)): Promise<AlertChannels> {
    const log: Log = {
      ...silentLog,
      warn: (message) => this.warnings.push(message),
      info: (message) => this.infos.push(message),
    };
    const channels = await AlertChannels.open({
      home: this.home,
      settings: channelList.parse(settings),
      alerts: this.alerts.book,
      clock,
      log,
      machine: 'workstation',
      breakers: new Breakers(),
      random: () => 0.5,
    });
    this.#opened.push(channels);
    return channels;
  }

  async close(): Promise<void> {
    for (const channels of this.#opened) await channels.close();
    await rm(this.home, { recursive: true });
  }
}

/** What a server was sent. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A server that gets webhooks, and answers as it is told to. */
export class Receiver {
  readonly received: Received[] = [];
  /** Statuses of the next answers; then 200. `never`: no answer at all. */
  answers: (number | 'never')[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
        this.received.push({ headers: request.headers, body });
        const answer = this.answers.shift() ?? 200;
        if (answer !== 'never') response.writeHead(answer).end();
      });
    });
  }

  /** @returns its address @param port any free one unless told */
  listen(port = 0): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(port, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${String(portOf(this.#server.address()))}/hook?key=secret`);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }
}

/** A mail server. */
export class MailServer {
  readonly mails: string[] = [];
  readonly #server: SMTPServer;
  readonly #sockets = new Set<Socket>();

  /** @param options.encrypts offers STARTTLS, with a certificate that nobody trusts */
  constructor({ refuses = '', encrypts = false } = {}) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: encrypts ? [] : ['STARTTLS'],
      onRcptTo: ({ address }, _session, done) => {
        if (address !== refuses) done();
        else done(Object.assign(new Error('no such person'), { responseCode: 550 }));
      },
      onData: (stream, _session, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          this.mails.push(Buffer.concat(parts).toString('utf8'));
          done();
        });
      },
    });
    // A client that hangs up is no failure of the test.
    this.#server.on('error', () => undefined);
  }

  /** @returns its port */
  listen(): Promise<number> {
    return new Promise((resolve) => {
      const server = this.#server.listen(0, '127.0.0.1', () => {
        resolve(portOf(server.address()));
      });
      server.on('connection', (socket: Socket) => this.#sockets.add(socket));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      for (const socket of this.#sockets) socket.destroy();
    });
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return address.port;
}
