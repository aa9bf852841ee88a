import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readManifestFiles } from "#adapters/manifests/read-manifest-files.ts";
import { validateFiles } from "#domain/manifest/validate-files.ts";

/** Each folder under broken/ with all that is wrong in it, as "code file:line:column". */
const CASES: readonly [folder: string, problems: readonly string[]][] = [
  ["yaml-unclosed-quote", ["yaml-syntax showrunner.yaml:6:1"]],
  ["yaml-unclosed-list", ["yaml-syntax showrunner.yaml:6:1"]],
  ["yaml-bad-indentation", ["yaml-syntax showrunner.yaml:2:7"]],
  ["yaml-colon-in-text", ["yaml-syntax showrunner.yaml:5:8"]],
  ["yaml-tab-indentation", ["yaml-tab showrunner.yaml:6:1"]],
  ["yaml-empty", ["yaml-empty showrunner.yaml:1:1"]],
  ["yaml-comments-only", ["yaml-empty showrunner.yaml:1:1"]],
  ["yaml-list-at-root", ["yaml-not-a-map showrunner.yaml:1:1"]],
  ["yaml-text-at-root", ["yaml-not-a-map showrunner.yaml:1:1"]],
  ["yaml-two-documents", ["yaml-many-documents showrunner.yaml:5:1"]],
  ["yaml-duplicate-key", ["yaml-duplicate-key showrunner.yaml:5:1"]],
  ["yaml-duplicate-key-nested", ["yaml-duplicate-key showrunner.yaml:5:25"]],
  [
    "yaml-prototype-keys",
    [
      "yaml-prototype-key showrunner.yaml:5:11",
      "yaml-prototype-key showrunner.yaml:5:25",
      "yaml-prototype-key showrunner.yaml:6:1",
    ],
  ],
  ["yaml-list-as-key", ["yaml-key-type showrunner.yaml:6:5"]],
  [
    "yaml-custom-tags",
    ["yaml-tag showrunner.yaml:5:8", "yaml-tag showrunner.yaml:6:10", "yaml-tag showrunner.yaml:7:9"],
  ],
  ["yaml-binary-tag", ["yaml-tag showrunner.yaml:5:8", "bad-format showrunner.yaml:5:17"]],
  ["yaml-unknown-alias", ["yaml-alias showrunner.yaml:5:8", "wrong-type showrunner.yaml:5:8"]],
  ["yaml-self-alias", ["yaml-alias-loop showrunner.yaml:5:20"]],
  ["yaml-merge-key", ["yaml-merge-key showrunner.yaml:5:11"]],
  ["yaml-directive", ["yaml-directive showrunner.yaml:1:1"]],
  ["yaml-alias-bomb", ["yaml-alias-bomb showrunner.yaml:4:36"]],
  ["yaml-deep-flow", ["yaml-too-deep showrunner.yaml:5:40"]],
  ["yaml-deep-block", ["yaml-too-deep showrunner.yaml:37:65"]],
  ["kind-missing", ["missing-key groups/home.yaml:1:1"]],
  ["kind-unknown", ["unknown-kind groups/home.yaml:1:7"]],
  ["kind-wrong-for-name", ["not-allowed showrunner.yaml:1:7"]],
  ["key-unknown", ["unknown-key showrunner.yaml:5:1"]],
  ["key-unknown-nested", ["unknown-key showrunner.yaml:7:5"]],
  [
    "keys-missing",
    ["missing-key showrunner.yaml:1:1", "missing-key showrunner.yaml:1:1", "missing-key showrunner.yaml:1:1"],
  ],
  ["key-missing-nested", ["missing-key showrunner.yaml:6:5"]],
  ["version-number", ["wrong-type showrunner.yaml:5:10"]],
  ["limit-as-text", ["wrong-type showrunner.yaml:5:21"]],
  ["limits-empty", ["wrong-type showrunner.yaml:5:1"]],
  [
    "limit-too-large",
    [
      "out-of-range showrunner.yaml:6:13",
      "out-of-range showrunner.yaml:7:10",
      "out-of-range showrunner.yaml:8:15",
    ],
  ],
  ["strategy-unknown", ["not-allowed showrunner.yaml:5:22"]],
  ["duration-without-unit", ["bad-format showrunner.yaml:5:25", "bad-format showrunner.yaml:5:36"]],
  ["duration-out-of-range", ["out-of-range showrunner.yaml:5:37", "out-of-range showrunner.yaml:6:34"]],
  ["name-upper-case", ["bad-format showrunner.yaml:2:7"]],
  ["label-key", ["bad-format showrunner.yaml:5:11"]],
  ["secret-name", ["bad-format showrunner.yaml:5:26"]],
  ["sunset-rate", ["bad-format showrunner.yaml:5:18"]],
  ["too-many-warmups", ["wrong-size showrunner.yaml:5:9"]],
  [
    "everything-at-once",
    [
      "missing-key showrunner.yaml:1:1",
      "wrong-type showrunner.yaml:3:10",
      "unknown-key showrunner.yaml:4:1",
      "bad-entry showrunner.yaml:5:8",
      "out-of-range showrunner.yaml:6:21",
      "bake-order showrunner.yaml:8:26",
      "duplicate-item showrunner.yaml:9:14",
    ],
  ],
  ["entry-outside", ["bad-entry showrunner.yaml:4:8"]],
  ["entry-absolute", ["bad-format showrunner.yaml:4:8"]],
  ["route-relative", ["bad-route showrunner.yaml:5:8"]],
  ["route-trailing-slash", ["bad-route showrunner.yaml:5:8"]],
  ["route-reserved", ["reserved-route a/showrunner.yaml:5:8", "reserved-route b/showrunner.yaml:5:8"]],
  ["route-with-version", ["bad-format showrunner.yaml:5:8"]],
  ["warmup-outside-route", ["warmup-outside-route showrunner.yaml:5:18"]],
  ["cpu-over-wall", ["cpu-over-wall showrunner.yaml:5:18"]],
  [
    "egress-malformed",
    [
      "bad-egress showrunner.yaml:5:10",
      "bad-egress showrunner.yaml:5:52",
      "bad-egress showrunner.yaml:5:67",
      "bad-egress showrunner.yaml:5:80",
    ],
  ],
  [
    "egress-forbidden",
    [
      "egress-forbidden showrunner.yaml:6:5",
      "egress-forbidden showrunner.yaml:7:5",
      "egress-forbidden showrunner.yaml:8:5",
      "egress-forbidden showrunner.yaml:9:5",
      "egress-forbidden showrunner.yaml:10:5",
      "egress-forbidden showrunner.yaml:11:5",
      "egress-forbidden showrunner.yaml:12:5",
    ],
  ],
  ["depends-on-itself", ["depends-on-itself showrunner.yaml:5:22", "duplicate-item showrunner.yaml:5:31"]],
  ["bake-order", ["bake-order showrunner.yaml:5:35"]],
  ["waves-with-global", ["waves-with-global showrunner.yaml:7:3"]],
  ["region-twice", ["region-repeated showrunner.yaml:5:45"]],
  ["window-senseless", ["bad-format showrunner.yaml:5:45"]],
  ["window-equal-hours", ["bad-window showrunner.yaml:5:45"]],
  ["canary-metric", ["metric-query showrunner.yaml:7:39", "threshold-order showrunner.yaml:8:23"]],
  [
    "upgrades-policy",
    [
      "bad-window showrunner.yaml:5:24",
      "bad-format showrunner.yaml:5:68",
      "not-allowed showrunner.yaml:5:112",
    ],
  ],
  ["fleet-timezone", ["bad-timezone fleet.yaml:3:26", "bad-timezone fleet.yaml:4:26"]],
  ["fleet-without-regions", ["wrong-size fleet.yaml:2:10"]],
  ["fleet-region-name", ["bad-format fleet.yaml:5:3"]],
  ["fleet-caps", ["out-of-range fleet.yaml:7:20", "bad-format fleet.yaml:8:13"]],
  ["fleet-egress", ["egress-forbidden fleet.yaml:6:43"]],
  [
    "fleet-libraries",
    [
      "out-of-range fleet.yaml:3:20",
      "bad-range fleet.yaml:6:16",
      "bad-day fleet.yaml:7:36",
      "bad-day fleet.yaml:8:41",
    ],
  ],
  [
    "fleet-upgrades",
    [
      "not-allowed fleet.yaml:3:26",
      "out-of-range fleet.yaml:3:45",
      "not-allowed fleet.yaml:5:28",
      "bad-format fleet.yaml:6:3",
    ],
  ],
  ["two-fleets", ["many-fleets b/fleet.yaml:1:7"]],
  ["region-unknown", ["unknown-region art/showrunner.yaml:5:45"]],
  ["region-missing", ["missing-region art/showrunner.yaml:6:3"]],
  ["promise-impossible", ["promise-impossible art/showrunner.yaml:7:19"]],
  ["promise-against-windows", ["promise-impossible art/showrunner.yaml:5:74"]],
  ["no-common-window", ["no-common-window art/showrunner.yaml:5:33"]],
  ["canary-over-cap", ["canary-over-cap art/showrunner.yaml:5:21"]],
  ["global-not-allowed", ["global-not-allowed art/showrunner.yaml:5:22"]],
  [
    "egress-not-granted",
    [
      "egress-not-granted art/showrunner.yaml:5:34",
      "egress-not-granted art/showrunner.yaml:5:72",
      "egress-not-granted art/showrunner.yaml:5:83",
    ],
  ],
  ["dependency-unknown", ["unknown-script art/showrunner.yaml:5:13"]],
  ["group-members", ["unknown-script groups/a.yaml:4:20", "duplicate-name groups/b.yaml:2:7"]],
  [
    "experiment",
    [
      "unknown-version experiments/cards.yaml:5:10",
      "unknown-region experiments/cards.yaml:6:22",
      "time-order experiments/cards.yaml:8:9",
      "cell-control experiments/cards.yaml:9:1",
      "cell-shares experiments/cards.yaml:9:1",
      "duplicate-item experiments/cards.yaml:11:13",
      "cell-name experiments/cards.yaml:12:13",
    ],
  ],
  [
    "campaign",
    [
      "missing-key campaigns/kit.yaml:1:1",
      "bad-format campaigns/kit.yaml:4:10",
      "unknown-script campaigns/kit.yaml:5:11",
    ],
  ],
  ["route-overlap", ["route-overlap b/showrunner.yaml:5:8", "route-nested c/showrunner.yaml:5:8"]],
  ["script-twice", ["duplicate-script b/showrunner.yaml:2:7"]],
  ["dependency-cycle", ["dependency-cycle c/showrunner.yaml:5:13"]],
  ["release-path", ["release-path releases/eu-west-1/artwork@2.yaml:2:9"]],
  ["release-region", ["unknown-region releases/eu-west-3/artwork@1.yaml:1:1"]],
  [
    "release-digest",
    [
      "bad-format releases/eu-west-1/artwork@1.yaml:5:19",
      "bad-format releases/eu-west-1/artwork@1.yaml:5:40",
    ],
  ],
  ["release-empty", ["release-incomplete releases/eu-west-1/artwork@1.yaml:1:1"]],
  ["release-without-rollout", ["release-incomplete releases/eu-west-1/artwork@1.yaml:6:1"]],
];

describe("a broken manifest", () => {
  it.each(CASES)("%s is reported with exact codes and places", async (folder, expected) => {
    const cwd = path.join(import.meta.dirname, "broken", folder);
    const read = await readManifestFiles(["."], cwd);
    if (!read.ok) throw new Error(`there is no ${read.missing}`);
    const context = { fleet: null, fleetFile: "fleet.yaml", nowMs: Date.UTC(2026, 4, 4) };
    const problems = [...read.problems, ...validateFiles(read.files, context)];
    const found = problems.map(({ code, file, line, column }) => `${code} ${file}:${line}:${column}`);
    expect(found.toSorted()).toEqual(expected.toSorted());
    for (const { message } of problems) expect(message).toMatch(/^.{10,400}[.?]$/);
  });
});
