/**
 * For each node the longest way through what it depends on, 0 for one that depends on nothing named here. What lies on a
 * circle is cut where it was entered.
 */
export function dependencyDepth(dependencies: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const known = new Map<string, number>();
  const open = new Set<string>();
  const depthOf = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    if (open.has(name)) return 0;
    open.add(name);
    const below = (dependencies.get(name) ?? []).filter((other) => dependencies.has(other));
    const depth = below.length === 0 ? 0 : 1 + Math.max(...below.map(depthOf));
    open.delete(name);
    known.set(name, depth);
    return depth;
  };
  for (const name of dependencies.keys()) depthOf(name);
  return known;
}
