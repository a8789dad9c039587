import type { Progress } from '../agent/protocol/entities';
import type { SequencedEvent } from '../agent/protocol/events';
import type { MethodName, ParamsOf, ResultOf } from '../agent/protocol/methods';
import type { Disposable } from './signal';

export interface CallOptions {
  readonly signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}

/** Asks the agent for something; rejects with a `RemoteError`. */
export type Call = <M extends MethodName>(
  method: M,
  params: ParamsOf<M>,
  options?: CallOptions,
) => Promise<ResultOf<M>>;

/** An open connection to an agent: what this extension needs of the protocol's client. */
export interface AgentLink {
  readonly agent: { readonly version: string; readonly pid: number };
  /** Names this run of the agent; event numbers count within it. */
  readonly epoch: string;
  /** Number of the last event so far. */
  readonly sequence: number;
  call: Call;
  onEvent(listener: (event: SequencedEvent) => void): Disposable;
  onClose(listener: (why: string) => void): Disposable;
  close(): void;
}

/** Where an agent can be found, as its discovery file tells. */
export interface AgentAddress {
  readonly pid: number;
  readonly version: string;
}

/** How agents are found, reached and started on this machine. */
export interface AgentAccess<A extends AgentAddress = AgentAddress> {
  /** The agent that the discovery file names; it may be gone already. */
  find(): Promise<A | null>;
  /** Rejects with a `RemoteError` (`agent-unreachable`, `unauthorized`). */
  connect(address: A): Promise<AgentLink>;
  /** Starts this version's agent and waits until it can be reached. */
  launch(): Promise<A>;
  /** Calls `listener` when an agent may have come or gone; only a hint. */
  watch(listener: () => void): Disposable;
}
