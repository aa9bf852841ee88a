import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import semver from "semver";
import { editProject, type EditedProject } from "#adapters/npm/edit-project.ts";
import { createNpmRegistry, type NpmRegistry } from "#adapters/npm/registry.ts";
import { assessRepository } from "#domain/campaign/assess-repository.ts";
import { npmFolder, type NpmFolder } from "./npm-command.ts";
import { registryOf } from "./registry-of.ts";

const LIBRARY = "@acme/kit";
const TARGET = "1.2.4";

let server: Awaited<ReturnType<typeof registryOf>>;
let registry: NpmRegistry;
let workFolder: string;

beforeAll(async () => {
  server = await registryOf({
    "@acme/kit@1.0.0": { dependencies: { tiny: "^1.0.0" } },
    "@acme/kit@1.2.3": { dependencies: { tiny: "^1.0.0" }, bin: "kit.js", funding: "https://acme.test/fund" },
    "@acme/kit@1.2.4": {
      dependencies: { tiny: "^1.0.0" },
      bin: "kit.js",
      engines: { node: ">=18" },
      funding: "https://acme.test/fund",
      license: { type: "MIT", url: "https://acme.test" },
      peerDependencies: {},
    },
    "@acme/kit@1.3.0": { dependencies: { tiny: "^2.0.0", extra: "1.0.0" } },
    "@acme/kit@2.0.0": {},
    "tiny@1.0.0": {},
    "tiny@1.1.0": {},
    "tiny@2.0.0": {},
    "extra@1.0.0": {},
    "wrap@1.0.0": { dependencies: { "@acme/kit": "^1.2.0" } },
    "old-wrap@1.0.0": { dependencies: { "@acme/kit": "1.0.0" } },
    "other@1.0.0": { dependencies: { tiny: "1.0.0" } },
  });
  workFolder = await mkdtemp(path.join(tmpdir(), "showrunner-apply-"));
  registry = createNpmRegistry({ url: server.url, cacheFolder: path.join(workFolder, "cache"), token: null });
});

afterAll(async () => {
  await server.close();
  await rm(workFolder, { recursive: true, force: true });
});

/** The files of a repository whose lockfile npm made from some exact versions, with ranges put back as they were declared. */
async function repository(
  manifests: Readonly<Record<string, object>>,
  locked: string,
  options: { version?: number; indent?: string; lockName?: string } = {},
): Promise<{ folder: NpmFolder; files: Map<string, string> }> {
  const { version = 3, indent = "  ", lockName = "package-lock.json" } = options;
  const declared = new Map(Object.entries(manifests).map(([file, content]) => [file, text(content, indent)]));
  const pinned = new Map([...declared].map(([file, content]) => [file, pin(content, locked)]));
  const folder = await npmFolder(server.url, pinned);
  await folder.npm("install", "--package-lock-only", `--lockfile-version=${version}`);
  await folder.write(declared);
  await folder.npm("install", "--package-lock-only", `--lockfile-version=${version}`);
  const lock = await folder.read("package-lock.json");
  const files = new Map([...declared, [lockName, lock]]);
  return { folder, files };
}

function text(content: object, indent: string): string {
  return `${JSON.stringify(content, null, indent)}\n`;
}

function pin(content: string, version: string): string {
  return content.replace(/("@acme\/kit": ")[^"]*"/g, `$1${version}"`);
}

async function upgrade(files: Map<string, string>, to = TARGET): Promise<EditedProject> {
  const assessment = assessRepository(files, {
    library: LIBRARY,
    targetOf: (version) => (semver.lt(version, to) ? { kind: "version", version: to } : null),
    withTransitive: false,
  });
  if (assessment.kind !== "needed") throw new Error(`nothing to do: ${assessment.kind}`);
  const published = await registry.published(LIBRARY, to);
  const [change] = assessment.changes;
  if (published === null || change === undefined) throw new Error("there is no such version");
  return editProject(files, change, LIBRARY, published, { registry, workFolder });
}

const range = { "@acme/kit": "^1.2.3", other: "^1.0.0" };

describe("a lockfile after an upgrade", () => {
  it.each([
    ["a plain use", { "package.json": { name: "app", version: "1.0.0", dependencies: range } }, {}, true],
    ["a development use", { "package.json": { name: "app", devDependencies: range } }, {}, true],
    ["an optional use", { "package.json": { optionalDependencies: range } }, {}, true],
    ["a tilde", { "package.json": { dependencies: { "@acme/kit": "~1.2.3" } } }, {}, true],
    ["an exact version", { "package.json": { dependencies: { "@acme/kit": "1.2.3" } } }, {}, true],
    ["a range that may stay", { "package.json": { dependencies: { "@acme/kit": "1.x" } } }, {}, true],
    [
      "a package that shares the copy",
      { "package.json": { dependencies: { ...range, wrap: "1.0.0" } } },
      {},
      true,
    ],
    [
      "a package that keeps an old copy",
      { "package.json": { dependencies: { ...range, "old-wrap": "1.0.0" } } },
      {},
      false,
    ],
    ["version 2", { "package.json": { name: "app", dependencies: range } }, { version: 2 }, true],
    [
      "version 1",
      { "package.json": { name: "app", version: "1.0.0", dependencies: range } },
      { version: 1 },
      true,
    ],
    ["tabs", { "package.json": { name: "app", dependencies: range } }, { indent: "\t" }, true],
    [
      "workspaces",
      {
        "package.json": { name: "root", workspaces: ["packages/*"], dependencies: { other: "1.0.0" } },
        "packages/a/package.json": { name: "a", version: "1.0.0", dependencies: range },
        "packages/b/package.json": {
          name: "b",
          version: "1.0.0",
          devDependencies: { "@acme/kit": "~1.2.0" },
        },
      },
      {},
      true,
    ],
  ] as const)(
    "of %s is what npm itself leaves, and npm ci takes it",
    async (_name, manifests, options, isQuick) => {
      const { folder, files } = await repository(manifests, "1.2.3", options);
      try {
        const edited = await upgrade(files);
        if (edited.kind !== "edited") throw new Error(edited.reason);
        expect(edited.isQuick).toBe(isQuick);
        const after = new Map([...files, ...edited.files]);
        const version = "version" in options ? options.version : 3;
        await folder.write(new Map([...after].map(([file, content]) => [file, pin(content, TARGET)])));
        await folder.write(new Map([["package-lock.json", files.get("package-lock.json") ?? ""]]));
        await folder.npm("install", "--package-lock-only", `--lockfile-version=${version}`);
        await folder.write(new Map([...after].filter(([file]) => file !== "package-lock.json")));
        await folder.npm("install", "--package-lock-only", `--lockfile-version=${version}`);
        expect(after.get("package-lock.json")).toBe(await folder.read("package-lock.json"));
        expect(after.get("package-lock.json")).toContain('"1.2.4"');
        await folder.write(after);
        await folder.npm("ci");
      } finally {
        await folder.remove();
      }
    },
  );
});
