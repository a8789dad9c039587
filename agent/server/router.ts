import { z } from 'zod';
import type { ClientIdentity } from '../protocol/client';
import type { Progress } from '../protocol/entities';
import type { Handlers, Peer } from '../protocol/handlers';
import {
  isMethodName,
  specOf,
  type MethodName,
  type ParamsOf,
  type ResultOf,
} from '../protocol/methods';
import { BulwarkError } from '../support/errors';
import type { RequestAudit } from './audit-requests';
import type { EventLog } from './event-log';
import type { RequestId } from './inbox';
import type { NoticeClaims } from './notice-claims';
import { invalidParams, unknownMethod } from './wire-errors';

/** The client that a request came from. */
export interface Caller {
  readonly id: string;
  readonly identity: ClientIdentity | null;
  readonly peer: Peer;
  identify(identity: ClientIdentity): void;
}

/** What belongs to one request beside its parameters. */
export interface RequestContext {
  readonly signal: AbortSignal;
  /** Aborts {@link signal}. */
  readonly abort: () => void;
  /** Where to send progress to. */
  reporter(token: RequestId): (value: Progress) => void;
}

export interface RouterOptions {
  readonly version: string;
  readonly pid: number;
  readonly handlers: Handlers;
  readonly audit: RequestAudit | null;
  readonly events: EventLog;
  readonly claims: NoticeClaims;
  /** A client asked the agent to leave. */
  readonly onDrain: (reason: string) => void;
}

type OwnMethod = Exclude<MethodName, keyof Handlers>;
type OwnMethods = {
  readonly [M in OwnMethod]: (params: ParamsOf<M>, caller: Caller) => ResultOf<M>;
};

interface Running {
  readonly answer: Promise<unknown>;
  readonly stoppable: boolean;
  abort(): void;
}

const progressToken = z.object({ progressToken: z.union([z.string(), z.int()]).optional() });

/** Finds the one who answers a request, checks the parameters, and knows what is running. */
export class Router {
  readonly #options: RouterOptions;
  readonly #own: OwnMethods;
  readonly #running = new Set<Running>();
  #draining = false;

  constructor(options: RouterOptions) {
    this.#options = options;
    const { version, pid, events, claims } = options;
    this.#own = {
      'client/identify': (params, caller) => {
        caller.identify(params);
        return { agent: { version, pid }, epoch: events.epoch, sequence: events.sequence };
      },
      'event/since': ({ sequence, epoch }) => events.since(sequence, epoch),
      'notice/claim': ({ id }, caller) => ({
        claimed: caller.identity?.interactive === true && claims.claim(id, caller.id),
      }),
      'agent/drain': ({ reason }, caller) => {
        options.onDrain(reason ?? `asked by ${caller.identity?.name ?? 'a client'}`);
        return {};
      },
    };
  }

  get draining(): boolean {
    return this.#draining;
  }

  /**
   * The answer to a request: a promise only where somebody has to work for it.
   * @throws for an unknown method, wrong parameters, and (as a rejection) whatever the handler throws
   */
  answer(caller: Caller, method: string, params: unknown, context: RequestContext): unknown {
    if (!isMethodName(method)) throw unknownMethod(method);
    return isOwn(method)
      ? this.#answerOwn(method, params, caller)
      : this.#handle(method, params, caller, context);
  }

  /**
   * Refuses new work from now on and waits for what is running. Long work that changes nothing is
   * cancelled.
   * @param hurry when aborted, everything is: what was being changed is taken back
   */
  async drain(hurry?: AbortSignal): Promise<void> {
    this.#draining = true;
    hurry?.addEventListener(
      'abort',
      () => {
        for (const running of this.#running) running.abort();
      },
      { once: true },
    );
    for (const running of this.#running) if (running.stoppable) running.abort();
    while (this.#running.size > 0)
      await Promise.allSettled([...this.#running].map(({ answer }) => answer));
  }

  #answerOwn<M extends OwnMethod>(method: M, raw: unknown, caller: Caller): ResultOf<M> {
    return this.#own[method](parseParams(method, raw), caller);
  }

  #handle<M extends keyof Handlers>(
    method: M,
    raw: unknown,
    caller: Caller,
    context: RequestContext,
  ): Promise<ResultOf<M>> {
    const spec = specOf(method);
    const params = parseParams(method, raw);
    // Long reading would hold the agent back as much as a change.
    if (this.#draining && (spec.mutates || spec.progress))
      throw new BulwarkError('agent-draining', 'the agent is finishing its work and leaves', {
        hint: 'Connect again in a moment, then repeat the request.',
      });
    const token = progressToken.safeParse(params).data?.progressToken;
    const progress =
      token === undefined || !spec.progress ? () => undefined : context.reporter(token);
    const work = (): Promise<ResultOf<M>> =>
      this.#options.handlers[method](params, {
        signal: context.signal,
        client: caller.peer,
        progress,
        watched: token !== undefined && spec.progress,
      });
    const { audit } = this.#options;
    const answer = audit === null ? work() : audit({ method, params, by: caller.identity }, work);
    this.#track({ answer, stoppable: spec.progress && !spec.mutates, abort: context.abort });
    return answer;
  }

  #track(running: Running): void {
    this.#running.add(running);
    const forget = (): void => {
      this.#running.delete(running);
    };
    running.answer.then(forget, forget);
  }
}

function isOwn(method: MethodName): method is OwnMethod {
  return (
    method === 'client/identify' ||
    method === 'event/since' ||
    method === 'notice/claim' ||
    method === 'agent/drain'
  );
}

function parseParams<M extends MethodName>(method: M, raw: unknown): ParamsOf<M> {
  const parsed = specOf(method).params.safeParse(raw ?? {});
  if (!parsed.success) throw invalidParams(method, parsed.error);
  return parsed.data;
}
