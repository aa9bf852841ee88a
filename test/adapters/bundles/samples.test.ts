import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import ivm from "isolated-vm";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { startRegistry, type Registry } from "#local/registry.ts";
import { localPackages } from "#local/registry/local-packages.ts";
import { builderWith, createTemporary, settings, writeFiles } from "./build-in.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const repositories = path.join(root, "fixtures/repos");
const manifests = globSync("**/showrunner.yaml", { cwd: repositories }).sort();
const temporary = createTemporary();
let registry: Registry;
let cacheDir = "";

beforeAll(async () => {
  registry = await startRegistry({ port: 0, packages: await localPackages(root) });
  cacheDir = await temporary.folder();
});

afterAll(async () => {
  await registry.close();
  await temporary.clear();
});

describe("the sample scripts", () => {
  it("are at least nine", () => {
    expect(manifests.length).toBeGreaterThanOrEqual(9);
  });

  it.each(manifests)("%s builds, and its bundle has a handler in a bare isolate", async (file) => {
    const [repository = "", ...rest] = path.dirname(file).split("/");
    const manifest: { name: string; entry: string } = parse(
      await readFile(path.join(repositories, file), "utf8"),
    );
    const outcome = await builderWith(registry.url, cacheDir).build({
      checkout: path.join(repositories, repository),
      path: rest.join("/") || ".",
      entry: manifest.entry,
      settings: { ...settings, name: manifest.name },
    });
    if (outcome.kind !== "built") throw new Error(JSON.stringify(outcome));
    expect(handlerKind(Buffer.from(outcome.bytes).toString())).toBe("function");
  });
});

describe("the change of the tour", () => {
  it("builds to something else", async () => {
    const artwork = path.join(repositories, "artwork");
    const tour = path.join(root, "fixtures/tour");
    const folder = await temporary.folder();
    for (const from of [artwork, path.join(tour, "good")]) {
      for (const file of globSync("**/*.*", { cwd: from })) {
        await writeFiles(folder, { [file]: await readFile(path.join(from, file), "utf8") });
      }
    }
    const builder = builderWith(registry.url, cacheDir);
    const [before, after] = await Promise.all(
      [artwork, folder].map((checkout) =>
        builder.build({ checkout, path: ".", entry: "src/index.ts", settings }),
      ),
    );
    if (before?.kind !== "built" || after?.kind !== "built") throw new Error(JSON.stringify([before, after]));
    expect(after.digest).not.toBe(before.digest);
  });
});

/** What `default.fetch` is after the bundle ran where there is nothing but the language. */
function handlerKind(code: string): string {
  const isolate = new ivm.Isolate({ memoryLimit: 64 });
  try {
    const context = isolate.createContextSync();
    isolate.compileScriptSync(code).runSync(context, { timeout: 2000 });
    return String(context.evalSync("typeof __showrunner_script.default.fetch", { timeout: 2000 }));
  } finally {
    isolate.dispose();
  }
}
