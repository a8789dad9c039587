/** Time as the extension sees it; tests put a clock of their own in its place. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` once after `ms`; the result stops it. */
  after(ms: number, fn: () => void): { cancel(): void };
  /** Calls `fn` every `ms`; the result stops it. */
  every(ms: number, fn: () => void): { cancel(): void };
  /** Resolves after `ms`. */
  sleep(ms: number): Promise<void>;
}

/** The only place where the extension asks the machine for time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, fn) {
    const handle = setTimeout(fn, ms);
    return { cancel: () => clearTimeout(handle) };
  },
  every(ms, fn) {
    const handle = setInterval(fn, ms);
    return { cancel: () => clearInterval(handle) };
  },
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
