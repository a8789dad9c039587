import type { DataSource } from './data-source';

/** How something says that it is. `why` is for people, one line. */
export type Health =
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly why: string }
  /** It cannot tell. Never taken for well, and nothing is done about it. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What a part of your program says of its health. */
export interface Watchable {
  /**
   * Whether it is well. Nothing, or `up`, is well; `down`, or an error that is thrown, is not. Called
   * every `checkEveryMs`, never twice at once; after ten failures in a row only every 30 s. A part
   * without this is listed as `unknown`.
   * @param signal aborted when nobody waits for the answer any more
   */
  health?(signal: AbortSignal): Health | void | Promise<Health | void>;
  /** Names of the components that it needs: where one of them fails, that is named as the cause. */
  readonly dependsOn?: readonly string[];
  /** Ms between two calls of `health`, 1,000 to 3,600,000; 10,000 unless given. */
  readonly checkEveryMs?: number;
  /** Ms that `health` may take, 100 to 60,000; 5,000 unless given. Longer is `down`. */
  readonly checkLimitMs?: number;
}

/** Why something is asked to do something about itself. */
export interface RecoveryRequest {
  /** What was found, for people. */
  readonly why: string;
  /** How long it may take, ms; then it counts as failed. */
  readonly limitMs: number;
  /** Aborted when it is given up. */
  readonly signal: AbortSignal;
}

/**
 * What a part of your program can do about itself. After each of these `health` decides: only two
 * good answers in a row are a recovery. An error that is thrown means that it did not work.
 */
export interface Healable {
  /** Starts anew, with what it needs. */
  restart?(request: RecoveryRequest): void | Promise<void>;
  /** Lets go of its connections and opens them anew; closes a breaker that is open. */
  resetConnections?(request: RecoveryRequest): void | Promise<void>;
  /** Gives back memory that it can do without. */
  freeMemory?(request: RecoveryRequest): void | Promise<void>;
}

/** A part of your program: any object with at least one of these members. */
export interface HardenedComponent extends Watchable, Healable {
  /** What it has to lose. Backed up under the component's name from the start. */
  readonly data?: DataSource;
}
