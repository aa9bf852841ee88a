import type { Problem } from "#domain/manifest/problem.ts";

/** Every code that a refused build can carry, with what it means. The codes are stable: people filter by them. */
export const BUILD_PROBLEM_CODES = {
  "entry-missing": "The manifest's entry is not a file of the repository.",
  "entry-outside": "The manifest's entry, or the script's folder, leads out of where it belongs.",
  "no-fetch-export": "The entry has no default export with a fetch method.",
  syntax: "A source file cannot be read: a mistake in its syntax.",
  "file-type": "A file of a kind that cannot be bundled is imported.",
  "import-unresolved": "An import names a file, a package or an export that is not there.",
  "import-outside": "An import leads to a file outside the repository.",
  "node-builtin": "A module of Node.js is imported. Scripts do not run in Node.js.",
  "top-level-await": "A module waits outside any function.",
  "symlink-outside": "A symbolic link that is needed leads out of the repository.",
  "not-a-file": "A device, pipe or socket is needed.",
  "file-too-large": "A file that is needed is larger than can be built with.",
  "repository-too-large": "The repository has too many files, or too large ones together.",
  "bundle-too-large": "The bundle or its source map is larger than nodes take.",
  "out-of-memory": "The build needs more memory than it may use.",
  "json-invalid": "A package.json, package-lock.json or tsconfig.json is not valid JSON, or not an object.",
  "tsconfig-extends-outside": "A tsconfig.json extends a file outside the repository.",
  "lockfile-missing": "There are dependencies but no lockfile that covers them.",
  "lockfile-version": "The lockfile's format is older than version 2.",
  "lockfile-entry": "The lockfile holds an entry that makes no sense or leads out of its folder.",
  "lockfile-integrity-missing": "The lockfile holds a package without a hash to check it by.",
  "lockfile-out-of-sync": "The lockfile does not meet what package.json, or a package, depends on.",
  "dependency-not-from-registry": "A dependency is a folder, file, git repository or web address.",
  "dependency-not-installed":
    "A development or optional dependency is imported; bundles are built without them.",
  "registry-host": "The lockfile would fetch a package from another place than the configured registry.",
  "workspace-outside": "A workspace is not a folder of the repository.",
  "integrity-mismatch": "The registry's package is not the one that the lockfile was made with.",
  "package-not-found": "The registry does not have a package that the lockfile names, or not as an archive.",
  "package-too-large": "The dependencies are larger than a build takes.",
} as const;

export type BuildProblemCode = keyof typeof BUILD_PROBLEM_CODES;

/** A problem that the builder found; all of them are errors. Files are relative to the checkout. */
export interface BuildProblem extends Problem {
  readonly severity: "error";
  readonly code: BuildProblemCode;
}

export function isBuildProblemCode(text: string): text is BuildProblemCode {
  return Object.hasOwn(BUILD_PROBLEM_CODES, text);
}
