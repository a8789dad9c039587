import type { Ability } from './line-protocol';
import type { World } from './world';

/** One thing that a client must do as the protocol says. */
export interface Scenario {
  /** In words that complete "The client …". */
  readonly title: string;
  /** What the client must be able to do at all. */
  readonly needs: readonly Ability[];
  /** Systems on which it makes no sense. */
  readonly notOn?: readonly NodeJS.Platform[];
  /** @throws Error that says where the client departs from the protocol */
  readonly run: (world: World) => Promise<void>;
}
