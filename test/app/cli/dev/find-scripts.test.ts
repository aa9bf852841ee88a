import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { findScripts } from "#app/cli/dev/find-scripts.ts";

let root = "";

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "showrunner-find-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
}

function manifest(name: string, more = ""): string {
  return `kind: Script\nname: ${name}\nversion: "1"\nowner: me\nentry: src/index.ts\nroute: /${name}\n${more}`;
}

describe("finding the scripts of a folder", () => {
  it("takes bare files at their names with the default limits, and folders with a manifest", async () => {
    await write({
      "hello.js": "",
      "Typed_One.ts": "",
      "deep/er/artwork/showrunner.yaml": manifest("artwork", "limits: { cpuMs: 50 }\n"),
      "deep/er/artwork/src/index.ts": "",
    });
    const { scripts, broken } = await findScripts(root);
    const seen = scripts.map(({ settings, entry }) => [
      settings.name,
      settings.route,
      settings.limits.cpuMs,
      path.relative(root, entry),
    ]);
    expect(seen).toEqual([
      ["typed-one", "/Typed_One", 500, "Typed_One.ts"],
      ["hello", "/hello", 500, "hello.js"],
      ["artwork", "/artwork", 50, "deep/er/artwork/src/index.ts"],
    ]);
    expect(broken).toEqual([]);
  });

  it("leaves out packages, hidden folders, declarations, tests and other files", async () => {
    await write({
      "node_modules/x/showrunner.yaml": manifest("x"),
      ".git/showrunner.yaml": manifest("y"),
      "types.d.ts": "",
      "hello.test.ts": "",
      "jest.config.js": "",
      ".hidden.js": "",
      "README.md": "",
      "sub/bare.js": "",
    });
    expect(await findScripts(root)).toMatchObject({ scripts: [], broken: [] });
  });

  it("takes no bare files where a manifest speaks for the folder", async () => {
    await write({ "showrunner.yaml": manifest("mine"), "src/index.ts": "", "build.js": "" });
    const { scripts } = await findScripts(root);
    expect(scripts.map(({ settings }) => settings.name)).toEqual(["mine"]);
  });

  it("tells what is wrong with a manifest, where it is wrong", async () => {
    await write({ "bad/showrunner.yaml": `${manifest("bad")}limits: { memoryMb: lots }\n` });
    const { broken } = await findScripts(root);
    expect(broken).toMatchObject([
      { name: "bad", route: "/bad", problems: [{ file: "bad/showrunner.yaml", line: 7 }] },
    ]);
  });

  it("keeps two files apart whose names differ only in what a label cannot hold", async () => {
    await write({ "a_b.js": "", "a-b.js": "" });
    const { scripts } = await findScripts(root);
    expect(scripts.map(({ settings }) => [settings.name, settings.route])).toEqual([
      ["a-b", "/a-b"],
      ["a-b-2", "/a_b"],
    ]);
  });

  it("lets the first of two claims to one route win, and tells the other", async () => {
    await write({ "hello.js": "", "hello.ts": "" });
    const { scripts, broken } = await findScripts(root);
    expect(scripts).toHaveLength(1);
    expect(broken).toMatchObject([
      { problems: [{ file: "hello.ts", message: expect.stringContaining("hello.js") }] },
    ]);
  });

  it("refuses a file name that no route can hold, and the others go on", async () => {
    await write({ "sp ace.js": "", "ok.js": "" });
    const { scripts, broken } = await findScripts(root);
    expect(scripts).toHaveLength(1);
    expect(broken).toMatchObject([{ name: "sp ace" }]);
  });
});
