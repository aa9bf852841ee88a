import { parseScript } from "#domain/manifest/parse-manifest.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import { validateFiles } from "#domain/manifest/validate-files.ts";
import type { GitMirror } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";

/** Manifests read from one repository at most; a larger monorepo is reported, not half read. */
const manifestsMax = 500;
const fileBytesMax = 256 * 1024;
/** Files of a fleet repository that mean something to us. */
export const fleetFile =
  /^(fleet\.ya?ml|(groups|experiments|campaigns|releases|holds|freezes|kills|canaries)\/.*\.ya?ml)$/;

/** What a repository declares at one commit. */
export interface RepositoryManifests {
  /** By folder ("." is the root): only those without an error of their own. */
  readonly scripts: ReadonlyMap<string, ScriptManifest>;
  /** Folders that have a manifest, readable or not. */
  readonly folders: readonly string[];
  readonly problems: readonly Problem[];
}

/** Reads and checks every `showrunner.yaml` of a commit against the fleet. */
export async function readScriptManifests(
  mirror: GitMirror,
  commit: string,
  fleet: FleetSnapshot | null,
  nowMs: number,
): Promise<RepositoryManifests> {
  const entries = await mirror.list(commit, ".");
  const paths = entries.map((entry) => entry.path).filter((path) => /(^|\/)showrunner\.ya?ml$/.test(path));
  const kept = paths.slice(0, manifestsMax);
  const texts = await mirror.read(commit, kept, fileBytesMax);
  const files = new Map(kept.map((path) => [path, texts.get(path) ?? ""]));
  const problems: Problem[] = paths.length > manifestsMax ? [tooMany(paths)] : [];
  problems.push(...validateFiles(files, { fleet: fleet?.fleet ?? null, fleetFile: "fleet.yaml", nowMs }));
  const scripts = new Map<string, ScriptManifest>();
  const broken = new Set(
    problems.filter((problem) => problem.severity === "error").map((problem) => problem.file),
  );
  for (const [path, text] of files) {
    const parsed = parseScript(text, path);
    if (parsed.ok && !broken.has(path)) scripts.set(folderOf(path), parsed.manifest);
  }
  return { scripts, folders: kept.map(folderOf), problems };
}

/** Checks the files of a fleet repository's commit against themselves. */
export async function checkFleetFiles(
  mirror: GitMirror,
  commit: string,
  nowMs: number,
): Promise<readonly Problem[]> {
  const paths = (await mirror.list(commit, "."))
    .map((entry) => entry.path)
    .filter((path) => fleetFile.test(path));
  const files = await mirror.read(commit, paths, fileBytesMax);
  return validateFiles(files, { fleet: null, fleetFile: "fleet.yaml", nowMs });
}

function folderOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end === -1 ? "." : path.slice(0, end);
}

function tooMany(paths: readonly string[]): Problem {
  const message = `the repository has ${paths.length} manifests; at most ${manifestsMax} are read`;
  return {
    file: paths[manifestsMax] ?? "showrunner.yaml",
    line: 1,
    column: 1,
    severity: "error",
    code: "too-many-files",
    message,
  };
}
