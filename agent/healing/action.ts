import type { Incident } from './incident';
import type { UndoNote } from './recovery';
import type { Tier } from './remedy';

/** What an action works with while it acts. */
export interface ActionContext {
  readonly signal: AbortSignal;
  /** Says how to take back what comes next; durable when it resolves. Called before anything changes. */
  readonly keep: (undo: UndoNote) => Promise<void>;
  /** Tells what is being done, for people. */
  readonly say: (text: string) => void;
}

/** An action that applies to an incident, ready to act. */
export interface PreparedAction {
  /** Of the twelve, or `own:NAME`. */
  readonly action: string;
  readonly tier: Tier;
  /** What it does here, one sentence for people. */
  readonly explain: string;
  /** Paths and components that it changes. */
  readonly touches: readonly string[];
  /** It is given up after this, ms. */
  readonly timeoutMs: number;
  /** It saves by itself what its tier asks for. */
  readonly savesItself?: true;
  /** @throws BulwarkError when it cannot be done */
  apply(context: ActionContext): Promise<void>;
}

/** Makes an action ready for an incident; null where it does not apply. */
export type ActionMaker = (incident: Incident) => Promise<PreparedAction | null>;
