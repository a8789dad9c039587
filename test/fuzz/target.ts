/** Something that is given bytes which a stranger may have written. */
export interface FuzzTarget {
  /** What it begins with: inputs that are right, or nearly so. */
  readonly seeds: readonly Buffer[];
  /** Words that get an input further than chance does. */
  readonly words: readonly Buffer[];
  /**
   * Takes an input.
   * @throws anything: then the input is a finding. What the product promises to throw is no finding,
   *   and is caught in here.
   */
  run(input: Buffer): Promise<void> | void;
  close(): Promise<void>;
}

/** A longer input is cut: what it could show, a shorter one does. */
export const MAX_INPUT_BYTES = 64 * 1024;
