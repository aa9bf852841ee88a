import { describe, expect, it } from "@jest/globals";
import { canaryIntent } from "#domain/pull-request/canary-intent.ts";
import { policy } from "../canary/canary-fleet.ts";
import { revision, script } from "../rollout/rollout-fleet.ts";

const trusted = { ...script, canary: policy };
const usual = {
  candidate: revision("b"),
  manifest: trusted,
  trusted,
  isFork: false,
  hasStable: true,
};

describe("canaryIntent", () => {
  it("takes the target branch's policy, whatever the pull request says", () => {
    const manifest = { ...trusted, canary: { ...policy, sharePct: 50 } };
    expect(canaryIntent({ ...usual, manifest })).toEqual({ kind: "run", candidate: revision("b"), policy });
  });

  it.each([
    ["a fork waits for a person", { isFork: true }, "onCommand"],
    [
      "more rights than the target branch gives wait for a person",
      { manifest: { ...trusted, settings: { ...script.settings, egress: ["evil.example:443"] } } },
      "onCommand",
    ],
    ["a manifest without a canary has none by itself", { trusted: script, manifest: script }, "none"],
    ["a pull request cannot give itself one", { trusted: script }, "none"],
    ["a first release has nothing to be compared with", { hasStable: false }, "none"],
    ["a new script neither", { trusted: null }, "none"],
  ])("%s", (_name, change, kind) => {
    expect(canaryIntent({ ...usual, ...change }).kind).toBe(kind);
  });
});
