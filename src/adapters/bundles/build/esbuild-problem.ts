import type { Message } from "esbuild";
import { type BuildProblem, type BuildProblemCode, isBuildProblemCode } from "./build-problem.ts";
import { codeSeparator } from "./import-rules.ts";
import { declaredDependencies, type JsonFile } from "./package-file.ts";
import { packageAt } from "./package-at.ts";
import { fileStart, jsonKeyPosition, type TextPosition } from "./text-position.ts";

/** Name of the module that the builder itself writes around the entry. */
export const wrapperFile = "showrunner:entry";

export interface ProblemContext {
  /** The work copy. */
  readonly root: string;
  /** Relative to the work copy. */
  readonly entry: string;
  readonly packageFile: JsonFile | null;
  readonly lockfile: JsonFile | null;
}

interface Meaning {
  readonly code: BuildProblemCode;
  readonly text: string;
  readonly fix?: string;
}

/** Says in our words, at a place that the author can open, what esbuild found. */
export function problemOf(message: Message, context: ProblemContext): BuildProblem {
  const { code, text, fix } = meaning(message.text, context);
  const inLibrary = message.location === null ? null : packageAt(message.location.file);
  if (inLibrary !== null) {
    return {
      ...libraryPlace(inLibrary.folderName, inLibrary.folder, context),
      severity: "error",
      code,
      message: `${inLibrary.folderName}: ${text}`,
    };
  }
  return {
    ...place(message, context),
    severity: "error",
    code,
    message: text,
    ...(fix === undefined ? {} : { fix }),
  };
}

function meaning(text: string, context: ProblemContext): Meaning {
  const own = text.split(codeSeparator);
  if (own[0] !== undefined && own[1] !== undefined && isBuildProblemCode(own[0])) {
    return { code: own[0], text: own[1] };
  }
  if (text.startsWith("No matching export") && text.includes('import "default"')) {
    return {
      code: "no-fetch-export",
      text: "The entry has no default export with a fetch method.",
      fix: "export default { fetch(request) { … } }",
    };
  }
  if (text.startsWith("Top-level await")) {
    return { code: "top-level-await", text: "A script cannot wait at its top level; wait inside fetch." };
  }
  const unresolved = /^Could not resolve "(.*)"$/.exec(text)?.[1];
  if (unresolved === undefined) return { code: otherCode(text), text: cleaned(text, context) };
  return unresolvedMeaning(unresolved, context);
}

function otherCode(text: string): BuildProblemCode {
  if (text.startsWith("No loader is configured")) return "file-type";
  return text.startsWith("No matching export") ? "import-unresolved" : "syntax";
}

function unresolvedMeaning(name: string, context: ProblemContext): Meaning {
  if (name === `./${context.entry}`) {
    return { code: "entry-missing", text: `There is no file ${context.entry}.` };
  }
  const text = `Could not find "${name}".`;
  if (name.startsWith(".") || name.startsWith("/") || name.startsWith("#")) {
    return { code: "import-unresolved", text };
  }
  const packageName = name.split("/", name.startsWith("@") ? 2 : 1).join("/");
  const declared =
    context.packageFile === null
      ? undefined
      : declaredDependencies(context.packageFile).find((dependency) => dependency.name === packageName);
  if (declared === undefined) return { code: "import-unresolved", text, fix: `npm install ${packageName}` };
  const { section } = declared;
  if (section === "dependencies" || section === "peerDependencies")
    return { code: "import-unresolved", text };
  return {
    code: "dependency-not-installed",
    text: `"${name}" is in ${section}, which a bundle is built without.`,
    fix: `npm install --save-prod ${packageName}`,
  };
}

function place(message: Message, context: ProblemContext): { file: string } & TextPosition {
  const { location } = message;
  if (location === null || location.file === wrapperFile || location.file.startsWith("..")) {
    return { file: context.entry, ...fileStart };
  }
  // esbuild counts columns from 0 and in bytes.
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString("utf8");
  return { file: location.file, line: location.line, column: before.length + 1 };
}

/** An error inside a package is shown where the repository asks for that package. */
function libraryPlace(
  name: string,
  folder: string,
  context: ProblemContext,
): { file: string } & TextPosition {
  const { packageFile, lockfile } = context;
  const direct =
    packageFile === null ? undefined : declaredDependencies(packageFile).find((d) => d.name === name);
  if (packageFile !== null && direct !== undefined) return { file: packageFile.file, ...direct.position };
  if (lockfile !== null) {
    return { file: lockfile.file, ...jsonKeyPosition(lockfile.text, ["packages", folder]) };
  }
  return { file: context.entry, ...fileStart };
}

/** Paths of the build machine mean nothing to the author. */
function cleaned(text: string, context: ProblemContext): string {
  return text.replaceAll(`${context.root}/`, "");
}
