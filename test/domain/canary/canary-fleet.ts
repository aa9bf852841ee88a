import type { CanaryNode } from "#domain/canary/canary-node.ts";
import type { CanaryPolicy } from "#domain/canary/canary-policy.ts";
import { canaryPath } from "#domain/canary/canary-file.ts";
import { type CanaryDecision, type CanaryInput, decideCanary } from "#domain/canary/decide-canary.ts";
import type { Measurement } from "#domain/canary/measurement.ts";
import type { Run } from "#domain/canary/run.ts";
import type { RunVerdict } from "#domain/canary/verdict.ts";
import { parseCanaryRun } from "#domain/manifest/parse-manifest.ts";
import type { CanaryRun as CanaryFile, Release } from "#schemas/types.ts";
import { fleetOf, revision } from "../rollout/rollout-fleet.ts";

export const startMs = Date.parse("2026-11-02T10:00:00Z");
export const regions = ["eu-west-1", "us-east-1"];

export const policy: CanaryPolicy = {
  sharePct: 5,
  stickyBy: "user",
  regions: null,
  maxDurationMs: 60_000,
  atRollout: "untried",
  minRequests: 100,
  metrics: null,
  thresholds: { pass: 95, marginal: 75 },
};

export function runOf(id: string, candidate: string, rest: Partial<Run> = {}): Run {
  return {
    id,
    script: "artwork",
    version: "4",
    repositoryId: 12,
    pull: 7,
    headSha: "d".repeat(40),
    cause: "pullRequest",
    candidate: revision(candidate),
    policy,
    requestedAtMs: startMs,
    stop: null,
    phase: { kind: "queued", behind: null },
    ...rest,
  };
}

export function releaseOf(stable: string, next?: string): Release {
  return {
    kind: "Release",
    script: "artwork",
    version: "4",
    source: { repoId: 12, repo: "acme/artwork", path: "." },
    stable: revision(stable),
    ...(next !== undefined && { next: { ...revision(next), nodesPct: 50 } }),
  };
}

export const stillRunning: RunVerdict = {
  phase: "running",
  score: 100,
  reason: "No regression so far.",
  metrics: [],
  missing: { requestsHave: 3, requestsNeeded: 100, aboutMs: 9_000 },
};

export const passed: RunVerdict = {
  phase: "decided",
  verdict: "pass",
  score: 100,
  reason: "Fine.",
  metrics: [],
};

/** One script's canaries over time: what is decided is committed to its files and kept, as the controller does. */
export class CanaryFleet {
  nowMs = startMs;
  readonly files = new Map<string, CanaryFile>();
  releases = new Map<string, Release>(regions.map((region) => [region, releaseOf("a")]));
  nodes: CanaryNode[] = [];
  measurements: Measurement[] = [];
  blocked: string | null = null;
  isRolloutBeginning = false;
  verdict: RunVerdict = stillRunning;
  runs: Run[] = [];
  /** What the judge was last asked about. */
  asked: Parameters<CanaryInput["judge"]> | null = null;

  look(afterMs = 0): CanaryDecision {
    this.nowMs += afterMs;
    const decision = decideCanary({
      nowMs: this.nowMs,
      fleet: fleetOf(regions),
      firstWave: ["eu-west-1"],
      releases: this.releases,
      blocked: this.blocked,
      isRolloutBeginning: this.isRolloutBeginning,
      runs: this.runs.filter(({ phase }) => phase.kind !== "ended"),
      files: [...this.files.values()],
      nodes: this.nodes,
      measurements: this.measurements,
      custom: new Map(),
      judge: (...question) => {
        this.asked = question;
        return this.verdict;
      },
    });
    for (const { path, content } of decision.changes) this.#write(path, content);
    const ended = this.runs.filter(({ phase }) => phase.kind === "ended");
    this.runs = [...ended, ...decision.runs];
    return decision;
  }

  /** Both sides of the run come up on a node, or the canary fails there. */
  report(id: string, run: Run, state: "serving" | "warming" | "failed" = "serving"): void {
    const instance = (role: "canary" | "baseline", digest: string, its: typeof state) => ({
      role,
      digest,
      state: its,
      error: its === "failed" ? "the table of moods is missing" : null,
    });
    const node: CanaryNode = {
      id,
      region: "eu-west-1",
      receivedAtMs: this.nowMs,
      reportedAtMs: this.nowMs,
      instances: [
        instance("canary", run.candidate.digest, state),
        instance("baseline", revision("a").digest, state === "failed" ? "serving" : state),
      ],
    };
    this.nodes = [...this.nodes.filter((known) => known.id !== id), node];
  }

  phaseOf(id: string): Run["phase"] {
    const run = this.runs.find((known) => known.id === id);
    if (!run) throw new Error(`no run ${id}`);
    return run.phase;
  }

  /** An ask from outside: a person, or the pull request. */
  stop(id: string, stop: NonNullable<Run["stop"]>): void {
    this.runs = this.runs.map((run) => (run.id === id ? { ...run, stop } : run));
  }

  #write(path: string, content: string | null): void {
    if (content === null) {
      const gone = [...this.files.keys()].find((id) => canaryPath(id) === path);
      if (gone !== undefined) this.files.delete(gone);
      return;
    }
    const parsed = parseCanaryRun(content, path);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    this.files.set(parsed.manifest.runId, parsed.manifest);
  }
}
