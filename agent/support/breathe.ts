/** Lets everything else that waits have its turn: for long work that never waits by itself. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
