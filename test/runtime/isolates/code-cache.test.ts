import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { CodeCache, type CodeCacheDeps } from "#runtime/isolates/code-cache.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;
const CODE = Buffer.from("compiled code");

let folder = "";
let problems: string[] = [];
let nowMs = 1_000_000;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "showrunner-code-"));
  problems = [];
  nowMs = 1_000_000;
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function open(change: Partial<CodeCacheDeps> = {}): Promise<CodeCache> {
  const deps: CodeCacheDeps = {
    folder,
    sealKey: Buffer.from("the node's own"),
    flags: ["--no-lazy"],
    bytesMax: 1_000_000,
    onProblem: (code) => problems.push(code),
    ...change,
  };
  return CodeCache.open(deps, () => {
    nowMs += 1000;
    return nowMs;
  });
}

describe("the code cache", () => {
  it("gives back what it was given, also after a restart", async () => {
    const cache = await open();
    await cache.put(DIGEST, CODE);
    expect(await cache.get(DIGEST)).toEqual(CODE);
    expect(await cache.get(OTHER)).toBeNull();
    expect(await (await open()).get(DIGEST)).toEqual(CODE);
  });

  it.each<[string, Partial<CodeCacheDeps>]>([
    ["other flags", { flags: [] }],
    ["another node", { sealKey: Buffer.from("somebody else's") }],
  ])("never uses an entry of %s", async (_, change) => {
    await (await open()).put(DIGEST, CODE);
    expect(await (await open(change)).get(DIGEST)).toBeNull();
  });

  it("refuses, reports and drops an entry that somebody changed", async () => {
    await (await open()).put(DIGEST, CODE);
    const [file = ""] = await readdir(folder);
    const bytes = await readFile(join(folder, file));
    bytes[bytes.length - 1] = 0;
    await writeFile(join(folder, file), bytes);
    const cache = await open();
    expect(await cache.get(DIGEST)).toBeNull();
    expect(problems).toEqual(["code_cache_refused"]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("refuses an entry that was put in another one's place", async () => {
    const cache = await open();
    await cache.put(DIGEST, CODE);
    const [first = ""] = await readdir(folder);
    await cache.put(OTHER, Buffer.from("evil"));
    const second = (await readdir(folder)).find((file) => file !== first) ?? "";
    await writeFile(join(folder, first), await readFile(join(folder, second)));
    expect(await cache.get(DIGEST)).toBeNull();
  });

  it("drops what was used the longest ago when it grows too big", async () => {
    const cache = await open({ bytesMax: 2 * (CODE.length + 32) });
    await cache.put(DIGEST, CODE);
    await cache.put(OTHER, CODE);
    await cache.get(DIGEST);
    await cache.put(`sha256:${"c".repeat(64)}`, CODE);
    expect(await cache.get(OTHER)).toBeNull();
    expect(await cache.get(DIGEST)).toEqual(CODE);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it("keeps nothing that is bigger than all it may keep", async () => {
    const cache = await open({ bytesMax: 10 });
    await cache.put(DIGEST, CODE);
    expect(await readdir(folder)).toEqual([]);
  });

  it("goes on when the disk refuses", async () => {
    const cache = await open();
    await rm(folder, { recursive: true });
    await cache.put(DIGEST, CODE);
    expect(problems).toEqual(["disk_write_failed"]);
    expect(await cache.get(DIGEST)).toBeNull();
  });

  it("clears away what a killed process left half written", async () => {
    await writeFile(join(folder, "x.v8.tmp"), "half");
    await open();
    expect(await readdir(folder)).toEqual([]);
  });
});
