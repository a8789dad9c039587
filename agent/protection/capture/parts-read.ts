/** Adds up what the parts of a capture (sources, roots) have read, each counted from zero. */
export class PartsRead {
  readonly #tell: (bytes: number) => void;
  #before = 0;
  #now = 0;

  constructor(tell: (bytes: number) => void) {
    this.#tell = tell;
  }

  /** Where the next part tells how far it is. */
  next(): (bytes: number) => void {
    this.#before += this.#now;
    this.#now = 0;
    return (bytes) => {
      this.#now = bytes;
      this.#tell(this.#before + bytes);
    };
  }
}
