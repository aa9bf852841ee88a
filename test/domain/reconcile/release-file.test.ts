import { describe, expect, it } from "@jest/globals";
import { parseRelease } from "#domain/manifest/parse-manifest.ts";
import { releasePath, releaseText } from "#domain/reconcile/release-file.ts";
import type { Release } from "#schemas/types.ts";
import { revision } from "../rollout/rollout-fleet.ts";

const release: Release = {
  kind: "Release",
  script: "artwork",
  version: "4",
  source: { repoId: 12, repo: "acme/artwork", path: "." },
  stable: revision("a"),
  next: { ...revision("b"), nodesPct: 50 },
  rollout: {
    id: "artwork@4-6262626",
    wave: 2,
    startedAt: "2026-11-02T10:00:00.000Z",
    waveStartedAt: "2026-11-02T10:05:00.000Z",
    promisedBy: "2026-11-02T10:45:00.000Z",
  },
};

describe("releaseText", () => {
  it("is read back as it was written", () => {
    const path = releasePath("eu-west-1", "artwork", "4");
    expect(path).toBe("releases/eu-west-1/artwork@4.yaml");
    expect(parseRelease(releaseText(release), path)).toMatchObject({ ok: true, manifest: release });
  });

  it("does not depend on the order of the keys", () => {
    const { kind, script, ...rest } = release;
    expect(releaseText({ ...rest, script, kind })).toBe(releaseText(release));
  });
});
