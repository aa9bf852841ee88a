import { describe, expect, it } from "@jest/globals";
import { type CellState, type OverviewInput, type RolloutInput, buildOverview } from "#app/api/overview.ts";
import {
  input,
  instance,
  newCommit,
  newDigest,
  node,
  nowMs,
  oldCommit,
  oldDigest,
  release,
  rollout,
} from "./overview-fixture.ts";

const half = release({ next: { digest: newDigest, commit: newCommit, nodesPct: 50 } });
const inEu = (released: OverviewInput["releases"][number]["release"]): OverviewInput["releases"] => [
  { region: "eu-west-1", release: released },
];
const freshDocument = [
  {
    name: "eu-west-1",
    timezone: "Europe/Dublin",
    document: { generation: 8, issuedAtMs: nowMs - 3000 },
  },
];

describe("a cell compares git with the nodes", () => {
  it.each<[string, Partial<OverviewInput>, CellState, string | null]>([
    ["serves when every node attests the stable digest", {}, "serving", null],
    ["is absent where git declares nothing and nothing runs", { releases: [], nodes: [] }, "absent", null],
    [
      "drifts when a node serves what git no longer declares",
      { releases: [] },
      "drift",
      "eu-1 serves aaaaaaa, git says nothing; eu-2 serves aaaaaaa, git says nothing.",
    ],
    [
      "is unknown without a node, since nobody attests",
      { nodes: [] },
      "unknown",
      "No node has registered in this region.",
    ],
    [
      "is unknown when a report is older than 15 s, whatever it said",
      { nodes: [node("eu-1", 0, [instance()]), node("eu-2", 50, [instance()], {}, 34_000)] },
      "unknown",
      "eu-2 has not reported for 34 s.",
    ],
    [
      "is unknown when a node has never reported",
      {
        nodes: [node("eu-1", 0, [instance()]), { id: "eu-2", region: "eu-west-1", slot: 50, last: null }],
      },
      "unknown",
      "eu-2 has never reported.",
    ],
    [
      "still counts a report that is exactly 15 s old",
      { nodes: [node("eu-1", 0, [instance()], {}, 15_000)] },
      "serving",
      null,
    ],
    [
      "rolls while a share of the nodes is on the next digest",
      {
        releases: inEu(half),
        nodes: [node("eu-1", 0, [instance({ digest: newDigest })]), node("eu-2", 50, [instance()])],
      },
      "rolling",
      "1 of 2 nodes serve bbbbbbb.",
    ],
    [
      "drifts when a node above the share already serves the next digest",
      {
        releases: inEu(half),
        nodes: [
          node("eu-1", 0, [instance({ digest: newDigest })]),
          node("eu-2", 50, [instance({ digest: newDigest })]),
        ],
      },
      "drift",
      "eu-2 serves bbbbbbb, git says aaaaaaa.",
    ],
    [
      "rolls, not drifts, while the right revision warms up beside the old one",
      {
        releases: inEu(half),
        nodes: [
          node("eu-1", 0, [instance(), instance({ digest: newDigest, state: "warming" })]),
          node("eu-2", 50, [instance()]),
        ],
      },
      "rolling",
      "0 of 2 nodes serve bbbbbbb.",
    ],
    [
      "gives a node with an older document a moment to fetch the new one",
      {
        regions: freshDocument,
        releases: inEu(release({ stable: { digest: newDigest, commit: newCommit } })),
      },
      "rolling",
      "eu-1 is fetching document 8; eu-2 is fetching document 8.",
    ],
    [
      "drifts when a node has the newest document and does not obey it",
      { releases: inEu(release({ stable: { digest: newDigest, commit: newCommit } })) },
      "drift",
      "eu-1 serves aaaaaaa, git says bbbbbbb; eu-2 serves aaaaaaa, git says bbbbbbb.",
    ],
    [
      "drifts when a ready node serves nothing",
      { nodes: [node("eu-1", 0, [instance()]), node("eu-2", 50, [])] },
      "drift",
      "eu-2 serves nothing, git says aaaaaaa.",
    ],
    [
      "fails with the node's own words",
      {
        nodes: [
          node("eu-1", 0, [instance()]),
          node("eu-2", 50, [
            instance({ state: "failed", error: { code: "warmup_failed", message: "GET / took 9 s" } }),
          ]),
        ],
      },
      "failed",
      "eu-2: warmup_failed: GET / took 9 s.",
    ],
    [
      "serves on, with a note, while one node starts",
      { nodes: [node("eu-1", 0, [instance()]), node("eu-2", 50, [], { state: "starting" })] },
      "serving",
      "eu-2 is starting.",
    ],
    [
      "is unknown when no node takes traffic",
      { nodes: [node("eu-1", 0, [instance()], { state: "draining" })] },
      "unknown",
      "eu-1 is draining.",
    ],
    [
      "ignores canaries beside the stable revision",
      {
        nodes: [
          node("eu-1", 0, [instance(), instance({ role: "canary", digest: newDigest })]),
          node("eu-2", 50, [instance()]),
        ],
      },
      "serving",
      null,
    ],
    [
      "leaves nodes above the share of a first release alone",
      {
        releases: inEu({
          kind: "Release",
          script: "artwork",
          version: "4",
          source: half.source,
          next: { digest: newDigest, commit: newCommit, nodesPct: 50 },
        }),
        nodes: [node("eu-1", 0, [instance({ digest: newDigest })]), node("eu-2", 50, [])],
      },
      "rolling",
      "1 of 2 nodes serve bbbbbbb.",
    ],
  ])("%s", (_name, changes, state, note) => {
    const cell = buildOverview(input(changes)).scripts[0]?.regions[0];
    expect({ state: cell?.state, note: cell?.note }).toEqual({ state, note });
  });

  it("names the revisions with links to their commits", () => {
    const cell = buildOverview(input({ releases: inEu(half) })).scripts[0]?.regions[0];
    expect(cell?.stable).toEqual({
      digest: oldDigest,
      commit: oldCommit,
      commitUrl: `https://github.example/acme/artwork/commit/${oldCommit}`,
    });
    expect(cell?.next).toMatchObject({ digest: newDigest, nodesPct: 50 });
  });

  it("marks what a silent node once said as unreachable", () => {
    const overview = buildOverview(input({ nodes: [node("eu-1", 0, [instance()], {}, 60_000)] }));
    expect(overview.scripts[0]?.regions[0]?.serving).toEqual([
      { node: "eu-1", digest: oldDigest, state: "unreachable" },
    ]);
    expect(overview.regions[0]?.nodes[0]?.state).toBe("unreachable");
  });
});

const failedRegion = {
  region: "eu-west-1",
  wave: 1,
  state: "rollingBack",
  sinceMs: nowMs,
  nodesAttested: 0,
  nodesTotal: 2,
  fraction: 0,
  note: "eu-1: warm-up failed",
} as const;
const failing = rollout({
  phase: {
    kind: "rollingBack",
    reason: "eu-1: warm-up failed",
    by: "showrunner",
    to: null,
    regions: ["eu-west-1"],
    waitingFor: [],
  },
  regions: [failedRegion],
});
const onTime = (id: string): RolloutInput => rollout({ id });
const late = rollout({ id: "late", expectedByMs: nowMs + 900_000 });
const pullRequest = {
  repository: "acme/artwork",
  number: 7,
  url: "https://github.example/acme/artwork/pull/7",
  title: "Crop",
  scripts: ["artwork@4"],
  verdict: "invalid",
  canary: null,
} as const;

describe("the status line says in words how the fleet stands", () => {
  it.each<[string, Partial<OverviewInput>, string, string]>([
    ["is calm when all is well", {}, "ok", "The only script serves what git says in 1 region"],
    [
      "teaches nothing wrong when empty",
      { scripts: [], releases: [], nodes: [node("eu-1", 0, [])] },
      "ok",
      "No script is released yet",
    ],
    ["says what moves", { rollouts: [onTime("a"), onTime("b")] }, "moving", "2 rollouts on time"],
    [
      "says the failing first, with its region, and does not repeat its cell",
      { rollouts: [onTime("a"), failing, late] },
      "attention",
      "1 rollout failing in eu-west-1; 1 late; 1 on time",
    ],
    [
      "counts a rollout past its promise as late",
      { rollouts: [rollout({ promisedByMs: nowMs - 1, expectedByMs: nowMs - 1 })] },
      "attention",
      "1 rollout late",
    ],
    [
      "counts silent nodes once, not every script on them",
      { nodes: [node("eu-1", 0, [instance()]), node("eu-2", 50, [instance()], {}, 20_000)] },
      "attention",
      "1 node unreachable in eu-west-1",
    ],
    [
      "does not take a region without nodes for a good one",
      { nodes: [] },
      "attention",
      "1 region without any node (eu-west-1)",
    ],
    [
      "names drift",
      { nodes: [node("eu-1", 0, [instance()]), node("eu-2", 50, [])] },
      "attention",
      "1 script drifting in eu-west-1",
    ],
    [
      "mentions a pull request that needs its author, without raising the alarm",
      { pullRequests: [pullRequest] },
      "ok",
      "The only script serves what git says in 1 region; 1 pull request needs a fix",
    ],
    [
      "mentions pull requests whose canary failed with those that are not valid",
      { pullRequests: [pullRequest, { ...pullRequest, verdict: "valid", canary: "failure" }] },
      "ok",
      "The only script serves what git says in 1 region; 2 pull requests need a fix",
    ],
    [
      "names files of the fleet repository that were refused",
      { refusedFiles: [{ file: "freezes/fleet.yaml", line: 2, column: 8, message: "no such scope" }] },
      "attention",
      "1 file of the fleet repository refused (freezes/fleet.yaml)",
    ],
    [
      "says when a rollout waits for a person",
      {
        rollouts: [
          rollout({ phase: { kind: "held", wave: 1, requests: 12, minRequests: 500, reason: "12 of 500" } }),
        ],
      },
      "attention",
      "1 rollout held for want of evidence",
    ],
  ])("%s", (_name, changes, level, text) => {
    expect(buildOverview(input(changes)).status).toEqual({ level, text });
  });
});

describe("rollouts", () => {
  it("come failing first, then late, then the rest, and ended ones last with the newest first", () => {
    const rollouts = [
      rollout({ id: "old", phase: { kind: "completed", unproven: false }, endedAtMs: nowMs - 9000 }),
      onTime("a"),
      rollout({ id: "new", phase: { kind: "completed", unproven: false }, endedAtMs: nowMs - 1000 }),
      late,
      failing,
    ];
    const overview = buildOverview(input({ rollouts }));
    expect(overview.rollouts.map(({ id }) => id)).toEqual([failing.id, "late", "a", "new", "old"]);
  });

  it.each<[string, Partial<RolloutInput>, string]>([
    ["where it is", {}, "Wave 1 of 1, provisioning in eu-west-1"],
    ["where it failed", failing, "Rolling back in eu-west-1: eu-1: warm-up failed"],
    [
      "that it is live",
      { phase: { kind: "completed", unproven: false }, endedAtMs: nowMs },
      "Live in 1 region",
    ],
    [
      "that too little traffic proved it",
      { phase: { kind: "completed", unproven: true }, endedAtMs: nowMs },
      "Live in 1 region, unproven: without enough evidence",
    ],
    [
      "what it waits for",
      { phase: { kind: "waitingForWindow", wave: 1, regions: ["eu-west-1"], opensAtMs: null } },
      "Wave 1 of 1, waiting for the window of eu-west-1",
    ],
  ])("say %s", (_name, changes, text) => {
    expect(buildOverview(input({ rollouts: [rollout(changes)] })).rollouts[0]?.phaseText).toBe(text);
  });

  it("makes the cell of a failed region fail with the rollout's reason", () => {
    const overview = buildOverview(input({ releases: inEu(half), rollouts: [failing] }));
    expect(overview.scripts[0]?.regions[0]).toMatchObject({ state: "failed", note: "eu-1: warm-up failed" });
  });
});

const script = (name: string, version: string) => ({ name, version, owner: "o", repository: "acme/x" });

it("orders scripts by name and versions by number", () => {
  const scripts = [script("b", "1"), script("a", "10"), script("a", "9")];
  const overview = buildOverview(input({ scripts }));
  expect(overview.scripts.map(({ name, version }) => `${name}@${version}`)).toEqual(["a@9", "a@10", "b@1"]);
});
