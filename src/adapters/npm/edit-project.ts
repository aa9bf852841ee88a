import { parseJsonObject, type PackageJson } from "#domain/campaign/direct-uses.ts";
import type { ProjectChange } from "#domain/campaign/assess-repository.ts";
import { editJson } from "./json-edit.ts";
import type { PublishedVersion } from "./published-version.ts";
import { quickLock } from "./quick-lock.ts";
import type { NpmRegistry } from "./registry.ts";
import { resolvedLock } from "./resolved-lock.ts";

export interface ProjectTools {
  readonly registry: NpmRegistry;
  /** A folder of the run's own. */
  readonly workFolder: string;
}

export type EditedProject =
  /** New texts by path, of the files that differ. */
  | { readonly kind: "edited"; readonly files: ReadonlyMap<string, string>; readonly isQuick: boolean }
  | { readonly kind: "impossible"; readonly reason: string };

/** The texts of a project's package.json files and lockfile after a change. `files` holds all texts by path. */
export async function editProject(
  files: ReadonlyMap<string, string>,
  change: ProjectChange,
  library: string,
  published: PublishedVersion,
  tools: ProjectTools,
): Promise<EditedProject> {
  const manifests = editedManifests(files, change, library);
  if (manifests === null)
    return { kind: "impossible", reason: "a package.json could not be edited in place" };
  const lockPath = change.project.lockPath;
  if (lockPath === null) return { kind: "edited", files: differing(files, manifests), isQuick: true };
  const lockText = files.get(lockPath) ?? "";
  const quick =
    change.transitive.length > 0
      ? null
      : quickLock({ lockText, manifests: contentsBefore(files, change), uses: change.uses, published });
  if (quick !== null) {
    return { kind: "edited", files: differing(files, manifests).set(lockPath, quick), isQuick: true };
  }
  const byLocation = change.project.manifests.map(
    ({ path, location }) => [location, manifests.get(path) ?? ""] as const,
  );
  const resolved = await resolvedLock({
    workFolder: tools.workFolder,
    registry: tools.registry,
    lockText,
    manifests: new Map(byLocation),
    library,
    change,
  });
  if (resolved.kind === "impossible") return resolved;
  const all = new Map([...manifests, [lockPath, resolved.lockText]]);
  return { kind: "edited", files: differing(files, all), isQuick: false };
}

/** Texts of all of the project's package.json files with the new ranges; null when a place to edit is not there. */
function editedManifests(
  files: ReadonlyMap<string, string>,
  change: ProjectChange,
  library: string,
): Map<string, string> | null {
  const manifests = new Map<string, string>();
  for (const { path } of change.project.manifests) {
    const edits = change.uses
      .filter(({ manifest, declared, range }) => manifest.path === path && declared !== range)
      .map(({ section, range }) => ({ path: [section, library], value: JSON.stringify(range) }));
    const edited = editJson(files.get(path) ?? "", edits);
    if (edited === null) return null;
    manifests.set(path, edited);
  }
  return manifests;
}

function contentsBefore(files: ReadonlyMap<string, string>, change: ProjectChange): Map<string, PackageJson> {
  return new Map(
    change.project.manifests.map(({ path, location }) => [
      location,
      parseJsonObject(files.get(path) ?? "") ?? {},
    ]),
  );
}

function differing(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Map<string, string> {
  return new Map([...after].filter(([path, text]) => before.get(path) !== text));
}
