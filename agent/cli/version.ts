/** Whether release `a` came before release `b`; false when one of them is no version. */
export function isOlder(a: string, b: string): boolean {
  const left = numbersOf(a);
  const right = numbersOf(b);
  if (left === null || right === null) return false;
  for (const [i, number] of left.entries()) {
    const difference = number - (right[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function numbersOf(version: string): number[] | null {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match === null ? null : match.slice(1, 4).map(Number);
}
