import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "@jest/globals";
import { create } from "tar";
import { newUnpackBudget, unpack } from "#adapters/bundles/build/unpack.ts";
import { createTarballCache } from "#adapters/bundles/build/tarball-cache.ts";
import type { Integrity } from "#adapters/bundles/build/integrity.ts";
import { portableTar } from "#local/registry/portable-tar.ts";
import { storedGzip } from "#local/registry/stored-gzip.ts";
import { createTemporary, writeFiles } from "./build-in.ts";

const temporary = createTemporary();
afterAll(() => temporary.clear());

function tarball(files: Readonly<Record<string, string>>): Buffer {
  return storedGzip(
    portableTar(Object.entries(files).map(([file, text]) => ({ path: file, bytes: Buffer.from(text) }))),
  );
}

describe("unpacking a package", () => {
  it("writes its files, long names and all sizes included", async () => {
    const folder = path.join(await temporary.folder(), "new");
    const long = `${"folder/".repeat(20)}file.js`;
    const big = "x".repeat(200_000);
    const exact = "y".repeat(65_535 - 2048);
    await unpack(tarball({ "a.js": "1", [long]: "2", "b/big.js": big, exact }), folder, newUnpackBudget());
    expect(await readFile(path.join(folder, long), "utf8")).toBe("2");
    expect(await readFile(path.join(folder, "b/big.js"), "utf8")).toBe(big);
    expect(await readFile(path.join(folder, "exact"), "utf8")).toBe(exact);
  });

  it("stops at the size that may still be used, over all packages", async () => {
    const budget = { bytes: 100_000, files: 100 };
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    await unpack(tarball({ "a.js": "x".repeat(60_000) }), await temporary.folder(), budget);
    await expect(unpack(bomb, await temporary.folder(), budget)).rejects.toThrow("larger than 200 MB");
  });

  it("stops at the number of files", async () => {
    const many = tarball({ a: "", b: "", c: "", d: "" });
    const budget = { bytes: 100_000, files: 3 };
    await expect(unpack(many, await temporary.folder(), budget)).rejects.toThrow("files");
  });

  it("ignores links, and writes nothing outside its folder", async () => {
    const source = await temporary.folder();
    await mkdir(path.join(source, "package"));
    await symlink("/etc", path.join(source, "package/etc"));
    await writeFiles(source, { "package/ok.js": "1" });
    const file = path.join(source, "made.tgz");
    await create({ cwd: source, file, gzip: true }, ["package"]);
    const parent = await temporary.folder();
    await unpack(await readFile(file), path.join(parent, "in"), newUnpackBudget());
    await unpack(tarball({ "../../evil.js": "2" }), path.join(parent, "in"), newUnpackBudget());
    expect(await readdir(parent)).toEqual(["in"]);
    expect(await readdir(path.join(parent, "in"))).toEqual(["ok.js"]);
  });
});

describe("the cache of tarballs", () => {
  it("keeps what was used last when it is over its bound", async () => {
    const cache = createTarballCache(await temporary.folder(), 250);
    const [first, second, third] = ["a", "b", "c"].map((letter) => Buffer.alloc(100, letter));
    for (const bytes of [first!, second!, third!]) {
      await cache.put(integrityOf(bytes), bytes);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await cache.get(integrityOf(first!))).toEqual(first);
    await cache.trim();
    expect(await cache.get(integrityOf(first!))).toEqual(first);
    expect(await cache.get(integrityOf(second!))).toBeNull();
    expect(await cache.get(integrityOf(third!))).toEqual(third);
  });

  it("never gives out bytes that are not the ones asked for", async () => {
    const folder = await temporary.folder();
    const cache = createTarballCache(folder, 1000);
    const bytes = Buffer.from("good");
    await cache.put(integrityOf(bytes), bytes);
    for (const name of await readdir(folder)) await writeFile(path.join(folder, name), "evil");
    expect(await cache.get(integrityOf(bytes))).toBeNull();
  });
});

function integrityOf(bytes: Buffer): Integrity {
  return { algorithm: "sha512", digest: createHash("sha512").update(bytes).digest("base64") };
}
