import { describe, expect, it } from "@jest/globals";
import { runCodemod } from "#adapters/codemods/run-codemod.ts";
import type { CodemodResult } from "#schemas/types.ts";

const files = [
  { path: "src/a.ts", text: "old(1);\n" },
  { path: "src/b.ts", text: "other();\n" },
];

/** What a codemod with this default export makes of two files. */
function made(transform: string, runMsMax?: number): Promise<CodemodResult> {
  const code = `var __showrunner_script = { default: ${transform} };`;
  return runCodemod({ code, path: "codemods/kit.ts", library: "@acme/kit", to: "2.0.0", files }, runMsMax);
}

const failedOn = (file: string | null, message: unknown) => ({ changed: {}, failure: { file, message } });

describe("a codemod", () => {
  it("changes what it changes, and is told of the upgrade", async () => {
    expect(await made('({ text }) => text.replace("old(", "fresh(")')).toEqual({
      changed: { "src/a.ts": "fresh(1);\n" },
      failure: null,
    });
    expect(
      await made("({ path, library, to }) => (path === 'src/b.ts' ? library + ' ' + to : undefined)"),
    ).toEqual({ changed: { "src/b.ts": "@acme/kit 2.0.0" }, failure: null });
  });

  it.each([
    ["throws", "() => { throw new Error('no export'); }", "no export"],
    ["promises", "async () => 'text'", "it returned a promise where a file's new text is expected, or null"],
    ["gives something else", "() => ({})", "it returned object where a file's new text is expected, or null"],
    ["is none", "{ fetch() {} }", "its default export is not a function"],
    ["never ends", "() => { for (;;); }", "it took too long"],
    [
      "takes all memory",
      "() => { const all = []; for (;;) all.push(new Array(100_000).fill(1.5)); }",
      expect.stringContaining("memory"),
    ],
  ])("that %s changes nothing, and says so", async (_what, transform, message) => {
    expect(await made(transform)).toEqual(failedOn("src/a.ts", message));
  });

  it("that breaks when it is loaded is no code of any file", async () => {
    expect(await made('(() => { throw new Error("at the top"); })()')).toEqual(failedOn(null, "at the top"));
  });

  it("has the language and nothing of the machine", async () => {
    const names = ["process", "require", "fetch", "setTimeout", "Deno", "WebSocket", "XMLHttpRequest"];
    const transform = `() => {
      console.log("nobody looks");
      const out = new Function("return [" + ${JSON.stringify(names)}.map((name) => "typeof " + name) + "]")();
      return out.join(" ");
    }`;
    const { changed } = await made(transform);
    expect(changed["src/a.ts"]).toBe(names.map(() => "undefined").join(" "));
  });

  it("is ended with its process when that does not come to its end", async () => {
    expect(await made("() => null", 1)).toEqual(failedOn(null, "it took too long"));
  });
});
