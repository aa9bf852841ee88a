import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "..");

/** What each part may import besides its own files and packages; `schemas` is open to all that list it. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "src/domain": ["schemas", "domain"],
  "src/adapters": ["schemas", "domain", "adapters"],
  "src/app": ["schemas", "domain", "adapters", "app"],
  "src/local-github": ["local-github"],
  "src/local": ["local"],
  runtime: ["schemas", "runtime"],
};

/** Packages that do no input or output. */
const purePackages = new Set([
  "ajv",
  "ajv-formats",
  "fastest-levenshtein",
  "jstat",
  "luxon",
  "semver",
  "yaml",
]);

interface Import {
  readonly file: string;
  readonly target: string;
}

function importsOf(folder: string): Import[] {
  return sources(folder).flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(
      (match) => ({
        file,
        target: match[1] ?? "",
      }),
    ),
  );
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file));
}

describe("the layers", () => {
  it.each(Object.entries(mayImport))("%s imports only %j", (folder, allowed) => {
    const crossings = importsOf(folder).filter(({ target }) => target.startsWith("#"));
    const forbidden = crossings.filter(
      ({ target }) => !allowed.includes(target.slice(1).split("/")[0] ?? ""),
    );
    expect(forbidden).toEqual([]);
  });

  it.each(Object.keys(mayImport))("%s does not leave its folder by a relative path", (folder) => {
    const leaving = importsOf(folder).filter(
      ({ file, target }) =>
        target.startsWith(".") &&
        relative(join(root, folder), join(root, file, "..", target)).startsWith(".."),
    );
    expect(leaving).toEqual([]);
  });

  it("keeps input, output, clocks and chance out of the domain", () => {
    const packages = importsOf("src/domain").filter(({ target }) => !/^[.#]/.test(target));
    expect(packages.filter(({ target }) => !purePackages.has(packageOf(target)))).toEqual([]);
    const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\bsetTimeout\(|\bfetch\(/;
    expect(
      sources("src/domain").filter((file) => impure.test(readFileSync(join(root, file), "utf8"))),
    ).toEqual([]);
  });

  it("has no folder or file for leftovers", () => {
    const all = ["src", "runtime", "test", "scripts"].flatMap(sources);
    expect(all.filter((file) => /(^|\/)(utils?|helpers?|misc|common)(\/|\.)/.test(file))).toEqual([]);
  });
});

function packageOf(target: string): string {
  return target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
}
