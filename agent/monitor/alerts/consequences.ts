/**
 * Which alerts follow from which, through any number of steps.
 * @param inhibited for each alert that follows from another, the fingerprint of its cause
 * @returns for each first cause, the fingerprints of all that follows from it
 */
export function consequencesOf(inhibited: ReadonlyMap<string, string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const fingerprint of inhibited.keys()) {
    const cause = firstCause(fingerprint, inhibited);
    const known = found.get(cause);
    if (known === undefined) found.set(cause, [fingerprint]);
    else known.push(fingerprint);
  }
  return found;
}

function firstCause(fingerprint: string, inhibited: ReadonlyMap<string, string>): string {
  // Two that follow from each other are each other's cause.
  const passed = new Set<string>();
  let at = fingerprint;
  for (;;) {
    const cause = inhibited.get(at);
    if (cause === undefined || passed.has(at)) return at;
    passed.add(at);
    at = cause;
  }
}
