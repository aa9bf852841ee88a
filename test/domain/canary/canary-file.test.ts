import { describe, expect, it } from "@jest/globals";
import { canaryPath, canaryText } from "#domain/canary/canary-file.ts";
import { parseCanaryRun } from "#domain/manifest/parse-manifest.ts";
import type { CanaryRun } from "#schemas/types.ts";

const run: CanaryRun = {
  kind: "CanaryRun",
  runId: "artwork@4-1f0c9e2-lx3",
  script: "artwork",
  version: "4",
  repoId: 12,
  pull: 7,
  headSha: "d".repeat(40),
  baseline: { digest: `sha256:${"a".repeat(64)}`, commit: "a".repeat(40) },
  candidate: { digest: `sha256:${"b".repeat(64)}`, commit: "b".repeat(40) },
  regions: ["eu-west-1"],
  sharePct: 5,
  stickyBy: "header:x-user",
  windowSeconds: 45,
  startedAt: "2026-11-02T10:00:00.000Z",
  expiresAt: "2026-11-02T10:30:00.000Z",
  cause: "pullRequest",
};

describe("the file of a canary run", () => {
  it("is read as it was written, at the path of its run", () => {
    expect(parseCanaryRun(canaryText(run), canaryPath(run.runId))).toEqual({
      ok: true,
      manifest: run,
      problems: [],
    });
  });

  it.each([
    ["its name is another run's", "canaries/other.yaml", {}, "canary-path"],
    ["it ends before it starts", canaryPath(run.runId), { expiresAt: "2026-11-02T09:00:00Z" }, "time-order"],
    ["its share is none", canaryPath(run.runId), { sharePct: 0 }, "out-of-range"],
    ["it would leave its folder", canaryPath("../x"), { runId: "../x" }, "bad-format"],
  ])("is refused when %s", (_name, file, change, code) => {
    const parsed = parseCanaryRun(canaryText({ ...run, ...change }), file);
    expect(parsed).toMatchObject({ ok: false, problems: [{ code }] });
  });
});
