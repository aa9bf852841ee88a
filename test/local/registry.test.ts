import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { list } from "tar";
import { startRegistry, type Registry } from "#local/registry.ts";
import { localPackages } from "#local/registry/local-packages.ts";

const root = path.resolve(import.meta.dirname, "../..");
let registry: Registry;
let temporary = "";

interface Packument {
  "dist-tags": { latest: string };
  versions: Record<string, { dist: { tarball: string; integrity: string; shasum: string } }>;
  time: Record<string, string>;
}

beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), "showrunner-registry-"));
  registry = await startRegistry({ port: 0, packages: await localPackages(root) });
});

afterAll(async () => {
  await registry.close();
  await rm(temporary, { recursive: true, force: true });
});

async function packument(name: string): Promise<Packument> {
  const response = await fetch(`${registry.url}/${name}`);
  expect(response.status).toBe(200);
  const body: Packument = JSON.parse(await response.text());
  return body;
}

describe("the local registry", () => {
  it("packs every package twice to the same bytes", async () => {
    const [first, second] = await Promise.all([localPackages(root), localPackages(root)]);
    expect(first.length).toBeGreaterThan(10);
    for (const [index, item] of first.entries()) {
      const [one, other] = await Promise.all([item.tarball(), second[index]!.tarball()]);
      expect(`${item.name} ${one.integrity}`).toBe(`${item.name} ${other.integrity}`);
    }
  });

  it("serves exactly the packages that the committed lockfiles pin", async () => {
    for (const file of globSync("fixtures/repos/*/package-lock.json", { cwd: root })) {
      const text = await readFile(path.join(root, file), "utf8");
      expect(text).not.toMatch(/"resolved": "http/);
      const lock: { packages: Record<string, { version: string; integrity?: string }> } = JSON.parse(text);
      for (const [location, { version, integrity }] of Object.entries(lock.packages)) {
        if (integrity === undefined) continue;
        const name = location.replace(/^.*node_modules\//, "");
        const served = (await packument(name)).versions[version]?.dist.integrity;
        expect(`${file} ${name} ${served}`).toBe(`${file} ${name} ${integrity}`);
      }
    }
  });

  it("answers for scoped names in both spellings, with versions, times and the latest", async () => {
    const plain = await packument("@acme/edge-kit");
    expect(await packument("@acme%2fedge-kit")).toEqual(plain);
    expect(Object.keys(plain.versions)).toEqual(["1.2.3", "1.2.4", "1.3.0", "1.3.1", "2.0.0"]);
    expect(plain["dist-tags"].latest).toBe("2.0.0");
    expect(plain.time["1.2.4"]).toBe("2026-06-15T09:00:00.000Z");
  });

  it("serves gzip archives of plain files under package/, as their integrity says", async () => {
    const { dist } = (await packument("@acme/edge-kit")).versions["1.2.3"]!;
    const bytes = Buffer.from(await (await fetch(dist.tarball)).arrayBuffer());
    expect(`sha512-${createHash("sha512").update(bytes).digest("base64")}`).toBe(dist.integrity);
    expect(createHash("sha1").update(bytes).digest("hex")).toBe(dist.shasum);
    const names: string[] = [];
    const reader = list({ sync: true, onReadEntry: (entry) => names.push(`${entry.type} ${entry.path}`) });
    reader.end(gunzipSync(bytes));
    expect(names).toEqual(["File package/index.d.ts", "File package/index.js", "File package/package.json"]);
  });

  it.each([["unknown"], ["@acme/edge-kit/-/edge-kit-9.9.9.tgz"], ["../package.json"], ["%00"]])(
    "answers 404 for %s",
    async (name) => {
      expect((await fetch(`${registry.url}/${name}`)).status).toBe(404);
    },
  );

  it("answers an address that cannot be decoded, and refuses to be written to", async () => {
    expect((await fetch(`${registry.url}/%E0%A4%A`)).status).toBe(404);
    expect((await fetch(`${registry.url}/unknown`, { method: "PUT", body: "{}" })).status).toBe(405);
  });

  it("is enough for npm itself", async () => {
    const folder = path.join(temporary, "subtitles");
    await cp(path.join(root, "fixtures/repos/subtitles"), folder, { recursive: true });
    const { stdout } = await promisify(execFile)(
      "npm",
      ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--registry", registry.url],
      { cwd: folder, env: { PATH: process.env["PATH"], HOME: temporary } },
    );
    expect(stdout).toContain("added 4 packages");
  });
});
