import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { WebSocket } from 'ws';
import type { Discovery } from '../protocol/discovery';
import { EVENT_NOTIFICATION, type AgentEvent, type SequencedEvent } from '../protocol/events';
import type { Handlers } from '../protocol/handlers';
import type { Clock, Timer } from '../support/clock';
import { Emitter } from '../support/emitter';
import { BulwarkError, fileError } from '../support/errors';
import type { Log } from '../support/log';
import type { RequestAudit } from './audit-requests';
import { Announcement } from './announcement';
import { ClientConnection } from './connection';
import { EventLog } from './event-log';
import { DEFAULT_LIMITS, type ServerLimits } from './limits';
import { Listener } from './listener';
import { MetricsDoor, type MetricsPage } from './metrics-door';
import { NoticeClaims } from './notice-claims';
import { Router } from './router';
import { prepareSocket } from './socket-place';

export interface AgentServerOptions {
  /** The folder with the agent's state; the discovery file goes there. */
  readonly home: string;
  readonly version: string;
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once when all work is done after {@link AgentServer.drain}: close the store and exit. */
  readonly onDrain: (reason: string) => Promise<void>;
  /** Writes down what clients ask for, where somebody does. */
  readonly audit?: RequestAudit;
  readonly limits?: Partial<ServerLimits>;
  /** Also listen on 127.0.0.1; port 0 for any that is free. */
  readonly tcp?: { readonly port: number };
  /** What is shown at `/metrics` there. */
  readonly metrics?: MetricsPage;
  readonly env?: NodeJS.ProcessEnv;
  readonly tmpDir?: string;
}

/**
 * The agent's ear and mouth: listens, authenticates, routes requests to the handlers and tells
 * events to all clients.
 */
export class AgentServer {
  /** The number of connections, whenever it changes. */
  readonly onConnections = new Emitter<number>();
  readonly #options: AgentServerOptions;
  readonly #limits: ServerLimits;
  readonly #log: Log;
  readonly #token = randomBytes(32).toString('hex');
  readonly #events = new EventLog();
  readonly #router: Router;
  readonly #listener: Listener;
  readonly #clients = new Set<ClientConnection>();
  #metrics: MetricsDoor | null = null;
  #discovery: Discovery | null = null;
  #announcement: Announcement | null = null;
  #heartbeat: Timer | null = null;
  #accepted = 0;
  #drained: Promise<void> | null = null;
  readonly #hurry = new AbortController();
  #hurryTimer: Timer | null = null;
  #closed: Promise<void> | null = null;

  constructor(options: AgentServerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#log = options.log.child('server');
    this.#router = new Router({
      version: options.version,
      pid: process.pid,
      handlers: options.handlers,
      audit: options.audit ?? null,
      events: this.#events,
      claims: new NoticeClaims(),
      onDrain: (reason) => {
        this.drain(reason).catch((error: unknown) => {
          this.#log.error('Draining failed.', { error });
        });
      },
    });
    this.#listener = new Listener({
      token: this.#token,
      limits: this.#limits,
      log: this.#log,
      connections: () => this.#clients.size,
      onConnection: (socket) => this.#accept(socket),
      onPage: (request, response, door) => this.#metrics?.answer(request, response, door) ?? false,
    });
    this.#events.onEvent.on((event) => this.#broadcast(event));
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#clients.size;
  }

  /** Whether the agent is about to leave. */
  get draining(): boolean {
    return this.#router.draining;
  }

  /**
   * Starts to listen; nobody is told where until {@link announce}.
   * @throws `path-refused` when there is no safe place for the socket
   */
  async listen(): Promise<Discovery> {
    const { home, version, clock, tcp, env = process.env } = this.#options;
    const socket = await prepareSocket({
      home,
      runtimeDir: env['XDG_RUNTIME_DIR'],
      tmpDir: this.#options.tmpDir ?? tmpdir(),
    });
    await this.#listener.listenOn(socket).catch((error: unknown) => {
      throw fileError(error, socket);
    });
    const { metrics } = this.#options;
    if (tcp !== undefined && metrics !== undefined)
      this.#metrics = await MetricsDoor.open(home, metrics, this.#log);
    const tcpPort = tcp === undefined ? undefined : await this.#listenOnTcp(tcp.port);
    this.#discovery = {
      socket,
      token: this.#token,
      pid: process.pid,
      version,
      startedAt: clock.now(),
      ...(tcpPort === undefined ? {} : { tcpPort }),
    };
    this.#scheduleHeartbeat();
    return this.#discovery;
  }

  /** Writes the discovery file, so that clients find the agent, and keeps it there. Call it when it can answer. */
  async announce(): Promise<void> {
    if (this.#discovery === null) throw new BulwarkError('internal', 'announced before listening');
    const { home, clock } = this.#options;
    const discovery = this.#discovery;
    this.#announcement = new Announcement({
      home,
      discovery,
      clock,
      log: this.#log,
      onReplaced: () => {
        this.drain('its folder was taken away').catch((error: unknown) => {
          this.#log.error('Draining failed.', { error });
        });
      },
    });
    await this.#announcement.begin();
  }

  /** Numbers an event and sends it to all clients. */
  publish(event: AgentEvent): SequencedEvent {
    return this.#events.publish(event);
  }

  /**
   * Refuses new work, waits for what is running, and calls `onDrain`. Calling it again waits for
   * the same end.
   * @param withinMs what is not finished by then is cancelled, and taken back where it changes files
   */
  drain(reason: string, { withinMs }: { withinMs?: number } = {}): Promise<void> {
    if (withinMs !== undefined)
      this.#hurryTimer ??= this.#options.clock.setTimeout(() => {
        this.#log.warn('What runs is cancelled: there is no more time.', { reason });
        this.#hurry.abort();
      }, withinMs);
    this.#drained ??= this.#drain(reason);
    return this.#drained;
  }

  /** Stops listening and says goodbye to all clients; their requests are cancelled. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #listenOnTcp(port: number): Promise<number> {
    try {
      return await this.#listener.listenOnTcp(port);
    } catch (cause) {
      this.#listener.close();
      throw new BulwarkError('settings-invalid', `cannot listen on 127.0.0.1:${port}`, {
        hint: 'Choose another port, or 0 for any that is free.',
        details: { port },
        cause,
      });
    }
  }

  async #drain(reason: string): Promise<void> {
    this.#log.info('Draining.', { reason });
    const done = this.#router.drain(this.#hurry.signal);
    this.publish({ kind: 'agent/draining', reason });
    await done;
    this.#hurryTimer?.cancel();
    await this.#options.onDrain(reason);
  }

  async #close(): Promise<void> {
    this.#heartbeat?.cancel();
    await this.#announcement?.end();
    this.#listener.close();
    for (const client of this.#clients) client.close('the agent is leaving');
    await this.#waitForClients();
    for (const client of this.#clients) client.terminate();
    await this.#listener.removeSocket();
  }

  async #waitForClients(): Promise<void> {
    if (this.#clients.size === 0) return;
    const gone = new AbortController();
    const subscription = this.onConnections.on((count) => {
      if (count === 0) gone.abort();
    });
    await this.#options.clock.sleep(this.#limits.closeGraceMs, gone.signal);
    subscription.dispose();
  }

  #accept(socket: WebSocket): void {
    const client = new ClientConnection(socket, {
      id: `c${(this.#accepted += 1)}`,
      router: this.#router,
      limits: this.#limits,
      clock: this.#options.clock,
      log: this.#log,
    });
    this.#clients.add(client);
    socket.on('close', () => {
      this.#clients.delete(client);
      this.onConnections.emit(this.#clients.size);
    });
    this.onConnections.emit(this.#clients.size);
  }

  #broadcast(event: SequencedEvent): void {
    const text = JSON.stringify({ jsonrpc: '2.0', method: EVENT_NOTIFICATION, params: event });
    for (const client of this.#clients) client.notify(text);
  }

  #scheduleHeartbeat(): void {
    this.#heartbeat = this.#options.clock.setTimeout(() => {
      for (const client of this.#clients) client.ping();
      this.#scheduleHeartbeat();
    }, this.#limits.pingIntervalMs);
  }
}
