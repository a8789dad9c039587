/** For each alert, those that follow from it directly, by fingerprints. @param inhibited alert → cause */
export function effectsOf(inhibited: ReadonlyMap<string, string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [fingerprint, cause] of inhibited) add(found, cause, fingerprint);
  return found;
}

/**
 * Which alerts follow from which, through any number of steps.
 * @param inhibited for each alert that follows from another, the fingerprint of its cause; no circles
 * @returns for each first cause, the fingerprints of all that follows from it
 */
export function consequencesOf(inhibited: ReadonlyMap<string, string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const firstOf = new Map<string, string>();
  for (const fingerprint of inhibited.keys()) {
    const way: string[] = [];
    let at = fingerprint;
    for (let cause = inhibited.get(at); cause !== undefined; cause = inhibited.get(at)) {
      way.push(at);
      at = firstOf.get(at) ?? cause;
    }
    for (const passed of way) firstOf.set(passed, at);
    add(found, at, fingerprint);
  }
  return found;
}

function add(lists: Map<string, string[]>, key: string, value: string): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}
