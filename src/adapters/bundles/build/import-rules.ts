import { builtinModules } from "node:module";
import path from "node:path";
import type { Plugin } from "esbuild";
import type { BuildProblemCode } from "./build-problem.ts";
import { leftOutProblem, type LeftOut } from "./work-copy.ts";

export interface ImportRules {
  /** The work copy. */
  readonly root: string;
  /** What is missing from the work copy and why, by path relative to it. */
  readonly leftOut: ReadonlyMap<string, LeftOut>;
}

/** Separates a problem's code from its message in what a plugin can tell esbuild. */
export const codeSeparator = "\u0000";

const builtins = new RegExp(`^(?:node:.*|(?:${builtinModules.join("|")})(?:/.*)?)$`);

/** Refuses imports that cannot work or must not, at the place where they are written. */
export function importRules({ root, leftOut }: ImportRules): Plugin {
  return {
    name: "import-rules",
    setup(build) {
      build.onResolve({ filter: builtins }, async (args) => {
        if (args.pluginData === "seen") return null;
        // A package may have the name of a built-in module, such as "events".
        const found = args.path.startsWith("node:")
          ? null
          : await build.resolve(args.path, { ...resolveOptions(args), pluginData: "seen" });
        if (found !== null && found.errors.length === 0) return found;
        return refused("node-builtin", `"${args.path}" is a module of Node.js, which scripts do not have.`);
      });
      build.onResolve({ filter: /^(?:\.|\/)/ }, (args) => {
        const target = path.relative(root, path.resolve(args.resolveDir, args.path));
        if (target === ".." || target.startsWith("../")) {
          return refused("import-outside", `"${args.path}" is outside the repository.`);
        }
        const missing = leftOutAt(target, leftOut);
        return missing === null ? null : refused(missing.code, missing.message);
      });
      // The last guard: whatever way a file was found, by a path mapping or a package's own fields, it is not read.
      build.onLoad({ filter: /.*/ }, (args) => {
        const file = path.relative(root, args.path);
        if (args.namespace !== "file" || (file !== ".." && !file.startsWith("../"))) return null;
        return refused("import-outside", "This leads to a file outside the repository.");
      });
    },
  };
}

function resolveOptions(args: { importer: string; namespace: string; resolveDir: string; kind: string }) {
  const kind = args.kind === "require-call" ? ("require-call" as const) : ("import-statement" as const);
  return { importer: args.importer, namespace: args.namespace, resolveDir: args.resolveDir, kind };
}

/** The file itself, the file without its extension as imports name it, or a linked folder above it. */
function leftOutAt(
  target: string,
  leftOut: ReadonlyMap<string, LeftOut>,
): { code: BuildProblemCode; message: string } | null {
  for (const [file, why] of leftOut) {
    const named = file === target || file.replace(/\.[^./]+$/, "") === target.replace(/\.[cm]?js$/, "");
    if (named || target.startsWith(`${file}/`)) return leftOutProblem(file, why);
  }
  return null;
}

function refused(code: BuildProblemCode, message: string): { errors: { text: string }[] } {
  return { errors: [{ text: `${code}${codeSeparator}${message}` }] };
}
