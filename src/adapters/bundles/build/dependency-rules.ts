import type { BuildProblem, BuildProblemCode } from "./build-problem.ts";
import { BuildStop } from "./build-stop.ts";
import { buildLimits } from "./limits.ts";
import { declaredDependencies, isRecord, type JsonFile } from "./package-file.ts";
import { jsonKeyPosition } from "./text-position.ts";

const publicRegistryHosts = new Set(["registry.npmjs.org", "registry.yarnpkg.com"]);

/** Stops the build when a package.json asks for something that does not come from the registry. */
export function checkDeclaredSources(packageFile: JsonFile): void {
  const problems = declaredDependencies(packageFile).flatMap(({ name, spec, position }): BuildProblem[] => {
    const source = foreignSource(spec);
    if (source === null) return [];
    const message = `${name} comes from ${source} (${clipped(spec)}). Dependencies must come from the registry.`;
    return [
      {
        file: packageFile.file,
        ...position,
        severity: "error",
        code: "dependency-not-from-registry",
        message,
      },
    ];
  });
  stopOn([...problems, ...workspacesOutside(packageFile)]);
}

function workspacesOutside(packageFile: JsonFile): BuildProblem[] {
  const declared = packageFile.data["workspaces"];
  const patterns: unknown = isRecord(declared) ? declared["packages"] : declared;
  if (!Array.isArray(patterns)) return [];
  return patterns.flatMap((pattern: unknown): BuildProblem[] => {
    const inside = typeof pattern === "string" && !/^[/~]|(?:^|[/{,])\.\.(?:[/},]|$)/.test(pattern);
    if (inside) return [];
    return [
      {
        file: packageFile.file,
        ...jsonKeyPosition(packageFile.text, ["workspaces"]),
        severity: "error",
        code: "workspace-outside",
        message: `The workspace ${JSON.stringify(pattern)} is not a folder of the repository.`,
      },
    ];
  });
}

/**
 * Stops the build when the lockfile is too old to be exact, or when an entry would be fetched from anywhere but the
 * configured registry, lies at a strange place, or has no integrity.
 */
export function checkLockfile(lockfile: JsonFile, registryUrl: string): void {
  const version = lockfile.data["lockfileVersion"];
  const packages = lockfile.data["packages"];
  if (typeof version !== "number" || version < 2 || !isRecord(packages)) {
    stopOn([
      {
        file: lockfile.file,
        ...jsonKeyPosition(lockfile.text, ["lockfileVersion"]),
        severity: "error",
        code: "lockfile-version",
        message: "The lockfile's format is too old: version 2 or 3 is needed.",
        fix: "npm install --lockfile-version 3",
      },
    ]);
    return;
  }
  const problems = Object.entries(packages).flatMap(([location, entry]): BuildProblem[] => {
    const wrong = lockEntryFault(location, entry, registryUrl);
    if (wrong === null) return [];
    const position = jsonKeyPosition(lockfile.text, ["packages", location, wrong.key]);
    return [
      { file: lockfile.file, ...position, severity: "error", code: wrong.code, message: wrong.message },
    ];
  });
  stopOn(problems);
}

interface EntryFault {
  readonly key: string;
  readonly code: BuildProblemCode;
  readonly message: string;
}

const packageLocation = /^(?:.+\/)?node_modules\/(?:@[^/@\\]+\/)?[^/@\\]+$/;

function lockEntryFault(location: string, entry: unknown, registryUrl: string): EntryFault | null {
  if (location === "") return null;
  const outside = location.startsWith("/") || /(^|\/)\.{1,2}(\/|$)/.test(location) || location.includes("\\");
  if (outside || !isRecord(entry)) {
    return fault(
      "",
      "lockfile-entry",
      `The lockfile's entry ${JSON.stringify(clipped(location))} is not valid.`,
    );
  }
  const resolved = entry["resolved"];
  if (entry["link"] === true) return linkFault(location, resolved);
  if (!packageLocation.test(location)) return null;
  if (resolved !== undefined && typeof resolved !== "string") {
    return fault("resolved", "lockfile-entry", `${location} has no valid "resolved".`);
  }
  if (resolved !== undefined && !isRegistryUrl(resolved, registryUrl)) {
    const message = `${location} would be fetched from ${clipped(resolved)}, which is not the configured registry.`;
    return fault("resolved", "registry-host", message);
  }
  if (typeof entry["integrity"] !== "string" && entry["inBundle"] !== true) {
    const message = `${location} has no integrity, so its content could not be checked.`;
    return fault("", "lockfile-integrity-missing", message);
  }
  return null;
}

/** A workspace is a link to a folder of the repository itself; any other link is refused. */
function linkFault(location: string, resolved: unknown): EntryFault | null {
  const inside =
    typeof resolved === "string" &&
    /^[^/\\:]/.test(resolved) &&
    !resolved.split("/").some((part) => part === ".." || part === "node_modules");
  if (inside) return null;
  return fault(
    "resolved",
    "dependency-not-from-registry",
    `${location} links to a folder outside the repository.`,
  );
}

function isRegistryUrl(resolved: string, registryUrl: string): boolean {
  if (!URL.canParse(resolved)) return false;
  const url = new URL(resolved);
  if (url.origin === new URL(registryUrl).origin) return true;
  return url.protocol === "https:" && url.port === "" && publicRegistryHosts.has(url.hostname);
}

/** Where a spec leads when that is not the registry, in words; null for versions, ranges, tags and aliases of them. */
function foreignSource(spec: string): string | null {
  const plain = spec.trim().replace(/^npm:(?:@[^/@]+\/)?[^/@:]+(?:@|$)/, "");
  if (/^(?:file:|link:|\.|\/|~\/|[a-zA-Z]:[\\/])/.test(plain) || /\.(?:tgz|tar\.gz|tar)$/.test(plain)) {
    return "a file or folder";
  }
  if (/^git[+:@]|^(?:github|gitlab|bitbucket|gist|ssh):/.test(plain)) return "a git repository";
  if (/^https?:/.test(plain)) return "a web address";
  if (plain.includes("/")) return "a git repository";
  return plain.includes(":") ? "an unknown place" : null;
}

function fault(key: string, code: BuildProblemCode, message: string): EntryFault {
  return { key, code, message };
}

function clipped(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}

function stopOn(problems: readonly BuildProblem[]): void {
  if (problems.length === 0) return;
  throw new BuildStop({ kind: "rejected", problems: problems.slice(0, buildLimits.problemsMax) });
}
