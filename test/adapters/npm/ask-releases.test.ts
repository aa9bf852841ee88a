import { expect, it } from "@jest/globals";
import { releasesIn } from "#adapters/npm/ask-releases.ts";
import { createNpmRegistry } from "#adapters/npm/registry.ts";
import { registryOf } from "./registry-of.ts";

it("asks for releases, and for nothing when nothing is new", async () => {
  const local = await registryOf({ "@acme/kit@1.2.3": {}, "@acme/kit@1.2.4": { deprecated: "use 2" } });
  const registry = createNpmRegistry({ url: local.url, cacheFolder: "", token: null });
  const first = await registry.releases("@acme/kit", null);
  const publishedAtMs = Date.parse("2024-05-06T07:08:09Z");
  expect(first).toMatchObject({
    kind: "found",
    found: {
      latest: "1.2.4",
      releases: [
        { version: "1.2.3", publishedAtMs, deprecated: null },
        { version: "1.2.4", publishedAtMs, deprecated: "use 2" },
      ],
    },
  });
  if (first.kind !== "found") throw new Error(first.kind);
  expect(await registry.releases("@acme/kit", first.etag)).toEqual({ kind: "unchanged" });
  expect(await registry.releases("nothing", null)).toEqual({ kind: "absent" });
  await local.close();
  expect(await registry.releases("@acme/kit", null)).toMatchObject({
    kind: "unavailable",
    retryAfterMs: null,
  });
});

it.each<[string, unknown, unknown]>([
  ["no object", [], null],
  ["an error", { error: "not found" }, null],
  ["versions that are text", { versions: "1.2.3" }, null],
  ["nothing but versions", { versions: { "1.2.3": null } }, { latest: null, releases: [plain("1.2.3")] }],
  [
    "times and tags that are none",
    { versions: { "1.2.3": {} }, time: { "1.2.3": "yesterday" }, "dist-tags": { latest: 3 } },
    { latest: null, releases: [plain("1.2.3")] },
  ],
  [
    "a deprecation that was taken back",
    { versions: { "1.2.3": { deprecated: "" }, "1.2.4": { deprecated: false } } },
    { latest: null, releases: [plain("1.2.3"), plain("1.2.4")] },
  ],
])("reads %s", (_, document, found) => {
  expect(releasesIn(document)).toEqual(found);
});

function plain(version: string): object {
  return { version, publishedAtMs: null, deprecated: null };
}
