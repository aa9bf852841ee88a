import type { CanaryConclusion } from "#domain/canary/pull-request-canaries.ts";
import type { PromiseRecord } from "#domain/rollout/promise-record.ts";
import type { RegionProgress } from "#domain/rollout/region-progress.ts";
import type { RolloutPhase } from "#domain/rollout/rollout-phase.ts";
import type { NodeProblem, NodeReport, Release } from "#schemas/types.ts";

/** What the first page shows. All times are RFC 3339 UTC; percentages are 0 to 100. */
export interface Overview {
  readonly generatedAt: string;
  readonly status: { readonly level: StatusLevel; readonly text: string };
  /** In the order of fleet.yaml. */
  readonly regions: readonly OverviewRegion[];
  /** By name, then version; `regions` in the order of fleet.yaml. */
  readonly scripts: readonly OverviewScript[];
  /** In flight first (failing, late, then the oldest), after them the ended ones, newest first. */
  readonly rollouts: readonly OverviewRollout[];
  readonly pullRequests: readonly OverviewPullRequest[];
  /** How the latest rollouts kept their promises. */
  readonly promises: PromiseRecord;
  /** Files of the fleet repository that are not valid; what they said before is in force. */
  readonly refusedFiles: readonly RefusedFile[];
}

export interface RefusedFile {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type StatusLevel = "ok" | "moving" | "attention";

export interface OverviewRegion {
  readonly name: string;
  /** IANA name. */
  readonly timezone: string;
  readonly nodes: readonly OverviewNode[];
}

export interface OverviewNode {
  readonly id: string;
  readonly state: NodeState;
  /** When its last report arrived; null when none ever did. */
  readonly reportedAt: string | null;
  /** Of the region document it has in force. */
  readonly generation: number | null;
  readonly problems: readonly NodeProblem[];
}

export type NodeState = "ready" | "starting" | "draining" | "unreachable";

export interface OverviewScript {
  readonly name: string;
  readonly version: string;
  readonly owner: string;
  readonly repository: { readonly fullName: string; readonly url: string };
  readonly regions: readonly OverviewCell[];
}

/** One version of a script in one region. */
export interface OverviewCell {
  readonly region: string;
  readonly stable: RevisionLink | null;
  readonly next: (RevisionLink & { readonly nodesPct: number }) | null;
  /** What each node last said it runs in the role "stable"; state "unreachable" marks an old saying. */
  readonly serving: readonly ServingInstance[];
  readonly state: CellState;
  /** Why, in words; null when there is nothing to add. */
  readonly note: string | null;
}

export interface RevisionLink {
  readonly digest: string;
  readonly commit: string;
  readonly commitUrl: string;
}

export interface ServingInstance {
  readonly node: string;
  readonly digest: string;
  readonly state: "provisioning" | "warming" | "serving" | "draining" | "failed" | "unreachable";
}

/** "unknown" is never good: somebody's report is missing. "absent": git declares nothing here. */
export type CellState = "serving" | "rolling" | "drift" | "failed" | "unknown" | "absent";

export interface OverviewRollout {
  readonly id: string;
  readonly script: string;
  readonly version: string;
  readonly commit: string;
  readonly digest: string;
  readonly phase: RolloutPhase["kind"];
  /** The phase in words, with where and why. */
  readonly phaseText: string;
  /** From 1. */
  readonly wave: number;
  readonly waves: number;
  /** Below 100 until it has completed. */
  readonly percent: number;
  readonly startedAt: string;
  readonly promisedBy: string;
  readonly expectedBy: string;
  /** When it ended in whatever way; null while it is in flight or waits for a person. */
  readonly completedAt: string | null;
  readonly pullRequest: PullRequestLink | null;
  readonly regions: readonly OverviewRolloutRegion[];
}

export interface OverviewRolloutRegion {
  readonly region: string;
  readonly wave: number;
  readonly state: RolloutRegionState;
  readonly since: string | null;
  readonly nodesAttested: number;
  readonly nodesTotal: number;
  /** Share of the work in this region that is done, 0 to 1. */
  readonly fraction: number;
  readonly note: string | null;
}

export type RolloutRegionState = RegionProgress["state"];

interface PullRequestLink {
  readonly number: number;
  readonly url: string;
  readonly title: string;
}

export interface OverviewPullRequest extends PullRequestLink {
  /** owner/name. */
  readonly repository: string;
  /** As `<name>@<version>`. */
  readonly scripts: readonly string[];
  readonly verdict: "valid" | "invalid" | "pending";
  /** How its canaries stand, all its scripts together; null where nothing is tried. */
  readonly canary: CanaryConclusion | null;
}

/** Everything the overview is derived from, as plain data; times are epoch milliseconds. */
export interface OverviewInput {
  readonly nowMs: number;
  /** Where GitHub's web pages are, such as "https://github.com". */
  readonly webUrl: string;
  /** In the order of fleet.yaml. */
  readonly regions: readonly RegionInput[];
  readonly nodes: readonly NodeInput[];
  readonly scripts: readonly ScriptInput[];
  /** All of releases/ at the fleet repository's head. */
  readonly releases: readonly { readonly region: string; readonly release: Release }[];
  readonly rollouts: readonly RolloutInput[];
  readonly pullRequests: readonly OverviewPullRequest[];
  readonly refusedFiles: readonly RefusedFile[];
}

export interface RegionInput {
  readonly name: string;
  readonly timezone: string;
  /** The document that the releases amount to; a node that has an older one gets a moment to catch up. */
  readonly document: { readonly generation: number; readonly issuedAtMs: number } | null;
}

export interface NodeInput {
  readonly id: string;
  readonly region: string;
  /** In [0, 100), see docs/adr/0002-nodes-have-slots.md. */
  readonly slot: number;
  readonly last: { readonly report: NodeReport; readonly receivedAtMs: number } | null;
}

interface ScriptInput {
  readonly name: string;
  readonly version: string;
  readonly owner: string;
  /** owner/name. */
  readonly repository: string;
}

export interface RolloutInput {
  readonly id: string;
  readonly script: string;
  readonly version: string;
  readonly commit: string;
  readonly digest: string;
  readonly phase: RolloutPhase;
  /** 0 to 100. */
  readonly percent: number;
  readonly startedAtMs: number;
  readonly promisedByMs: number;
  readonly expectedByMs: number;
  /** null while it is in flight, and while a failed or held one still waits for a person. */
  readonly endedAtMs: number | null;
  readonly pullRequest: PullRequestLink | null;
  /** In the order of the waves. */
  readonly regions: readonly RegionProgress[];
}
