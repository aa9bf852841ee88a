import { describe, expect, it } from "@jest/globals";
import { parseFreeze, parseHold, parseKill } from "#domain/manifest/parse-manifest.ts";
import { holdPath, holdText } from "#domain/reconcile/hold-file.ts";
import { freezePath, freezeText, killPath, killText } from "#domain/reconcile/stop-files.ts";
import type { Freeze, Hold, Kill } from "#schemas/types.ts";
import { revision } from "../rollout/rollout-fleet.ts";

const by = { reason: "errors: 1 in 3", by: "@maya", at: "2026-11-02T10:00:00.000Z" };
const hold: Hold = {
  kind: "Hold",
  script: "artwork",
  version: "4",
  mode: "rollback",
  revision: revision("b"),
  to: revision("a"),
  ...by,
  evidence: "12 of 40 requests failed",
};
const freeze: Freeze = {
  kind: "Freeze",
  scope: "region:eu-west-1",
  ...by,
  until: "2026-11-03T10:00:00.000Z",
  allow: [{ script: "home", ...by }],
};
const kill: Kill = { kind: "Kill", scope: "script:artwork@4", ...by, regions: ["eu-west-1"] };

describe("files that stop changes", () => {
  it("are read back as they were written", () => {
    expect(parseHold(holdText(hold), holdPath("artwork", "4"))).toMatchObject({ ok: true, manifest: hold });
    expect(parseFreeze(freezeText(freeze), freezePath(freeze.scope))).toMatchObject({
      ok: true,
      manifest: freeze,
    });
    expect(parseKill(killText(kill), killPath(kill.scope))).toMatchObject({ ok: true, manifest: kill });
  });

  it("have a file of their own for each scope", () => {
    expect(freezePath("fleet")).toBe("freezes/fleet.yaml");
    expect(freezePath("region:eu-west-1")).toBe("freezes/region-eu-west-1.yaml");
    expect(killPath("script:artwork@4")).not.toBe(killPath("script:artwork-4"));
  });

  it.each([
    ["a hold in another's file", "hold-path", () => parseHold(holdText(hold), "holds/home@1.yaml")],
    [
      "an abort of nothing",
      "hold-incomplete",
      () =>
        parseHold(
          holdText({ kind: "Hold", script: "a", version: "1", mode: "abort", ...by }),
          "holds/a@1.yaml",
        ),
    ],
    ["a freeze in another's file", "stop-path", () => parseFreeze(freezeText(freeze), "freezes/fleet.yaml")],
    [
      "a kill among the freezes",
      "stop-path",
      () => parseKill(killText(kill), "freezes/script-artwork@4.yaml"),
    ],
    [
      "an end before the start",
      "time-order",
      () => parseFreeze(freezeText({ ...freeze, until: "2026-11-01T10:00:00Z" }), freezePath(freeze.scope)),
    ],
    [
      "a scope that is none",
      "bad-format",
      () => parseFreeze(freezeText({ ...freeze, scope: "planet:mars" }), "freezes/planet-mars.yaml"),
    ],
  ])("refuse %s", (_, code, parse) => {
    const parsed = parse();
    expect(parsed.ok).toBe(false);
    expect(parsed.problems.map((problem) => problem.code)).toEqual([code]);
  });
});
