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
