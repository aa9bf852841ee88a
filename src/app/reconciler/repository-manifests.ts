import { createHash } from "node:crypto";
import { parseScript } from "#domain/manifest/parse-manifest.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import { validateFiles } from "#domain/manifest/validate-files.ts";
import type { GitMirror, TreeEntry } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";

/** Manifests read from one repository at most; a larger monorepo is reported, not half read. */
const manifestsMax = 500;
const fileBytesMax = 256 * 1024;
const manifestFile = /(^|\/)showrunner\.ya?ml$/;
const dayMs = 86_400_000;
/** States of repositories that are remembered: each of 10,000 repositories, and as many pull requests. */
const rememberedMax = 20_000;
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

/**
 * Reads and checks every `showrunner.yaml` of a commit against the fleet. Equal manifests under an equal fleet.yaml are
 * looked at once a day (windows move on with the calendar), however many commits and looks there are.
 */
export class ManifestReader {
  readonly #known = new Map<string, RepositoryManifests>();

  async read(
    mirror: GitMirror,
    commit: string,
    fleet: FleetSnapshot | null,
    nowMs: number,
  ): Promise<RepositoryManifests> {
    const entries = (await mirror.list(commit, ".")).filter(({ path }) => manifestFile.test(path));
    const key = createHash("sha256")
      .update(JSON.stringify([fleet?.fleetText, Math.floor(nowMs / dayMs)]))
      .update(JSON.stringify(entries.map(({ path, id }) => [path, id])))
      .digest("base64");
    const known = this.#known.get(key);
    if (known) return known;
    const manifests = await readManifests(mirror, commit, entries, fleet, nowMs);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= rememberedMax && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, manifests);
    return manifests;
  }
}

async function readManifests(
  mirror: GitMirror,
  commit: string,
  entries: readonly TreeEntry[],
  fleet: FleetSnapshot | null,
  nowMs: number,
): Promise<RepositoryManifests> {
  const paths = entries.map((entry) => entry.path);
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
