import { REASONS, type Reason } from '../agent/protocol/reasons';

/** A request that failed before it reached the agent, with a reason like the agent's own errors. */
export class AgentError extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.name = 'AgentError';
    this.reason = reason;
  }
}

/**
 * Why a request failed; null for what no agent and no {@link AgentError} said. Read from the error
 * itself: the protocol's own class would bring all schemas into the start of the window.
 */
export function reasonOf(error: unknown): Reason | null {
  if (!(error instanceof Error) || !('reason' in error)) return null;
  const { reason } = error;
  return REASONS.find((known) => known === reason) ?? null;
}

/** What the agent says can be done about an error, or null. */
export function hintOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('hint' in error)) return null;
  return typeof error.hint === 'string' ? error.hint : null;
}
