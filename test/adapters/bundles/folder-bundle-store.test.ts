import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { digestOf } from "#adapters/bundles/digest.ts";
import { createFolderBundleStore } from "#adapters/bundles/folder-bundle-store.ts";
import { createTemporary } from "./build-in.ts";

const temporary = createTemporary();
afterAll(() => temporary.clear());

const bytes = Buffer.from("//showrunner {}\nvar a;\n");

describe("a folder of bundles", () => {
  it("gives back what was put, under the digest of its bytes", async () => {
    const store = createFolderBundleStore(path.join(await temporary.folder(), "made/when/needed"));
    const digest = await store.put(bytes);
    expect(digest).toBe(digestOf(bytes));
    expect(await store.has(digest)).toBe(true);
    expect(await store.get(digest)).toEqual(bytes);
  });

  it("has nothing under a digest that was never put", async () => {
    const store = createFolderBundleStore(await temporary.folder());
    const digest = digestOf(bytes);
    expect(await store.has(digest)).toBe(false);
    expect(await store.get(digest)).toBeNull();
  });

  it("keeps one object when the same bytes are put at once, and no leftovers", async () => {
    const folder = await temporary.folder();
    const store = createFolderBundleStore(folder);
    await Promise.all(Array.from({ length: 20 }, () => store.put(bytes)));
    expect(await readdir(folder)).toEqual([`${digestOf(bytes).slice("sha256:".length)}.js`]);
  });

  it("refuses to hand out a damaged bundle, and repairs it when it is put again", async () => {
    const folder = await temporary.folder();
    const store = createFolderBundleStore(folder);
    const digest = await store.put(bytes);
    await writeFile(path.join(folder, `${digest.slice("sha256:".length)}.js`), "other");
    await expect(store.get(digest)).rejects.toThrow("is damaged");
    await store.put(bytes);
    expect(await store.get(digest)).toEqual(bytes);
  });

  it("takes no path for a digest", async () => {
    const store = createFolderBundleStore(await temporary.folder());
    await expect(store.get("sha256:../../etc/passwd")).rejects.toThrow("Not a digest");
  });
});
