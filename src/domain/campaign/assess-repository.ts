import semver from "semver";
import { bumpRange } from "./bump-range.ts";
import {
  directUses,
  parseJsonObject,
  type DirectUse,
  type PackageJson,
  type UpgradedSection,
} from "./direct-uses.ts";
import { copiesOf, readLockGraph, resolveFrom, type LockGraph } from "./lock-graph.ts";
import { projectLayout, type Manifest, type Project } from "./project-layout.ts";

/** What a campaign is after. `targetOf` gives the version that a locked (or lowest declared) version goes to; null when it may stay. */
export interface Aim {
  readonly library: string;
  readonly targetOf: (version: string) => Target | null;
  /** Copies that nobody in the repository names are moved too; for advisories. */
  readonly withTransitive: boolean;
}

export type Target = { readonly kind: "version"; readonly version: string } | { readonly kind: "noFix" };

/** A library that one section of one package.json names, on its way to another version. */
export interface DirectMove {
  readonly manifest: Manifest;
  readonly section: UpgradedSection;
  readonly declared: string;
  /** The new range; the declared one where that may stay. */
  readonly range: string;
  /** The version that the lockfile has; null without a lockfile. */
  readonly locked: string | null;
  readonly to: string;
}

/** What changes in one project. */
export interface ProjectChange {
  readonly project: Project;
  readonly uses: readonly DirectMove[];
  /** Locked versions that nobody in the repository names and that must go; for advisories. */
  readonly transitive: readonly { readonly from: string; readonly to: string }[];
}

export type Assessment =
  | { readonly kind: "absent" }
  | { readonly kind: "transitiveOnly"; readonly versions: readonly string[] }
  | { readonly kind: "upToDate"; readonly notes: readonly string[] }
  /** It is used in ways that are left alone; the notes say which. */
  | { readonly kind: "untouched"; readonly notes: readonly string[] }
  | { readonly kind: "noFix"; readonly versions: readonly string[] }
  | { readonly kind: "cannot"; readonly reason: string }
  | {
      readonly kind: "needed";
      /** The highest version that something goes to. */
      readonly version: string;
      readonly changes: readonly ProjectChange[];
      readonly notes: readonly string[];
    };

/** What a campaign has to do in a repository, from the texts of its package files by path. */
export function assessRepository(files: ReadonlyMap<string, string>, aim: Aim): Assessment {
  const read = readFiles(files);
  if (!read.ok) return { kind: "cannot", reason: read.reason };
  const projects = projectLayout([...files.keys()], (lockPath, location) => {
    const entry = read.locks.get(lockPath)?.packages.get(location);
    return entry?.kind === "own";
  });
  const findings = projects.map((project) => assessProject(project, read, aim));
  return conclude(findings);
}

interface ReadFiles {
  readonly ok: true;
  readonly manifests: ReadonlyMap<string, PackageJson>;
  readonly locks: ReadonlyMap<string, LockGraph>;
}

function readFiles(files: ReadonlyMap<string, string>): ReadFiles | { ok: false; reason: string } {
  const manifests = new Map<string, PackageJson>();
  const locks = new Map<string, LockGraph>();
  for (const [path, text] of files) {
    const isManifest = /(?:^|\/)package\.json$/.test(path);
    if (!isManifest && !/(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/.test(path)) continue;
    const content = parseJsonObject(text);
    if (content === null) {
      // A broken package.json in some corner names no library; a broken lockfile cannot be kept in step.
      if (isManifest) continue;
      return { ok: false, reason: `${path} is not valid JSON` };
    }
    if (isManifest) {
      manifests.set(path, content);
      continue;
    }
    const graph = readLockGraph(content);
    if (graph === null) return { ok: false, reason: `${path} has a format that is not known` };
    locks.set(path, graph);
  }
  return { ok: true, manifests, locks };
}

interface Finding {
  readonly change: ProjectChange;
  readonly directUses: number;
  /** Versions of copies in the lockfile. */
  readonly versions: readonly string[];
  readonly unfixable: readonly string[];
  readonly reached: number;
  readonly untouched: readonly string[];
  readonly problem: string | null;
}

function assessProject(project: Project, read: ReadFiles, aim: Aim): Finding {
  const graph = project.lockPath === null ? null : (read.locks.get(project.lockPath) ?? null);
  const moves: DirectMove[] = [];
  const untouched: string[] = [];
  const unfixable = new Set<string>();
  let uses = 0;
  let reached = 0;
  for (const manifest of project.manifests) {
    for (const use of directUses(read.manifests.get(manifest.path) ?? {}, aim.library)) {
      uses += 1;
      const verdict = assessUse(use, manifest, graph, aim);
      if (verdict.kind === "reached") reached += 1;
      if (verdict.kind === "untouched") untouched.push(`${manifest.path}: ${verdict.reason}`);
      if (verdict.kind === "noFix") unfixable.add(verdict.version);
      if (verdict.kind !== "move") continue;
      const { range, locked, to } = verdict;
      moves.push({ manifest, ...use, range: range ?? use.declared, locked, to });
    }
  }
  const versions = graph === null ? [] : copiesOf(graph, aim.library).flatMap(({ version }) => version ?? []);
  const transitive = aim.withTransitive ? transitiveMoves(versions, moves, aim) : [];
  for (const version of aim.withTransitive ? versions : []) {
    if (aim.targetOf(version)?.kind === "noFix") unfixable.add(version);
  }
  const isNeeded = moves.length > 0 || transitive.length > 0;
  const problem =
    isNeeded && project.foreignLock !== null
      ? `${project.foreignLock} is of a package manager that is not supported`
      : null;
  return {
    change: { project, uses: moves, transitive },
    directUses: uses,
    versions,
    unfixable: [...unfixable],
    reached,
    untouched,
    problem,
  };
}

function transitiveMoves(
  versions: readonly string[],
  moves: readonly DirectMove[],
  aim: Aim,
): { from: string; to: string }[] {
  const direct = new Set(moves.map(({ locked }) => locked));
  return [...new Set(versions)].flatMap((from) => {
    const target = aim.targetOf(from);
    return target?.kind === "version" && !direct.has(from) ? [{ from, to: target.version }] : [];
  });
}

type UseVerdict =
  | { readonly kind: "reached" }
  | { readonly kind: "untouched"; readonly reason: string }
  | { readonly kind: "noFix"; readonly version: string }
  /** `range` is null where the declared one stays; `locked` where there is no locked copy to move. */
  | {
      readonly kind: "move";
      readonly range: string | null;
      readonly locked: string | null;
      readonly to: string;
    };

function assessUse(use: DirectUse, manifest: Manifest, graph: LockGraph | null, aim: Aim): UseVerdict {
  const copy = graph === null ? null : resolveFrom(graph, manifest.location, aim.library);
  const locked = copy?.kind === "installed" && copy.name === aim.library ? copy.version : null;
  const lowest =
    semver.validRange(use.declared) === null ? null : (semver.minVersion(use.declared)?.version ?? null);
  const standing = locked !== null && semver.valid(locked) !== null ? locked : lowest;
  const target = standing === null ? null : aim.targetOf(standing);
  if (target === null && standing !== null) return { kind: "reached" };
  if (target?.kind === "noFix") return { kind: "noFix", version: standing ?? use.declared };
  // Of what cannot be read as a version only the reason is told, and any version gives the same one.
  const bump = bumpRange(use.declared, target?.version ?? "0.0.0");
  if (bump.kind === "untouched") return bump;
  if (target === null) return { kind: "reached" };
  if (bump.kind === "bumped") return { kind: "move", range: bump.range, locked, to: target.version };
  if (locked === null) return { kind: "reached" };
  return { kind: "move", range: null, locked, to: target.version };
}

function conclude(findings: readonly Finding[]): Assessment {
  const problem = findings.find((finding) => finding.problem !== null)?.problem;
  if (problem !== undefined && problem !== null) return { kind: "cannot", reason: problem };
  const notes = findings.flatMap((finding) => finding.untouched);
  const changes = findings
    .map(({ change }) => change)
    .filter(({ uses, transitive }) => uses.length > 0 || transitive.length > 0);
  const targets = changes.flatMap(({ uses, transitive }) => [...uses, ...transitive].map(({ to }) => to));
  const unfixable = [...new Set(findings.flatMap((finding) => finding.unfixable))];
  const version = targets.sort(semver.rcompare)[0];
  if (version !== undefined) return { kind: "needed", version, changes, notes };
  if (unfixable.length > 0) return { kind: "noFix", versions: unfixable };
  if (findings.some((finding) => finding.reached > 0)) return { kind: "upToDate", notes };
  if (notes.length > 0) return { kind: "untouched", notes };
  const versions = [...new Set(findings.flatMap((finding) => finding.versions))];
  return versions.length > 0 ? { kind: "transitiveOnly", versions } : { kind: "absent" };
}
