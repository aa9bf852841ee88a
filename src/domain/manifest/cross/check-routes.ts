import type { Position } from "../located-document.ts";
import type { ReadManifest } from "../read-manifest.ts";

type ReadScript = ReadManifest<"Script">;

/** Two scripts cannot claim one route; versions of one script share theirs. One inside another's is only odd. */
export function checkRoutes(scripts: readonly ReadScript[]): void {
  const owners = new Map<string, ReadScript>();
  for (const read of scripts) {
    const route = routeOf(read);
    const owner = owners.get(route);
    if (owner === undefined) {
      owners.set(route, read);
    } else if (owner.source.name !== read.source.name) {
      const message = `${route} is the route of "${owner.source.name}" (${owner.file}) already.`;
      read.problems.error(positionOf(read), "route-overlap", message);
    }
  }
  for (const read of owners.values()) {
    const outer = enclosing(routeOf(read), owners);
    if (outer === null || outer.source.name === read.source.name) continue;
    const message = `${routeOf(read)} lies within ${routeOf(outer)}, the route of "${outer.source.name}" (${outer.file}), and takes its requests.`;
    read.problems.warning(positionOf(read), "route-nested", message);
  }
}

function routeOf(read: ReadScript): string {
  return read.source.route ?? `/${read.source.name}`;
}

function positionOf(read: ReadScript): Position {
  return read.document.at([read.source.route === undefined ? "name" : "route"]);
}

/** The nearest route above this one; "/" is meant to have others below it. */
function enclosing(route: string, owners: ReadonlyMap<string, ReadScript>): ReadScript | null {
  for (let end = route.lastIndexOf("/"); end > 0; end = route.lastIndexOf("/", end - 1)) {
    const outer = owners.get(route.slice(0, end));
    if (outer !== undefined) return outer;
  }
  return null;
}
