import { chmod, rm } from 'node:fs/promises';
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { ListenOptions, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Log } from '../support/log';
import { checkHandshake, type Door, type Refusal } from './handshake';
import type { ServerLimits } from './limits';

/** Sockets of one door that are still in the handshake; with more, the oldest is cut. */
const PENDING_SOCKETS = 32;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** How often it is looked whether a handshake takes too long. */
const HANDSHAKE_CHECK_MS = 2000;
const HEADER_BYTES = 8192;

export interface ListenerOptions {
  readonly token: string;
  readonly limits: ServerLimits;
  readonly log: Log;
  /** How many connections there are now. */
  readonly connections: () => number;
  readonly onConnection: (socket: WebSocket) => void;
  /** Answers requests for the page of metrics; tells whether it was one. */
  readonly onPage: (request: IncomingMessage, response: ServerResponse, door: Door) => boolean;
}

/** Opens the doors, and lets in who passes the handshake. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #servers: Server[] = [];
  readonly #sockets: WebSocketServer;
  #socketPath: string | null = null;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.limits.messageBytes,
    });
  }

  /** Listens on a unix socket or named pipe. */
  async listenOn(socketPath: string): Promise<void> {
    await this.#open({ path: socketPath }, () => ({ kind: 'socket' }));
    this.#socketPath = socketPath;
    if (process.platform !== 'win32') await chmod(socketPath, 0o600);
  }

  /** Listens on 127.0.0.1; returns the port. @param port 0 for any that is free */
  async listenOnTcp(port: number): Promise<number> {
    const bound = { port };
    const server = await this.#open({ host: '127.0.0.1', port }, () => ({
      kind: 'tcp',
      port: bound.port,
    }));
    const address = server.address();
    if (typeof address === 'object' && address !== null) bound.port = address.port;
    return bound.port;
  }

  /** Stops listening; connections that were let in are not touched. */
  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    this.#sockets.close();
  }

  /** Removes the socket's file, which node does itself unless the folder was moved. */
  async removeSocket(): Promise<void> {
    if (this.#socketPath !== null && process.platform !== 'win32')
      await rm(this.#socketPath, { force: true });
  }

  #open(where: ListenOptions, door: () => Door): Promise<Server> {
    const server = createServer({
      maxHeaderSize: HEADER_BYTES,
      connectionsCheckingInterval: HANDSHAKE_CHECK_MS,
    });
    server.headersTimeout = HANDSHAKE_TIMEOUT_MS;
    server.requestTimeout = HANDSHAKE_TIMEOUT_MS;
    const pending = new Set<Duplex>();
    server.on('connection', (socket) => this.#await(socket, pending));
    server.on('upgrade', (request, socket, head) => {
      pending.delete(socket);
      this.#upgrade(request, socket, head, door());
    });
    server.on('request', (request, response) => {
      response.shouldKeepAlive = false;
      if (this.#options.onPage(request, response, door())) return;
      const refusal = checkHandshake(request.headers, door(), this.#options.token);
      response.writeHead(refusal?.status ?? 426, { 'Content-Type': 'text/plain' });
      response.end(refusal?.message ?? 'WebSocket connections only');
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#options.log.error('Listening failed.', { error }));
        this.#servers.push(server);
        resolve(server);
      });
    });
  }

  /** Whoever is in earnest has finished its handshake long before it is the oldest of so many. */
  #await(socket: Socket, pending: Set<Duplex>): void {
    pending.add(socket);
    socket.once('close', () => pending.delete(socket));
    if (pending.size <= PENDING_SOCKETS) return;
    const [oldest] = pending;
    if (oldest === undefined) return;
    pending.delete(oldest);
    oldest.destroy();
    this.#options.log.warn('A handshake was cut: too many are not finished.');
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, door: Door): void {
    const { token, limits, log, connections, onConnection } = this.#options;
    const refusal =
      checkHandshake(request.headers, door, token) ?? fullHouse(connections(), limits);
    if (refusal !== null) {
      log.warn('A connection was refused.', { why: refusal.message, status: refusal.status });
      refuse(socket, refusal);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, onConnection);
  }
}

function fullHouse(connections: number, limits: ServerLimits): Refusal | null {
  return connections < limits.connections ? null : { status: 503, message: 'too many connections' };
}

function refuse(socket: Duplex, { status, message }: Refusal): void {
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n` +
      `Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
  );
}
