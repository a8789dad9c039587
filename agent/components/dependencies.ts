/** Names with the names that each depends on. */
export type DependencyGraph = ReadonlyMap<string, readonly string[]>;

/**
 * A cycle in the graph, as the way around it that begins and ends with the same name; null where
 * there is none. Names that are no key of the graph depend on nothing.
 */
export function findCycle(graph: DependencyGraph): readonly string[] | null {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): readonly string[] | null => {
    const at = way.indexOf(name);
    if (at >= 0) return [...way.slice(at), name];
    if (done.has(name)) return null;
    for (const next of graph.get(name) ?? []) {
      const cycle = visit(next, [...way, name]);
      if (cycle !== null) return cycle;
    }
    done.add(name);
    return null;
  };
  for (const name of graph.keys()) {
    const cycle = visit(name, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

/**
 * A way from a name through what it depends on back to itself, shortest first; null where there is
 * none. Looks only at what can be reached from it.
 */
export function findWayBack(
  name: string,
  dependsOn: (name: string) => readonly string[],
): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [name];
  for (const at of queue)
    for (const next of dependsOn(at)) {
      if (next === name) return wayTo(at, name, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      queue.push(next);
    }
  return null;
}

function wayTo(
  last: string,
  name: string,
  cameFrom: ReadonlyMap<string, string>,
): readonly string[] {
  const back = [name];
  for (let at: string | undefined = last; at !== undefined && at !== name; at = cameFrom.get(at))
    back.push(at);
  return [...back, name].reverse();
}
