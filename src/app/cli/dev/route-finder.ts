/** Where a request may go: the default version of a route, or one named in the path as `<route>@<version>`. */
export interface Routed {
  /** Path prefix, such as /artwork. */
  readonly route: string;
  readonly version: string;
  readonly isDefault: boolean;
}

/** The entry whose route is the longest that leads to the path; null when none does. Versions by header are not looked at. */
export function findRouted<T extends Routed>(entries: Iterable<T>, path: string): T | null {
  let best: T | null = null;
  let bestLength = -1;
  for (const entry of entries) {
    const route = entry.route.replace(/\/+$/, "");
    const isMatch = leadsTo(`${route}@${entry.version}`, path) || (entry.isDefault && leadsTo(route, path));
    if (isMatch && route.length > bestLength) {
      best = entry;
      bestLength = route.length;
    }
  }
  return best;
}

function leadsTo(route: string, path: string): boolean {
  return path === route || path.startsWith(`${route}/`);
}
