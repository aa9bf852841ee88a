import type { Overview, OverviewInput, RolloutInput } from "./overview-model.ts";
import { promiseRecord } from "#domain/rollout/promise-record.ts";
import type { Release } from "#schemas/types.ts";
import { buildCell } from "./overview-cell.ts";
import { type ObservedNode, observeNodes, unitName } from "./overview-nodes.ts";
import { type RolloutOutlook, buildRollout, rolloutOutlook } from "./overview-rollout.ts";
import { statusLine } from "./overview-status.ts";

export type * from "./overview-model.ts";

/** How many ended rollouts the overview carries. */
const endedMax = 20;

/** Compares what git declares with what the nodes report, and says in words how the fleet stands. */
export function buildOverview(input: OverviewInput): Overview {
  const nodes = observeNodes(input.nodes, input.nowMs);
  const inFlight = orderInFlight(input);
  const ended = input.rollouts
    .filter((rollout) => rollout.endedAtMs !== null)
    .toSorted((a, b) => Number(b.endedAtMs) - Number(a.endedAtMs) || byText(a.id, b.id))
    .slice(0, endedMax);
  const regions = buildRegions(input, nodes);
  const scripts = buildScripts(input, nodes, inFlight);
  const { nowMs, pullRequests, refusedFiles } = input;
  return {
    generatedAt: new Date(nowMs).toISOString(),
    status: statusLine({ nowMs, regions, scripts, rollouts: inFlight, pullRequests, refusedFiles }),
    regions,
    scripts,
    rollouts: [...inFlight, ...ended].map(buildRollout),
    pullRequests,
    promises: promiseRecord(input.rollouts),
    refusedFiles,
  };
}

type NodesByRegion = ReadonlyMap<string, readonly ObservedNode[]>;

function buildRegions(input: OverviewInput, nodes: NodesByRegion): Overview["regions"] {
  const problems = new Map(input.nodes.map((node) => [node.id, node.last?.report.problems ?? []]));
  return input.regions.map(({ name, timezone }) => ({
    name,
    timezone,
    nodes: (nodes.get(name) ?? []).map((node) => ({
      id: node.id,
      state: node.state,
      reportedAt: node.receivedAtMs === null ? null : new Date(node.receivedAtMs).toISOString(),
      generation: node.generation,
      problems: problems.get(node.id) ?? [],
    })),
  }));
}

function buildScripts(
  input: OverviewInput,
  nodes: NodesByRegion,
  inFlight: readonly RolloutInput[],
): Overview["scripts"] {
  const releases = new Map<string, Release>(
    input.releases.map(({ region, release }) => [
      `${unitName(release.script, release.version)}/${region}`,
      release,
    ]),
  );
  const failures = new Map(
    inFlight.flatMap((rollout) =>
      rollout.regions
        .filter(({ state }) => state === "rollingBack")
        .map(({ region, note }) => [
          `${unitName(rollout.script, rollout.version)}/${region}`,
          note ?? `Rollout ${rollout.id} failed here.`,
        ]),
    ),
  );
  return input.scripts.toSorted(byNameAndVersion).map((script) => {
    const unit = unitName(script.name, script.version);
    const repositoryUrl = `${input.webUrl.replace(/\/+$/, "")}/${script.repository}`;
    return {
      name: script.name,
      version: script.version,
      owner: script.owner,
      repository: { fullName: script.repository, url: repositoryUrl },
      regions: input.regions.map((region) =>
        buildCell({
          unit,
          region,
          nodes: nodes.get(region.name) ?? [],
          release: releases.get(`${unit}/${region.name}`) ?? null,
          rolloutFailure: failures.get(`${unit}/${region.name}`) ?? null,
          repositoryUrl,
          nowMs: input.nowMs,
        }),
      ),
    };
  });
}

const urgency: readonly RolloutOutlook[] = ["failing", "held", "late", "onTime"];

function orderInFlight(input: OverviewInput): RolloutInput[] {
  const rank = (rollout: RolloutInput): number => urgency.indexOf(rolloutOutlook(rollout, input.nowMs));
  return input.rollouts
    .filter((rollout) => rollout.endedAtMs === null)
    .toSorted((a, b) => rank(a) - rank(b) || a.startedAtMs - b.startedAtMs || byText(a.id, b.id));
}

function byNameAndVersion(
  a: { name: string; version: string },
  b: { name: string; version: string },
): number {
  return byText(a.name, b.name) || a.version.localeCompare(b.version, "en", { numeric: true });
}

function byText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
