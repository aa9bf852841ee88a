/** One script version that may be reached. `target` is whatever answers for it. */
export interface RouteEntry<Target> {
  readonly script: string;
  readonly version: string;
  readonly isDefault: boolean;
  /** Path prefix, such as /artwork. */
  readonly route: string;
  readonly target: Target;
}

export interface RouteConflict {
  readonly script: string;
  readonly version: string;
  readonly route: string;
  readonly ownedBy: string;
}

export interface RouteTable<Target> {
  /** Script names by route. */
  readonly owners: ReadonlyMap<string, string>;
  readonly scripts: ReadonlyMap<string, ScriptRoutes<Target>>;
  readonly routeLengthMax: number;
}

interface ScriptRoutes<Target> {
  readonly byVersion: ReadonlyMap<string, Target>;
  readonly defaultVersion: string | null;
}

export type RouteMatch<Target> =
  /** `path` is what the script sees: without the version. */
  | { readonly kind: "found"; readonly script: string; readonly target: Target; readonly path: string }
  | { readonly kind: "unknownVersion"; readonly script: string; readonly version: string }
  | { readonly kind: "noDefault"; readonly script: string }
  | { readonly kind: "none" };

const VERSION_LENGTH_MAX = 32;

/** Entries earlier in the list keep a route that a later one of another script claims. */
export function buildRouteTable<Target>(entries: readonly RouteEntry<Target>[]): {
  readonly table: RouteTable<Target>;
  readonly conflicts: readonly RouteConflict[];
} {
  const owners = new Map<string, string>();
  const scripts = new Map<string, { byVersion: Map<string, Target>; defaultVersion: string | null }>();
  const conflicts: RouteConflict[] = [];
  for (const { script, version, isDefault, route, target } of entries) {
    const key = withoutTrailingSlash(route);
    const ownedBy = owners.get(key) ?? script;
    if (ownedBy !== script) {
      conflicts.push({ script, version, route, ownedBy });
      continue;
    }
    owners.set(key, script);
    const routes = scripts.get(script) ?? { byVersion: new Map<string, Target>(), defaultVersion: null };
    routes.byVersion.set(version, target);
    if (isDefault) routes.defaultVersion = version;
    scripts.set(script, routes);
  }
  const routeLengthMax = Math.max(0, ...[...owners.keys()].map((route) => route.length));
  return { table: { owners, scripts, routeLengthMax }, conflicts };
}

/**
 * The script version that answers for a path: the longest route that is the path or ends at one of its slashes, with
 * the version from `<route>@<version>`, else from the header, else the script's default.
 */
export function findRoute<Target>(
  table: RouteTable<Target>,
  path: string,
  headerVersion: string | null,
): RouteMatch<Target> {
  // A prefix longer than any route cannot match, and hashing long ones would cost a hostile path's square.
  const lengthMax = table.routeLengthMax + 1 + VERSION_LENGTH_MAX;
  // The path itself and each part of it that ends before a slash, longest first; the root is "".
  for (let end = path.length; end >= 0; end = end === 0 ? -1 : Math.max(0, path.lastIndexOf("/", end - 1))) {
    if (end > lengthMax) continue;
    const prefix = path.slice(0, end);
    const plainOwner = table.owners.get(prefix);
    if (plainOwner !== undefined) return selectVersion(table, plainOwner, headerVersion, path);
    const at = prefix.lastIndexOf("@");
    if (at <= prefix.lastIndexOf("/")) continue;
    const route = withoutTrailingSlash(prefix.slice(0, at));
    const owner = table.owners.get(route);
    if (owner === undefined) continue;
    const rest = path.slice(prefix.length);
    return selectVersion(table, owner, prefix.slice(at + 1), `${route}${rest}` || "/");
  }
  return { kind: "none" };
}

function selectVersion<Target>(
  table: RouteTable<Target>,
  script: string,
  version: string | null,
  path: string,
): RouteMatch<Target> {
  const routes = table.scripts.get(script);
  const wanted = version ?? routes?.defaultVersion ?? null;
  if (wanted === null) return { kind: "noDefault", script };
  const target = routes?.byVersion.get(wanted);
  return target === undefined
    ? { kind: "unknownVersion", script, version: wanted }
    : { kind: "found", script, target, path };
}

/** The root route "/" is kept as "". */
function withoutTrailingSlash(route: string): string {
  return route.replace(/\/+$/, "");
}
