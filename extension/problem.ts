import type { Reason } from '../agent/protocol/reasons';
import { hintOf, reasonOf } from './agent-error';

/** What a person can do about a problem, as a command of this extension. */
export interface Remedy {
  readonly title: string;
  readonly command: string;
}

/** An error in words, with what to do about it; null when nothing went wrong (cancelled). */
export interface Problem {
  readonly message: string;
  readonly remedy: Remedy;
}

/** Describes an error for a notification. */
export function describeProblem(error: unknown): Problem | null {
  const reason = reasonOf(error);
  if (reason === 'cancelled') return null;
  const message = error instanceof Error ? error.message : String(error);
  const remedy = remedyFor(reason);
  const hint = hintOf(error);
  // What the hint says for a terminal, the button does here.
  const said = hint === null || remedy !== SHOW_LOG ? '' : ` ${sentence(hint)}`;
  return { message: `Bulwark: ${sentence(message)}${said}`, remedy };
}

const SHOW_LOG: Remedy = { title: 'Show Log', command: 'bulwark.showLog' };
const START_AGENT: Remedy = { title: 'Start Agent', command: 'bulwark.startAgent' };
const REFRESH: Remedy = { title: 'Refresh', command: 'bulwark.refresh' };

function remedyFor(reason: Reason | null): Remedy {
  switch (reason) {
    case 'agent-unreachable':
    case 'agent-draining':
      return START_AGENT;
    case 'snapshot-unknown':
    case 'entry-missing':
      return REFRESH;
    default:
      return SHOW_LOG;
  }
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
