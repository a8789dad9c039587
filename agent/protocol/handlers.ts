import type { CallName, CallParams, CallResult } from './calls';
import type { Progress } from './entities';
import type { MethodName, ParamsOf, ResultOf } from './methods';

/** The program at the other end of a connection, which can be asked in turn. */
export interface Peer {
  /** Names the connection. */
  readonly id: string;
  /** What the program calls itself. */
  readonly name: string;
  /** Aborted when the connection has ended. */
  readonly gone: AbortSignal;
  /**
   * Asks the program for something.
   * @param signal gives it up; the caller sets the time limit with it
   * @throws BulwarkError `program-gone`, `program-failed`, `program-invalid`, `busy`, `cancelled`
   */
  call<C extends CallName>(
    call: C,
    params: CallParams<C>,
    signal: AbortSignal,
  ): Promise<CallResult<C>>;
}

/** What the one who answers a request knows beside its parameters. */
export interface CallContext {
  /** Aborted when the client cancels or goes away. */
  readonly signal: AbortSignal;
  /** Tells the client how far it is; does nothing when the client did not ask. */
  readonly progress: (value: Progress) => void;
  /** Whether the client asked to be told. */
  readonly watched: boolean;
  /** Who asks, and can be asked. */
  readonly client: Peer;
}

/** Answers one kind of request; what it throws goes to the client as a typed error. */
export type Handler<M extends MethodName> = (
  params: ParamsOf<M>,
  context: CallContext,
) => Promise<ResultOf<M>>;

/** Answers to all requests but those that the server itself knows about (connections and events). */
export type Handlers = {
  readonly [
    M in Exclude<MethodName, 'client/identify' | 'event/since' | 'notice/claim' | 'agent/drain'>
  ]: Handler<M>;
};
