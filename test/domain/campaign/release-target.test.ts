import { describe, expect, it } from "@jest/globals";
import type { LibraryRelease } from "#domain/campaign/library-releases.ts";
import { releaseTarget, soundReleases } from "#domain/campaign/release-target.ts";
import type { LibraryNote } from "#domain/manifest/fleet-manifest.ts";
import { upgradesPolicy } from "#domain/manifest/upgrades-policy.ts";
import type { NewReleases, Script } from "#schemas/types.ts";

const dayMs = 86_400_000;
const nowMs = Date.parse("2026-05-04T10:00:00Z");

/** "1.2.4 5d" is a release of five days ago; one without an age the registry tells no age of. */
function releases(text: string): LibraryRelease[] {
  return text.split(", ").map((one) => {
    const [version = "", days, ...words] = one.split(" ");
    return {
      version,
      publishedAtMs: days === undefined ? null : nowMs - Number(days.replace("d", "")) * dayMs,
      deprecated: words.length > 0 ? words.join(" ") : null,
    };
  });
}

type Source = NonNullable<Script["upgrades"]>;
interface Case {
  readonly from?: string;
  readonly offered?: string;
  readonly latest?: string;
  readonly wants?: NewReleases;
  readonly policies?: readonly Source[];
  readonly notes?: readonly LibraryNote[];
  readonly isInNeed?: boolean;
}

const usual = "1.2.3 90d, 1.2.4 20d, 1.2.5 10d, 1.3.0 9d, 2.0.0 8d";
const brokenBelow = (range: string): LibraryNote => ({ range, why: "broken", on: null, note: null });

describe("the release that a version in use goes to", () => {
  it.each<[string, Case, string | null]>([
    ["is none where none is wanted", { wants: "none", isInNeed: true }, null],
    ["is the newest patch", { wants: "patch" }, "1.2.5"],
    ["is the newest minor", { wants: "minor" }, "1.3.0"],
    ["is the newest of all", { wants: "major" }, "2.0.0"],
    ["is none for the newest", { from: "2.0.0", wants: "major" }, null],
    ["is never an older one", { from: "1.9.9", wants: "minor" }, null],
    ["is none for what is no version", { from: "latest", wants: "major" }, null],
    ["is not a prerelease", { offered: "1.2.4-rc.1 9d, 1.2.3 99d", latest: "1.2.4-rc.1" }, null],
    ["is not above what is tagged latest", { latest: "1.2.4", wants: "major" }, "1.2.4"],
    ["is not one that is deprecated", { offered: "1.2.4 20d, 1.2.5 10d broke logins" }, "1.2.4"],
    ["is not one that operators call broken", { notes: [brokenBelow("1.2.5")] }, "1.2.4"],
    ["is one that is three days old at least", { offered: "1.2.4 5d, 1.2.5 2d" }, "1.2.4"],
    ["is as old as its policy wants", { policies: [{ cooldown: "15d" }] }, "1.2.4"],
    ["may be new where its policy says so", { offered: "1.2.5 0d", policies: [{ cooldown: "0d" }] }, "1.2.5"],
    ["is as old as the most careful of its policies wants", { policies: [{}, { cooldown: "99d" }] }, null],
    ["is not held where the registry tells no age", { offered: "1.2.4" }, "1.2.4"],
    ["stays within its ranges", { wants: "major", policies: [{ ranges: { kit: "<1.3" } }] }, "1.2.5"],
    ["is none where it is ignored", { policies: [{ ignore: ["kit"] }], isInNeed: true }, null],
    ["is none for need where there is no need", { wants: "needed" }, null],
    ["is the smallest step for need", { wants: "needed", isInNeed: true }, "1.2.4"],
    [
      "is the smallest sound step for need",
      { wants: "needed", isInNeed: true, notes: [brokenBelow("1.x")] },
      "2.0.0",
    ],
    ["is the newest of the wanted size for need too", { wants: "patch", isInNeed: true }, "1.2.5"],
    [
      "is the smallest step where none of the wanted size helps",
      { wants: "patch", isInNeed: true, notes: [brokenBelow("1.2.x")] },
      "1.3.0",
    ],
  ])("%s", (_, one, target) => {
    const { from = "1.2.3", offered = usual, latest = null, wants = "patch", policies = [{}] } = one;
    const sound = soundReleases({ latest, releases: releases(offered) }, one.notes ?? []);
    const wish = {
      library: "kit",
      from,
      isInNeed: one.isInNeed ?? false,
      newReleases: wants,
      policies: policies.map(upgradesPolicy),
    };
    expect(releaseTarget(sound, wish, nowMs)).toBe(target);
  });
});
