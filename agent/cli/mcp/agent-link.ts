import type { AgentClient, CallOptions } from '../../protocol/client';
import type { MethodName, ParamsOf, ResultOf } from '../../protocol/methods';
import { reasonOf } from '../failure';

/** A session of a coding agent outlives the agent of Bulwark: it is connected to again when it is gone. */
export class AgentLink {
  readonly #connect: () => Promise<AgentClient>;
  #client: Promise<AgentClient> | null = null;

  constructor(connect: () => Promise<AgentClient>) {
    this.#connect = connect;
  }

  /** Asks the agent; once more, of another one, when it has left before it answered a question. */
  async call<M extends MethodName>(
    method: M,
    params: ParamsOf<M>,
    options: CallOptions & { readonly again: boolean },
  ): Promise<ResultOf<M>> {
    const { again, ...rest } = options;
    const client = await this.#open();
    try {
      return await client.call(method, params, rest);
    } catch (error) {
      // What changes something may have been done before the connection ended.
      if (!again || reasonOf(error) !== 'agent-unreachable') throw error;
      return await (await this.#open()).call(method, params, rest);
    }
  }

  async #open(): Promise<AgentClient> {
    const known = await this.#client?.catch(() => null);
    if (known?.open === true) return known;
    this.#client = this.#connect();
    return await this.#client;
  }
}
