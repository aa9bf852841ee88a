import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { rejection } from "./build-stop.ts";
import { isRecord } from "./package-file.ts";
import { positionAt } from "./text-position.ts";

/**
 * Stops the build when a tsconfig.json of the work copy extends one outside of it. Answers the packages that they
 * extend, which must be installed for the build to see them.
 */
export async function checkTsconfigs(root: string): Promise<string[]> {
  const packages = new Set<string>();
  const files = await readdir(root, { recursive: true });
  for (const file of files.filter((name) => /^(?:ts|js)config.*\.json$/.test(path.basename(name)))) {
    const text = await readFile(path.join(root, file), "utf8").catch(() => null);
    if (text === null) continue;
    for (const base of extendedBy(file, text)) {
      if (!/^(?:\.|\/|[a-zA-Z]:|\\)/.test(base)) {
        packages.add(base.split("/", base.startsWith("@") ? 2 : 1).join("/"));
        continue;
      }
      const target = path.normalize(path.join(path.dirname(file), base));
      if (!path.isAbsolute(base) && target !== ".." && !target.startsWith("../")) continue;
      throw rejection({
        file,
        ...positionAt(text, Math.max(0, text.indexOf(JSON.stringify(base)))),
        code: "tsconfig-extends-outside",
        message: `${path.basename(file)} extends ${base}, which is outside the repository.`,
      });
    }
  }
  return [...packages];
}

function extendedBy(file: string, text: string): string[] {
  try {
    const config: unknown = JSON.parse(withoutTrailingCommas(withoutComments(text.replace(/^\uFEFF/, " "))));
    const base = isRecord(config) ? config["extends"] : undefined;
    if (base === undefined) return [];
    const bases: unknown[] = Array.isArray(base) ? base : [base];
    if (bases.every((item) => typeof item === "string")) return bases;
  } catch {
    // Told below.
  }
  throw rejection({
    file,
    line: 1,
    column: 1,
    code: "json-invalid",
    message: `${path.basename(file)} is not valid JSON.`,
  });
}

/** Strings are matched first, so that nothing inside them is taken for a comment or a comma. */
function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (token) =>
    token.startsWith('"') ? token : " ",
  );
}

function withoutTrailingCommas(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (token) => (token.startsWith('"') ? token : " "));
}
