import { RemoteError } from '../agent/protocol/errors';

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
  if (!(error instanceof RemoteError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { message: `Bulwark: ${sentence(message)}`, remedy: SHOW_LOG };
  }
  if (error.reason === 'cancelled') return null;
  const remedy = remedyFor(error);
  // What the hint says for a terminal, the button does here.
  const hint = error.hint === undefined || remedy !== SHOW_LOG ? '' : ` ${sentence(error.hint)}`;
  return { message: `Bulwark: ${sentence(error.message)}${hint}`, remedy };
}

const SHOW_LOG: Remedy = { title: 'Show Log', command: 'bulwark.showLog' };

function remedyFor(error: RemoteError): Remedy {
  switch (error.reason) {
    case 'agent-unreachable':
    case 'agent-draining':
      return { title: 'Start Agent', command: 'bulwark.startAgent' };
    case 'snapshot-unknown':
    case 'entry-missing':
      return { title: 'Refresh', command: 'bulwark.refresh' };
    default:
      return SHOW_LOG;
  }
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
