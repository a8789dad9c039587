import { MAX_REQUEST_BYTES } from '../protocol/transport';

/** What one agent lets its clients do. */
export interface ServerLimits {
  /** Connections at a time. */
  readonly connections: number;
  /** Bytes of one message from a client. */
  readonly messageBytes: number;
  /** Messages a second of one connection, over a longer time. */
  readonly messagesPerSecond: number;
  /** Messages of one connection that may come at once. */
  readonly messageBurst: number;
  /** Requests of one connection that are answered at a time. */
  readonly requestsInFlight: number;
  /** Requests of the agent to one client that it has not answered, also of those that were given up. */
  readonly callsInFlight: number;
  /** Messages of one connection that make no sense, until it is closed. */
  readonly malformedMessages: number;
  /** Bytes that wait for a client to read them; with more, it is dropped. */
  readonly bufferedBytes: number;
  /** Milliseconds between two pings. */
  readonly pingIntervalMs: number;
  /** Pings without an answer after which a client is dropped. */
  readonly missedPings: number;
  /** Milliseconds that clients get to read their last messages when the server closes. */
  readonly closeGraceMs: number;
  /** Milliseconds between two progress reports of one request. */
  readonly progressIntervalMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  connections: 64,
  messageBytes: MAX_REQUEST_BYTES,
  messagesPerSecond: 2000,
  messageBurst: 4000,
  requestsInFlight: 64,
  callsInFlight: 64,
  malformedMessages: 8,
  bufferedBytes: 8_388_608,
  pingIntervalMs: 30_000,
  // Two more than one: after the machine slept, ticks can come before the pongs that arrived.
  missedPings: 3,
  closeGraceMs: 1000,
  progressIntervalMs: 50,
};
