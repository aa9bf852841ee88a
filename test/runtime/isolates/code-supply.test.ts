import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import ivm from "isolated-vm";
import type { RevisionSettings } from "#schemas/types.ts";
import { CodeCache } from "#runtime/isolates/code-cache.ts";
import { CodeSupply } from "#runtime/isolates/code-supply.ts";
import { Compiler } from "#runtime/isolates/compiler.ts";

const FLAGS = ["--no-node-snapshot"];
const DIGEST = `sha256:${"a".repeat(64)}`;
const SETTINGS: RevisionSettings = {
  schema: 1,
  name: "hello",
  version: "1",
  route: "/hello",
  warmup: [],
  limits: { memoryMb: 32, cpuMs: 500, wallMs: 1000, concurrency: 64, responseMb: 1 },
  egress: [],
  secrets: [],
};

let folder = "";
let supply: CodeSupply;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "showrunner-supply-"));
  const deps = { folder, sealKey: Buffer.from("key"), flags: FLAGS, bytesMax: 1_000_000, onProblem: fail };
  const cache = await CodeCache.open(deps, Date.now);
  supply = new CodeSupply({ cache, compiler: new Compiler(FLAGS), compileAfterMs: 1 });
});

afterEach(async () => {
  await supply.dispose();
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

describe("the supply of compiled code", () => {
  it("has nothing the first time, and code that V8 takes from then on", async () => {
    const source = "globalThis.answer = 6 * 7; globalThis.answer;";
    expect(await supply.codeFor(DIGEST, source, SETTINGS)).toBeNull();
    let code: string | null = null;
    while (code === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      code = await supply.codeFor(DIGEST, source, SETTINGS);
    }
    const isolate = new ivm.Isolate({ memoryLimit: 16 });
    const cachedData = new ivm.ExternalCopy(new Uint8Array(Buffer.from(code, "base64")).buffer);
    const script = await isolate.compileScript(source, { filename: "hello@1.js", cachedData });
    expect(Reflect.get(script, "cachedDataRejected")).toBe(false);
    isolate.dispose();
  });

  it("writes nothing more once it is disposed of", async () => {
    await supply.codeFor(DIGEST, "1 + 1", SETTINGS);
    await supply.dispose();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await readdir(folder)).toEqual([]);
  });
});

function fail(code: string): void {
  throw new Error(code);
}
