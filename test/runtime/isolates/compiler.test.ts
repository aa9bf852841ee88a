import { afterEach, describe, expect, it } from "@jest/globals";
import ivm from "isolated-vm";
import { Compiler } from "#runtime/isolates/compiler.ts";

let compiler: Compiler | null = null;

afterEach(() => {
  compiler?.dispose();
});

describe("the compiler", () => {
  it("makes code that an isolate under the same flags takes, without running the script", async () => {
    compiler = new Compiler(process.execArgv.filter((flag) => flag === "--no-node-snapshot"));
    const source = "globalThis.result = [1, 2].map((n) => n * 21).at(-1); globalThis.result;";
    const code = await compiler.compile(source, "a.js");
    expect(code).not.toBeNull();
    if (code === null) return;
    const isolate = new ivm.Isolate({ memoryLimit: 16 });
    const cachedData = new ivm.ExternalCopy(new Uint8Array(code).buffer);
    const script = await isolate.compileScript(source, { filename: "a.js", cachedData });
    expect(Reflect.get(script, "cachedDataRejected")).toBe(false);
    expect(await script.run(await isolate.createContext())).toBe(42);
    isolate.dispose();
  });

  it("has nothing for a source that does not compile, and goes on with the next", async () => {
    compiler = new Compiler(["--no-node-snapshot"]);
    const [broken, sound] = await Promise.all([
      compiler.compile("const = ;", "a.js"),
      compiler.compile("1 + 1", "b.js"),
    ]);
    expect(broken).toBeNull();
    expect(sound).not.toBeNull();
  });

  it("answers what waits when it is disposed of", async () => {
    compiler = new Compiler(["--no-node-snapshot"]);
    const waiting = [compiler.compile("1", "a.js"), compiler.compile("2", "b.js")];
    compiler.dispose();
    expect(await Promise.all(waiting)).toEqual([null, null]);
    expect(await compiler.compile("3", "c.js")).toBeNull();
  });
});
