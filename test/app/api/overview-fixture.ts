import type { NodeInput, OverviewInput, RolloutInput } from "#app/api/overview.ts";
import type { InstanceReport, NodeReport, Release } from "#schemas/types.ts";

export const nowMs = Date.parse("2026-03-02T14:21:00Z");
export const oldDigest = `sha256:${"a".repeat(64)}`;
export const newDigest = `sha256:${"b".repeat(64)}`;
export const oldCommit = "1f0c9e2".padEnd(40, "0");
export const newCommit = "9e2d31a".padEnd(40, "0");

export function instance(changes: Partial<InstanceReport> = {}): InstanceReport {
  return {
    script: "artwork",
    version: "4",
    role: "stable",
    digest: oldDigest,
    state: "serving",
    since: "2026-03-02T12:00:00Z",
    requests: 10,
    errors: 0,
    ...changes,
  };
}

export function node(
  id: string,
  slot: number,
  instances: InstanceReport[],
  changes: Partial<NodeReport> = {},
  ageMs = 1000,
): NodeInput {
  const report: NodeReport = {
    schema: 1,
    node: id,
    region: "eu-west-1",
    bootId: "0000000000",
    sequence: 1,
    reportedAt: new Date(nowMs - ageMs).toISOString(),
    state: "ready",
    document: { epoch: 1, generation: 7, etag: '"7"', source: "control-plane" },
    instances,
    problems: [],
    ...changes,
  };
  return { id, region: report.region, slot, last: { report, receivedAtMs: nowMs - ageMs } };
}

export function release(changes: Partial<Release> = {}): Release {
  return {
    kind: "Release",
    script: "artwork",
    version: "4",
    source: { repoId: 1, repo: "acme/artwork", path: "." },
    stable: { digest: oldDigest, commit: oldCommit },
    ...changes,
  };
}

export function rollout(changes: Partial<RolloutInput> = {}): RolloutInput {
  return {
    id: "artwork@4-9e2d31a",
    script: "artwork",
    version: "4",
    commit: newCommit,
    digest: newDigest,
    phase: { kind: "provisioning", wave: 1, waitingFor: [], unreachable: [] },
    percent: 25,
    startedAtMs: nowMs - 60_000,
    promisedByMs: nowMs + 600_000,
    expectedByMs: nowMs + 300_000,
    endedAtMs: null,
    pullRequest: null,
    regions: [
      {
        region: "eu-west-1",
        wave: 1,
        state: "provisioning",
        sinceMs: nowMs - 60_000,
        nodesAttested: 1,
        nodesTotal: 2,
        fraction: 0.25,
        note: null,
      },
    ],
    ...changes,
  };
}

/** One script in one region of two nodes, both serving the stable revision. */
export function input(changes: Partial<OverviewInput> = {}): OverviewInput {
  return {
    nowMs,
    webUrl: "https://github.example/",
    regions: [
      {
        name: "eu-west-1",
        timezone: "Europe/Dublin",
        document: { generation: 7, issuedAtMs: nowMs - 120_000 },
      },
    ],
    nodes: [node("eu-1", 0, [instance()]), node("eu-2", 50, [instance()])],
    scripts: [{ name: "artwork", version: "4", owner: "team-art", repository: "acme/artwork" }],
    releases: [{ region: "eu-west-1", release: release() }],
    rollouts: [],
    pullRequests: [],
    refusedFiles: [],
    ...changes,
  };
}
