import type { Progress } from './entities';
import type { MethodName, ParamsOf, ResultOf } from './methods';

/** What the one who answers a request knows beside its parameters. */
export interface CallContext {
  /** Aborted when the client cancels or goes away. */
  readonly signal: AbortSignal;
  /** Tells the client how far it is; does nothing when the client did not ask. */
  readonly progress: (value: Progress) => void;
  /** Whether the client asked to be told. */
  readonly watched: boolean;
  /** The connection that asks. */
  readonly client: string;
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
