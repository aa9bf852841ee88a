import type {
  CellState,
  Overview,
  OverviewCell,
  OverviewRollout,
  OverviewScript,
} from "#app/api/overview.ts";

const digest = (seed: string): string => `sha256:${seed.repeat(64).slice(0, 64)}`;
const commit = (seed: string): string => seed.repeat(40).slice(0, 40);
const github = "http://127.0.0.1:4401";
const regionNames = ["eu-west-1", "us-east-1", "us-west-2"] as const;

/** `minutes` from now, as the overview writes times. */
function minutesFromNow(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString();
}

/** A cell of a script in the repository acme/<name>. */
function cannedCell(name: string, region: string, state: CellState): OverviewCell {
  const repository = `${github}/acme/${name}`;
  const link = (seed: string) => ({
    digest: digest(seed),
    commit: commit(seed),
    commitUrl: `${repository}/commit/${commit(seed)}`,
  });
  const isMoving = state === "rolling" || state === "failed";
  return {
    region,
    stable: state === "absent" ? null : link("1f0c9e2"),
    next: isMoving ? { ...link("9e2d31a"), nodesPct: 50 } : null,
    serving: [1, 2].map((number) => ({
      node: `${region}-${number}`,
      digest: digest(isMoving && number === 1 ? "9e2d31a" : "1f0c9e2"),
      state: "serving" as const,
    })),
    state,
    note: state === "drift" ? `${region}-2 serves 9e2d31a, git says 1f0c9e2.` : null,
  };
}

/** One row of the table; `states` are those of the three regions. */
export function cannedScript(
  name: string,
  version: string,
  owner: string,
  states: readonly CellState[] = ["serving", "serving", "serving"],
): OverviewScript {
  return {
    name,
    version,
    owner,
    repository: { fullName: `acme/${name}`, url: `${github}/acme/${name}` },
    regions: regionNames.map((region, index) => cannedCell(name, region, states[index] ?? "serving")),
  };
}

/** A rollout in the second of three waves. */
export function cannedRollout(changes: Partial<OverviewRollout> = {}): OverviewRollout {
  const region = (index: number, state: OverviewRollout["regions"][number]["state"], attested: number) => ({
    region: regionNames[index] ?? "",
    wave: index + 1,
    state,
    since: state === "waiting" ? null : minutesFromNow(-17 + index * 10),
    nodesAttested: attested,
    nodesTotal: 2,
    fraction: attested / 2,
    note: null,
  });
  return {
    id: "artwork@4-9e2d31a",
    script: "artwork",
    version: "4",
    commit: commit("9e2d31a"),
    digest: digest("9e2d31a"),
    phase: "baking",
    phaseText: "Wave 2 of 3, baking in us-east-1",
    wave: 2,
    waves: 3,
    percent: 58,
    startedAt: minutesFromNow(-21),
    promisedBy: minutesFromNow(24),
    expectedBy: minutesFromNow(15),
    completedAt: null,
    pullRequest: {
      number: 42,
      url: `${github}/acme/artwork/pull/42`,
      title: "Crop artwork to the safe area",
    },
    regions: [region(0, "done", 2), region(1, "baking", 2), region(2, "waiting", 0)],
    ...changes,
  };
}

/** A fleet in which one rollout is on its way. */
export function cannedOverview(changes: Partial<Overview> = {}): Overview {
  return {
    generatedAt: new Date().toISOString(),
    status: { level: "moving", text: "1 rollout on time" },
    regions: [
      { name: "eu-west-1", timezone: "Europe/Dublin" },
      { name: "us-east-1", timezone: "America/New_York" },
      { name: "us-west-2", timezone: "America/Los_Angeles" },
    ].map((region) => ({
      ...region,
      nodes: [1, 2].map((number) => ({
        id: `${region.name}-${number}`,
        state: "ready" as const,
        reportedAt: minutesFromNow(-0.05),
        generation: 41,
        problems: [],
      })),
    })),
    scripts: [
      cannedScript("ab-title-cards", "1", "team-growth"),
      cannedScript("artwork", "3", "team-art"),
      cannedScript("artwork", "4", "team-art", ["serving", "rolling", "serving"]),
      cannedScript("catalog", "2", "team-catalog"),
      cannedScript("home-page", "7", "team-home"),
      cannedScript("playback-manifest", "12", "team-playback"),
      cannedScript("search-suggest", "2", "team-search"),
      cannedScript("subtitles", "1", "team-playback"),
      cannedScript("up-next", "5", "team-home"),
    ],
    rollouts: [
      cannedRollout(),
      cannedRollout({
        id: "home-page@7-1f0c9e2",
        script: "home-page",
        version: "7",
        commit: commit("1f0c9e2"),
        phase: "completed",
        phaseText: "Live in 3 regions",
        percent: 100,
        startedAt: minutesFromNow(-95),
        promisedBy: minutesFromNow(-41),
        expectedBy: minutesFromNow(-45),
        completedAt: minutesFromNow(-45),
        pullRequest: {
          number: 17,
          url: `${github}/acme/home-page/pull/17`,
          title: "Compose rows in parallel",
        },
      }),
    ],
    promises: { completed: 40, onTime: 39, onTimePct: 97.5 },
    refusedFiles: [],
    pullRequests: [
      {
        repository: "acme/search-suggest",
        number: 9,
        url: `${github}/acme/search-suggest/pull/9`,
        title: "Suggest by popularity in the viewer’s country",
        scripts: ["search-suggest@2"],
        verdict: "valid",
        canary: "failure",
      },
      {
        repository: "acme/subtitles",
        number: 3,
        url: `${github}/acme/subtitles/pull/3`,
        title: "Serve WebVTT",
        scripts: ["subtitles@1"],
        verdict: "invalid",
        canary: null,
      },
    ],
    ...changes,
  };
}
