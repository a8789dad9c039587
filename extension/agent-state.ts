import type { AgentLink } from './agent-link';

/** How this window stands to the agent. */
export type AgentState =
  /** Looking for an agent, or starting one. */
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly link: AgentLink }
  /** The connection was lost; another try follows by itself. */
  | { readonly kind: 'waiting'; readonly why: string }
  /** No agent runs, and this window may not start one unasked. */
  | { readonly kind: 'stopped'; readonly why: string }
  /** Given up: a person is needed. */
  | { readonly kind: 'failed'; readonly why: string };
