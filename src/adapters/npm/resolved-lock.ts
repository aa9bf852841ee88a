import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Packument } from "pacote";
import semver from "semver";
import {
  parseJsonObject,
  rangesOf,
  UPGRADED_SECTIONS,
  type PackageJson,
} from "#domain/campaign/direct-uses.ts";
import type { ProjectChange } from "#domain/campaign/assess-repository.ts";
import { copiesOf, readLockGraph } from "#domain/campaign/lock-graph.ts";
import { editJson, indentOf, type JsonEdit } from "./json-edit.ts";
import type { NpmRegistry } from "./registry.ts";

/** A project for npm's own resolver. */
export interface ResolveInput {
  /** A folder of the run's own, where a copy is laid out. */
  readonly workFolder: string;
  readonly registry: NpmRegistry;
  readonly lockText: string;
  /** Texts of the package.json files with their new ranges, by location. */
  readonly manifests: ReadonlyMap<string, string>;
  readonly library: string;
  readonly change: ProjectChange;
}

export type ResolvedLock =
  | { readonly kind: "resolved"; readonly lockText: string }
  | { readonly kind: "impossible"; readonly reason: string };

/**
 * The lockfile that `npm install --package-lock-only --ignore-scripts` leaves, by npm's own resolver in this process: no
 * script runs, nothing is fetched by git or from addresses that a repository names, and no npm configuration is read.
 */
export async function resolvedLock(input: ResolveInput): Promise<ResolvedLock> {
  const lock = parseJsonObject(input.lockText);
  if (lock === null) return { kind: "impossible", reason: "the lockfile is not valid JSON" };
  const refused = foreignArchive(lock, input.registry.url) ?? outsideFolder(input.manifests);
  if (refused !== null) return { kind: "impossible", reason: refused };
  const folder = await mkdtemp(path.join(input.workFolder, "project-"));
  try {
    // npm names a project without a name after its folder.
    const name =
      typeof lock["name"] === "string" && /^[\w-][\w.-]*$/.test(lock["name"]) ? lock["name"] : "project";
    const root = path.join(folder, name);
    await layOut(root, input);
    return await resolve(root, lock, input);
  } catch (error) {
    if (isUnanswered(error)) throw error;
    return { kind: "impossible", reason: reasonOf(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A copy of the project in which every use that moves asks for exactly its new version, so that npm can take no other. */
async function layOut(root: string, input: ResolveInput): Promise<void> {
  for (const [location, text] of input.manifests) {
    const pins = input.change.uses
      .filter(({ manifest }) => manifest.location === location)
      .map(({ section, to }): JsonEdit => ({ path: [section, input.library], value: JSON.stringify(to) }));
    const folder = path.join(root, location);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "package.json"), editJson(text, pins) ?? text);
  }
  await writeFile(path.join(root, "package-lock.json"), input.lockText);
}

async function resolve(root: string, lock: PackageJson, input: ResolveInput): Promise<ResolvedLock> {
  // Loaded here because it is large, and most repositories do without.
  const { Arborist } = await import("@npmcli/arborist");
  const { transitive } = input.change;
  const options = {
    ...input.registry.options,
    path: root,
    packumentCache:
      transitive.length > 0 ? await onlyTargets(lock, input) : input.registry.options.packumentCache,
    lockfileVersion: typeof lock["lockfileVersion"] === "number" ? lock["lockfileVersion"] : 1,
    ignoreScripts: true,
    allowGit: "none",
    allowRemote: "none",
    audit: false,
  };
  // The options are wider than the package's types say.
  const arborist: InstanceType<typeof Arborist> = Reflect.construct(Arborist, [options]);
  const build = { complete: true, ...(transitive.length > 0 ? { update: { names: [input.library] } } : {}) };
  const tree = await arborist.buildIdealTree(build);
  const left = [...tree.inventory.values()].find(
    (node) => node.packageName === input.library && transitive.some(({ from }) => from === node.version),
  );
  if (left !== undefined) {
    const askers = [...left.edgesIn].map((edge) => `${edge.from?.name ?? "something"} asks for ${edge.spec}`);
    const reason = `${input.library}@${left.version} has to stay: ${askers.slice(0, 3).join(", ")}`;
    return { kind: "impossible", reason };
  }
  return unpinned(inFormatOf(input.lockText, String(tree.meta)), input);
}

/** Gives the uses their ranges back. */
function unpinned(text: string, input: ResolveInput): ResolvedLock {
  const hasRanges = /"packages"\s*:/.test(text);
  const edits = input.change.uses.map(({ manifest, section, range }): JsonEdit => {
    return { path: ["packages", manifest.location, section, input.library], value: JSON.stringify(range) };
  });
  const lockText = hasRanges ? editJson(text, edits) : text;
  if (lockText === null)
    return { kind: "impossible", reason: "npm's resolver left a use of the library out" };
  return { kind: "resolved", lockText };
}

/** npm indents a lockfile like the package.json beside it; the lockfile's own format is kept instead. */
function inFormatOf(before: string, after: string): string {
  const newline = before.includes("\r\n") ? "\r\n" : "\n";
  const text = JSON.stringify(JSON.parse(after), null, indentOf(before)).replaceAll("\n", newline);
  return before.endsWith("\n") ? `${text}${newline}` : text;
}

/**
 * The shared memory, except that of the library it knows only the locked versions that may stay and those to go to: npm
 * would else take the highest that fits.
 */
async function onlyTargets(lock: PackageJson, input: ResolveInput): Promise<Map<string, Packument>> {
  const { default: pacote } = await import("pacote");
  const { options } = input.registry;
  const whole = await pacote.packument(input.library, { ...options, fullMetadata: true });
  const graph = readLockGraph(lock);
  const locked = graph === null ? [] : copiesOf(graph, input.library).flatMap(({ version }) => version ?? []);
  const leaving = new Set(input.change.transitive.map(({ from }) => from));
  const targets = [...input.change.transitive, ...input.change.uses].map(({ to }) => to);
  const allowed = new Set([...locked.filter((version) => !leaving.has(version)), ...targets]);
  const versions = Object.fromEntries(
    Object.entries(whole.versions).filter(([version]) => allowed.has(version)),
  );
  const latest = Object.keys(versions).sort(semver.rcompare)[0];
  const known: Packument = {
    ...whole,
    versions,
    "dist-tags": { latest: latest ?? whole["dist-tags"].latest },
  };
  const address = `${options.registry}${input.library.replace("/", "%2f")}`;
  const overlay = new Map<string, Packument>([
    [`full:${address}`, known],
    [`corgi:${address}`, known],
  ]);
  return new OverlaidMap(overlay, options.packumentCache);
}

/** What the overlay has is never looked up or changed below. */
class OverlaidMap extends Map<string, Packument> {
  readonly #overlay: ReadonlyMap<string, Packument>;
  readonly #below: Map<string, Packument>;

  constructor(overlay: ReadonlyMap<string, Packument>, below: Map<string, Packument>) {
    super();
    this.#overlay = overlay;
    this.#below = below;
  }

  override has(key: string): boolean {
    return this.#overlay.has(key) || this.#below.has(key);
  }

  override get(key: string): Packument | undefined {
    return this.#overlay.get(key) ?? this.#below.get(key);
  }

  override set(key: string, value: Packument): this {
    if (!this.#overlay.has(key)) this.#below.set(key, value);
    return this;
  }

  override delete(key: string): boolean {
    return !this.#overlay.has(key) && this.#below.delete(key);
  }
}

/** npm opens archives that bring packages along; only those of the registry may be fetched. */
function foreignArchive(lock: PackageJson, registryUrl: string): string | null {
  const trusted = new Set([new URL(registryUrl).origin, "https://registry.npmjs.org"]);
  for (const [location, entry] of Object.entries(asObject(lock["packages"]))) {
    const { resolved, hasShrinkwrap, bundleDependencies, link } = asObject(entry);
    if (link === true || (hasShrinkwrap !== true && bundleDependencies === undefined)) continue;
    if (typeof resolved !== "string" || !URL.canParse(resolved) || trusted.has(new URL(resolved).origin))
      continue;
    return `${location} would be fetched from ${new URL(resolved).host}, which is not the registry`;
  }
  return null;
}

/** Paths in package.json files that lead out of the project would be read from this machine. */
function outsideFolder(manifests: ReadonlyMap<string, string>): string | null {
  for (const [location, text] of manifests) {
    const manifest = parseJsonObject(text) ?? {};
    for (const section of [...UPGRADED_SECTIONS, "peerDependencies"]) {
      for (const [name, spec] of Object.entries(rangesOf(manifest, section))) {
        const local = /^(?:file:|link:)?((?:\.{1,2}|~)?\/.*|\.{1,2})$|^(?:file:|link:)(.+)$/.exec(spec);
        const target = local?.[1] ?? local?.[2];
        if (target === undefined) continue;
        const resolved = path.posix.join(location, target.replace(/^\/\//, "/"));
        if (/^[~/]/.test(target) || resolved.startsWith(".."))
          return `${name} is "${spec}", outside the project`;
      }
    }
  }
  return null;
}

/** No answer from the registry is not the repository's fault. */
function isUnanswered(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return (
    typeof code === "string" &&
    /^(?:ECONN|ENOTFOUND|EAI_|ETIMEDOUT|ERR_SOCKET|E5\d\d|E429|FETCH_ERROR)/.test(code)
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "npm's resolver failed";
  const code = "code" in error && typeof error.code === "string" ? `${error.code}: ` : "";
  return `${code}${error.message.split("\n")[0] ?? ""}`.slice(0, 300);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
