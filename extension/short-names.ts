/**
 * Paths by their last part, with as much before it as tells them apart; what is no path stays as it
 * is.
 */
export function shortNames(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [name, shortName(name, names)]));
}

/** What stands before the last part of a path where others end alike; else nothing. */
export function distinctPlace(path: string, all: readonly string[]): string {
  const parts = shortName(path, all).split('/');
  return parts.slice(0, -1).join('/');
}

function shortName(name: string, names: readonly string[]): string {
  const parts = partsOf(name);
  const isPath = /^([\\/]|[A-Za-z]:)/.test(name);
  if (!isPath || parts.length === 0) return name;
  let length = 1;
  while (
    length < parts.length &&
    names.some((other) => other !== name && end(other, length) === end(name, length))
  )
    length += 1;
  return end(name, length);
}

function end(name: string, count: number): string {
  return partsOf(name).slice(-count).join('/');
}

function partsOf(name: string): string[] {
  return name.split(/[\\/]/).filter((part) => part !== '');
}
