import assert from 'node:assert/strict';

const LIMIT_MS = 20_000;
const LOOK_MS = 5;

/** Waits until something is so; fails, naming it, when it does not become so. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await isSo())) {
    if (performance.now() > end) assert.fail(`waited in vain for ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
}
