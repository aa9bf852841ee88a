import { describe, expect, it } from "@jest/globals";
import { isUpgradeEarly, refusedUpgrade } from "#domain/campaign/held-upgrade.ts";
import { upgradesPolicy } from "#domain/manifest/upgrades-policy.ts";
import type { Script } from "#schemas/types.ts";

const kit = { library: "@acme/kit", version: "1.2.4" };
const dayMs = 86_400_000;
/** A Monday. */
const nowMs = Date.parse("2026-05-04T10:00:00Z");
const fresh = { publishedAtMs: nowMs - dayMs, isUrgent: false };

type Source = NonNullable<Script["upgrades"]>;

describe("an upgrade that a script's policy", () => {
  it.each<[string, Source, string | null]>([
    ["says nothing of is wanted", {}, null],
    ["ignores is never wanted", { ignore: ["@acme/kit"] }, "its upgrades policy leaves @acme/kit alone"],
    ["allows the range of is wanted", { ranges: { "@acme/kit": "^1.2.0" } }, null],
    [
      "does not allow the range of is never wanted",
      { ranges: { "@acme/kit": "~1.1.0" } },
      "its upgrades policy keeps @acme/kit within ~1.1.0",
    ],
    ["has other libraries in mind is wanted", { ignore: ["zod"], ranges: { toString: "0.x" } }, null],
  ])("%s", (_, source, refusal) => {
    expect(refusedUpgrade([upgradesPolicy(source)], kit)).toBe(refusal);
  });

  it.each<[string, Source, typeof fresh, boolean]>([
    ["says nothing of is not early", {}, fresh, false],
    ["wants older is early", { cooldown: "3d" }, fresh, true],
    ["wants that old is not", { cooldown: "1d" }, fresh, false],
    [
      "wants older is not early when it is a matter of security",
      { cooldown: "3d" },
      { ...fresh, isUrgent: true },
      false,
    ],
    ["wants at this hour is not early", { schedule: ["Mon 09:00-16:00"] }, fresh, false],
    ["wants at another hour is early", { schedule: ["Tue 09:00-16:00"] }, fresh, true],
  ])("%s", (_, source, release, isEarly) => {
    expect(isUpgradeEarly([upgradesPolicy({}), upgradesPolicy(source)], release, nowMs)).toBe(isEarly);
  });

  it("wants older is not held for ever where the registry tells no age", () => {
    const policies = [upgradesPolicy({ cooldown: "3d" })];
    expect(isUpgradeEarly(policies, { publishedAtMs: null, isUrgent: false }, nowMs)).toBe(false);
  });
});
