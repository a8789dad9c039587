import type { Actor } from './entry';

/** The agent, where it acts by itself. */
export function ownActor(): Actor {
  return { kind: 'agent', name: 'Bulwark', pid: process.pid };
}
