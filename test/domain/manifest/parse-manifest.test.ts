import { describe, expect, it } from "@jest/globals";
import { parseFleet, parseManifest, parseRelease, parseScript } from "#domain/manifest/parse-manifest.ts";

const MINIMAL = "kind: Script\nname: artwork\nowner: team-art\nentry: src/index.ts\n";
const FULL = `# yaml-language-server: $schema=https://showrunner.dev/schemas/script.schema.json
kind: Script
name: artwork
version: "4"            # a new value opens a second live version beside the first
owner: team-art
labels: { team: art }
entry: src/index.ts
route: /artwork
warmup: [{ path: "/artwork?id=1", times: 20, timeout: 2s }]
limits: { memoryMb: 64, cpuMs: 500, wallMs: 1500, concurrency: 64, responseMb: 8 }
egress: ["catalog.internal:443"]
secrets: [CATALOG_TOKEN]
dependsOn: [catalog]
rollout:
  strategy: staged
  waves: [[eu-west-1], [us-east-1, us-west-2]]
  bake: { min: 10m, max: 20m, minRequests: 500, onTooLittleData: hold }
  windows: ["Mon-Thu 10:00-15:00"]
  completeWithin: 4h
canary: { sharePct: 5, stickyBy: "header:x-user", maxDuration: 30m }
sunset: { below: 10/day, forDays: 30 }
upgrades:
  schedule: ["Mon-Fri 09:00-16:00"]
  cooldown: 3d
  ranges: { "@acme/edge-kit": ^1.2.0 }
  ignore: [left-pad]
  autoMerge: { minScore: 90, upTo: minor }
`;

describe("a script's manifest", () => {
  it("has every default filled in", () => {
    expect(parseScript(MINIMAL, "showrunner.yaml")).toEqual({
      ok: true,
      problems: [],
      manifest: {
        name: "artwork",
        version: "1",
        owner: "team-art",
        labels: {},
        entry: "src/index.ts",
        settings: {
          schema: 1,
          name: "artwork",
          version: "1",
          route: "/artwork",
          warmup: [],
          limits: { memoryMb: 64, cpuMs: 500, wallMs: 1500, concurrency: 64, responseMb: 8 },
          egress: [],
          secrets: [],
        },
        dependsOn: [],
        canary: null,
        prune: true,
        rollout: {
          strategy: "staged",
          waves: null,
          bake: { minMs: 600_000, maxMs: 1_200_000, minRequests: 100, onTooLittleData: "hold" },
          completeWithinMs: null,
        },
      },
    });
  });

  it("is read with all that it can say", () => {
    const parsed = parseScript(FULL, "showrunner.yaml");
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.problems).toEqual([]);
    expect(parsed.manifest).toMatchObject({
      version: "4",
      labels: { team: "art" },
      settings: {
        warmup: [{ path: "/artwork?id=1", times: 20, timeoutMs: 2000 }],
        egress: ["catalog.internal:443"],
        secrets: ["CATALOG_TOKEN"],
      },
      rollout: {
        waves: [["eu-west-1"], ["us-east-1", "us-west-2"]],
        bake: { minMs: 600_000, maxMs: 1_200_000, minRequests: 500, onTooLittleData: "hold" },
        windows: [{ days: [1, 2, 3, 4], startMinute: 600, endMinute: 900 }],
        completeWithinMs: 14_400_000,
      },
    });
  });

  it.each([
    ["a long min moves max along", "{ min: 1h }", { minMs: 3_600_000, maxMs: 3_600_000 }],
    ["a short max moves min along", "{ max: 8s }", { minMs: 8000, maxMs: 8000 }],
  ])("bakes: %s", (_, bake, expected) => {
    const parsed = parseScript(`${MINIMAL}rollout: { bake: ${bake} }\n`, "showrunner.yaml");
    expect(parsed).toMatchObject({ ok: true, manifest: { rollout: { bake: expected } } });
  });

  it("with warnings alone is good, and carries them", () => {
    const parsed = parseScript(`${MINIMAL}warmup: [{ path: /other }]\n`, "a/showrunner.yaml");
    expect(parsed).toMatchObject({
      ok: true,
      problems: [{ severity: "warning", file: "a/showrunner.yaml" }],
    });
  });

  it("may use anchors, and is told the place inside of them", () => {
    const parsed = parseScript(`${MINIMAL}labels: &l { Team: a }\nlimits: *l\n`, "showrunner.yaml");
    expect(parsed.problems.map(({ code, line, column }) => `${code} ${line}:${column}`)).toEqual([
      "bad-format 5:14",
      "unknown-key 5:14",
    ]);
  });
});

describe("other manifests", () => {
  it("a fleet keeps the order of its regions and fills in the defaults", () => {
    const text = `kind: Fleet
regions:
  us-east-1: { timezone: America/New_York }
  eu-west-1: { timezone: Europe/Dublin, windows: ["Mon-Thu 09:00-16:00"], quorumPct: 50, unreachable: skip }
`;
    expect(parseFleet(text, "fleet.yaml")).toEqual({
      ok: true,
      problems: [],
      manifest: {
        epoch: 1,
        regions: [
          {
            name: "us-east-1",
            timezone: "America/New_York",
            windows: [],
            quorumPct: 90,
            unreachable: "wait",
          },
          {
            name: "eu-west-1",
            timezone: "Europe/Dublin",
            windows: [{ days: [1, 2, 3, 4], startMinute: 540, endMinute: 960 }],
            quorumPct: 50,
            unreachable: "skip",
          },
        ],
        allowGlobal: false,
        caps: { removePct: 20, canaryExposurePct: 10 },
        egressAllow: [],
        operators: [],
        notify: [],
        upgrades: null,
        libraries: new Map(),
      },
    });
  });

  it("a release is read as it is written", () => {
    const release = {
      kind: "Release",
      script: "artwork",
      version: "4",
      source: { repoId: 7, repo: "acme/artwork", path: "." },
      stable: { digest: `sha256:${"ab".repeat(32)}`, commit: "1f0c9e2d".repeat(5) },
    };
    const file = "releases/eu-west-1/artwork@4.yaml";
    expect(parseRelease(JSON.stringify(release), file)).toEqual({
      ok: true,
      manifest: release,
      problems: [],
    });
    expect(parseRelease(JSON.stringify(release), "releases/eu-west-1/artwork@3.yaml").ok).toBe(false);
  });

  it.each([
    ["Group", "groups/home.yaml", "kind: Group\nname: home\nowner: team-home\nscripts: [home, artwork]\n"],
    [
      "Experiment",
      "experiments/cards.yaml",
      "kind: Experiment\nname: cards\nowner: team-art\nscript: artwork\ncells: [{ name: a, sharePct: 10, control: true }, { name: b, sharePct: 10 }]\n",
    ],
    [
      "Campaign",
      "campaigns/kit.yaml",
      'kind: Campaign\nname: kit\nowner: team-art\nlibrary: "@acme/edge-kit"\nto: 1.2.4\n',
    ],
    ["Script", "x.yaml", MINIMAL],
  ])("a %s is known by its kind", (kind, file, text) => {
    expect(parseManifest(text, file)).toMatchObject({ ok: true, manifest: { kind }, problems: [] });
  });
});
