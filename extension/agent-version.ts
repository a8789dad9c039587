/** Negative when `a` is older than `b`, positive when newer, 0 when equal or not comparable. */
export function compareVersions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  if (left === null || right === null) return 0;
  for (let i = 0; i < 3; i++) {
    const difference = (left.numbers[i] ?? 0) - (right.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  // A version with a suffix comes before the version itself (semver 2.0, clause 11).
  if (left.suffix === right.suffix) return 0;
  if (left.suffix === '') return 1;
  if (right.suffix === '') return -1;
  return left.suffix < right.suffix ? -1 : 1;
}

function parse(version: string): { numbers: readonly number[]; suffix: string } | null {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/.exec(version);
  if (match === null) return null;
  return { numbers: match.slice(1, 4).map(Number), suffix: match[4] ?? '' };
}
