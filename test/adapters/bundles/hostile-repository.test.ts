import { existsSync } from "node:fs";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startRegistry, type Registry } from "#local/registry.ts";
import { localPackages } from "#local/registry/local-packages.ts";
import { packageFrom } from "#local/registry/registry-package.ts";
import { builderWith, createTemporary, problemsOf, settings, writeFiles } from "./build-in.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const artwork = path.join(root, "fixtures/repos/artwork");
const temporary = createTemporary();
const handler = "export default { fetch: () => new Response() };\n";
let registry: Registry;
let cacheDir = "";
let scripted = "";
let named = "";
let needy = "";

beforeAll(async () => {
  scripted = await temporary.folder();
  await writeFiles(scripted, {
    "package.json": JSON.stringify({
      name: "scripted",
      version: "1.0.0",
      scripts: { preinstall: "touch ran", install: "touch ran", postinstall: "touch ran" },
    }),
    "index.js": "module.exports = 1;\n",
    "binding.gyp": "{}",
  });
  named = await repository({
    "package.json": JSON.stringify({ name: "events", version: "1.0.0" }),
    "index.js": "module.exports = 1;\n",
  });
  needy = await repository({
    "package.json": JSON.stringify({ name: "needy", version: "1.0.0" }),
    "index.js": 'module.exports = require("fs").readFileSync;\n',
  });
  const made = [scripted, named, needy].map((folder) => packageFrom(folder, "2024-01-01T00:00:00.000Z"));
  const packages = [...(await localPackages(root)), ...(await Promise.all(made))];
  registry = await startRegistry({ port: 0, packages });
  cacheDir = await temporary.folder();
});

afterAll(async () => {
  await registry.close();
  await temporary.clear();
});

async function problems(checkout: string, entry = "src/index.ts", scriptPath = "."): Promise<string[]> {
  const outcome = await builderWith(registry.url, cacheDir).build({
    checkout,
    path: scriptPath,
    entry,
    settings,
  });
  return problemsOf(outcome);
}

async function repository(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporary.folder();
  await writeFiles(folder, files);
  return folder;
}

describe("source that cannot be built", () => {
  it.each([
    ["a syntax error", { "src/index.ts": "const a = 1;\nconst é = (;\n" }, "src/index.ts:2:12 syntax"],
    ["an unknown file", { "src/index.ts": 'import "./gone.ts";' }, "src/index.ts:1:8 import-unresolved"],
    ["an unknown package", { "src/index.ts": 'import "gone";' }, "src/index.ts:1:8 import-unresolved"],
    [
      "an unknown export",
      {
        "src/index.ts": 'import { a } from "./b.ts";\nexport default { fetch: a };',
        "src/b.ts": "export {};",
      },
      "src/index.ts:1:10 import-unresolved",
    ],
    ["a picture", { "src/index.ts": 'import "./a.png";', "src/a.png": "x" }, "src/index.ts:1:8 file-type"],
    ["a Node.js module", { "src/index.ts": 'import "node:fs";' }, "src/index.ts:1:8 node-builtin"],
    ["one without its prefix", { "src/index.ts": 'import "fs/promises";' }, "src/index.ts:1:8 node-builtin"],
    [
      "waiting at the top level",
      { "src/index.ts": `${handler}await fetch("/");` },
      "src/index.ts:2:1 top-level-await",
    ],
    ["no default export", { "src/index.ts": "export const fetch = 1;" }, "src/index.ts:1:1 no-fetch-export"],
    [
      "a default export without fetch",
      { "src/index.ts": "export default { get() {} };" },
      "src/index.ts:1:1 no-fetch-export",
    ],
    [
      "an import from above the repository",
      { "src/index.ts": 'import "../../../etc/hosts.txt";' },
      "src/index.ts:1:8 import-outside",
    ],
    [
      "an absolute import",
      { "src/index.ts": '\nimport "/etc/hosts.txt";' },
      "src/index.ts:2:8 import-outside",
    ],
    [
      "a base tsconfig outside",
      {
        "src/index.ts": handler,
        "tsconfig.json": '{\n  // our base\n  "extends": ["../../base.json"],\n}\n',
      },
      "tsconfig.json:3:15 tsconfig-extends-outside",
    ],
    [
      "a path mapping that leads outside",
      {
        "src/index.ts": `import "host";\n${handler}`,
        "tsconfig.json": '{ "compilerOptions": { "paths": { "host": ["/etc/hostname"] } } }',
      },
      "src/index.ts:1:8 import-outside",
    ],
  ])("%s is reported where it is", async (_name, files, expected) => {
    expect(await problems(await repository(files))).toEqual([expected]);
  });

  it("an entry that is missing is reported at the manifest's line", async () => {
    const folder = await repository({ "showrunner.yaml": "kind: Script\nname: a\nentry: src/main.ts\n" });
    expect(await problems(folder, "src/main.ts")).toEqual(["showrunner.yaml:3:8 entry-missing"]);
  });

  it.each([["../other/index.ts"], ["/etc/hostname"], ["src/../../index.ts"]])(
    "the entry %s is refused",
    async (entry) => {
      const folder = await repository({ "script/showrunner.yaml": `entry: ${entry}\n`, "index.ts": handler });
      expect(await problems(folder, entry, "script")).toEqual(["script/showrunner.yaml:1:8 entry-outside"]);
    },
  );

  it("shows every error at once", async () => {
    const folder = await repository({ "src/index.ts": `import "./a";\nimport "node:os";\n${handler}` });
    expect(await problems(folder)).toEqual([
      "src/index.ts:1:8 import-unresolved",
      "src/index.ts:2:8 node-builtin",
    ]);
  });

  it("says nothing of the machine it was built on", async () => {
    const folder = await repository({ "src/index.ts": 'import "./gone.ts"; import x from "./data.json";' });
    await writeFile(path.join(folder, "src/data.json"), "{ broken");
    const outcome = await builderWith(registry.url, cacheDir).build({
      checkout: folder,
      path: ".",
      entry: "src/index.ts",
      settings,
    });
    expect(JSON.stringify(outcome)).not.toMatch(/showrunner-(build|test)-/);
  });
});

describe("links and sizes", () => {
  it("a link out of the repository is refused where it is imported, and otherwise ignored", async () => {
    const outside = await repository({ "secret.ts": "export const secret = 1;\n" });
    const folder = await repository({
      "src/index.ts": `import "./linked.ts";\nimport "./folder/secret.ts";\n${handler}`,
      "unused/index.ts": handler,
    });
    await symlink(path.join(outside, "secret.ts"), path.join(folder, "src/linked.ts"));
    await symlink(outside, path.join(folder, "src/folder"));
    expect(await problems(folder)).toEqual([
      "src/index.ts:1:8 symlink-outside",
      "src/index.ts:2:8 symlink-outside",
    ]);
    expect(await problems(folder, "unused/index.ts")).toEqual(["built"]);
  });

  it("an entry and a package.json that are links out are refused", async () => {
    const outside = await repository({ "index.ts": handler, "package.json": "{}" });
    const folder = await repository({ "showrunner.yaml": "entry: index.ts\n" });
    await symlink(path.join(outside, "index.ts"), path.join(folder, "index.ts"));
    expect(await problems(folder, "index.ts")).toEqual(["showrunner.yaml:1:8 symlink-outside"]);
    await symlink(path.join(outside, "package.json"), path.join(folder, "package.json"));
    expect(await problems(folder, "index.ts")).toEqual(["package.json:1:1 symlink-outside"]);
  });

  it("a link that stays inside is followed", async () => {
    const folder = await repository({ "lib/a.ts": handler, "src/b.ts": "" });
    await symlink("../lib/a.ts", path.join(folder, "src/index.ts"));
    expect(await problems(folder)).toEqual(["built"]);
  });

  it("a huge file is refused where it is imported", async () => {
    const folder = await repository({ "src/index.ts": `import "./data.json";\n${handler}` });
    await writeFile(path.join(folder, "src/data.json"), JSON.stringify("x".repeat(11 * 1024 * 1024)));
    expect(await problems(folder)).toEqual(["src/index.ts:1:8 file-too-large"]);
  });

  it("a bundle over the limit is refused", async () => {
    const file = "x".repeat(6 * 1024 * 1024);
    const folder = await repository({
      "src/index.ts":
        'import a from "./a.txt";\nimport b from "./b.txt";\nexport default { fetch: () => a + b };',
      "src/a.txt": file,
      "src/b.txt": `${file}!`,
    });
    expect(await problems(folder)).toEqual(["src/index.ts:1:1 bundle-too-large"]);
  });
});

describe("dependencies that lead away from the registry", () => {
  it("is refused at its line in package.json, whatever way it is written", async () => {
    const specs = [
      "file:../lib",
      "link:../lib",
      "git+https://example.com/a.git",
      "owner/repository",
      "github:owner/repository",
      "https://example.com/a.tgz",
      "./a.tgz",
      "npm:a@file:../lib",
    ];
    const good = { range: "^1.0.0", tag: "latest", alias: "npm:@acme/edge-kit@^1.2.3" };
    const bad = Object.fromEntries(specs.map((spec, index) => [`lib${index}`, spec]));
    const folder = await repository({
      "src/index.ts": handler,
      "package.json": JSON.stringify({ name: "a", dependencies: { ...bad, ...good } }, null, 2),
    });
    expect(await problems(folder)).toEqual(
      specs.map((_spec, index) => `package.json:${4 + index}:5 dependency-not-from-registry`),
    );
  });

  it("is refused in the lockfile, and so is an entry whose content could not be checked", async () => {
    const folder = await sample((lock) => {
      const integrity = `sha512-${"A".repeat(86)}==`;
      lock.packages["node_modules/a"] = {
        version: "1.0.0",
        integrity,
        resolved: "https://evil.example/a.tgz",
      };
      lock.packages["node_modules/b"] = {
        version: "1.0.0",
        integrity,
        resolved: "git+ssh://git@example.com/b#abc",
      };
      lock.packages["node_modules/c"] = { version: "1.0.0", integrity, resolved: "file:../c.tgz" };
      lock.packages["node_modules/d"] = { version: "1.0.0" };
      lock.packages["node_modules/e"] = { resolved: "../e", link: true };
      lock.packages["../../node_modules/f"] = { version: "1.0.0", integrity };
    });
    const found = await problems(folder);
    expect(found.map((text) => text.replace(/:\d+:\d+/, ""))).toEqual([
      "package-lock.json registry-host",
      "package-lock.json registry-host",
      "package-lock.json registry-host",
      "package-lock.json lockfile-integrity-missing",
      "package-lock.json dependency-not-from-registry",
      "package-lock.json lockfile-entry",
    ]);
  });

  it("a lockfile written against the public registry is read from the configured one", async () => {
    const folder = await sample((lock) =>
      Object.assign(lock.packages["node_modules/@acme/edge-kit"]!, {
        resolved: "https://registry.npmjs.org/@acme/edge-kit/-/edge-kit-1.2.3.tgz",
      }),
    );
    const cold = builderWith(registry.url, await temporary.folder());
    const outcome = await cold.build({ checkout: folder, path: ".", entry: "src/index.ts", settings });
    expect(problemsOf(outcome)).toEqual(["built"]);
  });

  it("a package that is not what the lockfile says is refused", async () => {
    const folder = await sample((lock) =>
      Object.assign(lock.packages["node_modules/@acme/edge-kit"]!, {
        integrity: `sha512-${"A".repeat(86)}==`,
      }),
    );
    expect((await problems(folder))[0]).toMatch(/^package-lock.json:\d+:\d+ integrity-mismatch$/);
  });

  it("a version that the registry does not have is refused", async () => {
    const folder = await sample((lock) =>
      Object.assign(lock.packages["node_modules/@acme/edge-kit"]!, {
        version: "1.2.99",
        integrity: `sha512-${"B".repeat(86)}==`,
      }),
    );
    expect((await problems(folder))[0]).toMatch(/^package-lock.json:\d+:\d+ package-not-found$/);
  });

  it.each([
    ["a range that the lock does not meet", { "@acme/edge-kit": "^2.0.0" }, "package.json:8:5"],
    ["a package that the lock does not have", { luxon: "^3.0.0" }, "package.json:9:5"],
  ])("%s makes the lockfile out of sync", async (_name, dependencies, place) => {
    const folder = await sample(() => undefined);
    const file = path.join(folder, "package.json");
    const manifest: { dependencies: object } = JSON.parse(await readFile(file, "utf8"));
    Object.assign(manifest.dependencies, dependencies);
    await writeFile(file, JSON.stringify(manifest, null, 2));
    expect(await problems(folder)).toEqual([`${place} lockfile-out-of-sync`]);
  });

  it("dependencies without a lockfile are refused", async () => {
    const folder = await repository({
      "src/index.ts": handler,
      "package.json": '{ "dependencies": { "luxon": "^3.0.0" } }',
    });
    expect(await problems(folder)).toEqual(["package.json:1:21 lockfile-missing"]);
  });

  it("workspaces outside the repository are refused", async () => {
    const folder = await sample(() => undefined);
    const file = path.join(folder, "package.json");
    const manifest: object = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...manifest, workspaces: ["../*"] }));
    expect((await problems(folder))[0]).toMatch(/workspace-outside$/);
  });

  it("a development dependency is not there to be bundled, and the problem says so", async () => {
    const folder = await sample((lock) => {
      const own = lock.packages[""]!;
      Object.assign(own, { devDependencies: own["dependencies"], dependencies: {} });
    });
    const file = path.join(folder, "package.json");
    const manifest: { dependencies: object } = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ devDependencies: manifest.dependencies }));
    expect(new Set((await problems(folder)).map((text) => text.split(" ")[1]))).toEqual(
      new Set(["dependency-not-installed"]),
    );
  });
});

describe("npm's own configuration and scripts", () => {
  it("a repository's .npmrc changes nothing, and no program it names is run", async () => {
    const marker = path.join(await temporary.folder(), "ran");
    const folder = await sample(() => undefined);
    const program = path.join(folder, "evil.sh");
    await writeFile(program, `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    await writeFile(
      path.join(folder, ".npmrc"),
      `registry=http://127.0.0.1:1/\ngit=${program}\nnode-options=--require ${program}\nscript-shell=${program}\n`,
    );
    expect(await problems(folder)).toEqual(["built"]);
    expect(existsSync(marker)).toBe(false);
  });

  it("no install script runs", async () => {
    const item = await packageFrom(scripted, "2024-01-01T00:00:00.000Z");
    const { integrity } = await item.tarball();
    const folder = await repository({
      "src/index.ts": `import one from "scripted";\nexport default { fetch: () => one };`,
      "package.json": JSON.stringify({
        dependencies: { scripted: "1.0.0" },
        scripts: { install: "touch ran" },
      }),
      "package-lock.json": JSON.stringify({
        lockfileVersion: 3,
        packages: {
          "": { dependencies: { scripted: "1.0.0" } },
          "node_modules/scripted": { version: "1.0.0", integrity, hasInstallScript: true },
        },
      }),
    });
    expect(await problems(folder)).toEqual(["built"]);
    expect(existsSync(path.join(folder, "ran"))).toBe(false);
  });

  it("a package may have the name of a Node.js module", async () => {
    const events = await packageFrom(named, "2024-01-01T00:00:00.000Z");
    const { integrity } = await events.tarball();
    const folder = await repository({
      "src/index.ts": `import one from "events";\nexport default { fetch: () => one };`,
      "package.json": JSON.stringify({ dependencies: { events: "1.0.0" } }),
      "package-lock.json": JSON.stringify({
        lockfileVersion: 3,
        packages: {
          "": { dependencies: { events: "1.0.0" } },
          "node_modules/events": { version: "1.0.0", integrity },
        },
      }),
    });
    expect(await problems(folder)).toEqual(["built"]);
  });

  it("a library that needs Node.js is reported where it is asked for", async () => {
    const item = await packageFrom(needy, "2024-01-01T00:00:00.000Z");
    const { integrity } = await item.tarball();
    const folder = await repository({
      "src/index.ts": `import one from "needy";\nexport default { fetch: () => one };`,
      "package.json": JSON.stringify({ dependencies: { needy: "1.0.0" } }, null, 2),
      "package-lock.json": JSON.stringify({
        lockfileVersion: 3,
        packages: {
          "": { dependencies: { needy: "1.0.0" } },
          "node_modules/needy": { version: "1.0.0", integrity },
        },
      }),
    });
    expect(await problems(folder)).toEqual(["package.json:3:5 node-builtin"]);
  });

  it("a committed node_modules is not what is bundled", async () => {
    const folder = await sample(() => undefined);
    await mkdir(path.join(folder, "node_modules/@acme/edge-kit"), { recursive: true });
    await writeFiles(folder, { "node_modules/@acme/edge-kit/index.js": "throw new Error('mine');" });
    const builder = builderWith(registry.url, cacheDir);
    const outcome = await builder.build({ checkout: folder, path: ".", entry: "src/index.ts", settings });
    const clean = await builder.build({ checkout: artwork, path: ".", entry: "src/index.ts", settings });
    expect(outcome).toMatchObject({ kind: "built", digest: clean.kind === "built" ? clean.digest : "" });
  });
});

interface Lockfile {
  packages: Record<string, Record<string, unknown>>;
}

/** A copy of a sample with a changed lockfile. */
async function sample(change: (lock: Lockfile) => unknown): Promise<string> {
  const folder = await temporary.folder();
  await cp(artwork, folder, { recursive: true });
  const file = path.join(folder, "package-lock.json");
  const lock: Lockfile = JSON.parse(await readFile(file, "utf8"));
  change(lock);
  await writeFile(file, JSON.stringify(lock, null, 2));
  return folder;
}
