/** The program that all of this runs in. */
export interface Owner {
  /** Tells it from programs that are connected. */
  readonly id: string;
  /** What it calls itself. */
  readonly name: string;
  /** Aborted when it shuts all of this down. */
  readonly gone: AbortSignal;
}
