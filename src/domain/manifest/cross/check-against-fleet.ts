import { formatDuration } from "../duration.ts";
import { shortestRollout, type ShortestRollout } from "../../rollout/shortest-rollout.ts";
import { canaryMsMax } from "../../rollout/canary-time.ts";
import { checkEgressGrants } from "./check-egress-grants.ts";
import { checkRegions, reportUnknownRegion } from "./check-regions.ts";
import { releasePath } from "../check-release.ts";
import type { FleetManifest } from "../fleet-manifest.ts";
import { START, type DocumentPath } from "../located-document.ts";
import { closest } from "../closest.ts";
import type { ProblemCode } from "../problem-codes.ts";
import type { ReadManifest } from "../read-manifest.ts";
import { scriptFromSource } from "../script-from-source.ts";
import type { RolloutPolicy } from "../script-manifest.ts";
import type { FileSet } from "./file-set.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const POLICY_CODES: ReadonlySet<ProblemCode> = new Set([
  "unknown-region",
  "missing-region",
  "region-repeated",
  "waves-with-global",
  "bake-order",
  "bad-window",
  "out-of-range",
] as const);

/** Holds every manifest against the fleet: regions, caps, egress and promises. `fleetFile` is what messages call it. */
export function checkAgainstFleet(
  set: FileSet,
  fleet: FleetManifest,
  fleetFile: string,
  nowMs: number,
): void {
  // Most scripts of a folder share a few policies, and trying one means looking at weeks of windows.
  const tried = new Map<string, ShortestRollout>();
  const shortestOf = (rollout: RolloutPolicy, canaryMs: number): ShortestRollout => {
    const key = JSON.stringify([rollout, canaryMs]);
    const known = tried.get(key) ?? shortestRollout(rollout, fleet, nowMs, canaryMs);
    tried.set(key, known);
    return known;
  };
  for (const read of set.scripts) {
    checkRegions(read, fleet, fleetFile);
    checkEgressGrants(read, fleet, fleetFile);
    checkCaps(read, fleet, fleetFile);
    if (hasWholePolicy(read)) checkPromise(read, shortestOf);
  }
  for (const read of set.releases) {
    const path = releasePath(read.file);
    if (path !== null) reportUnknownRegion(read, START, path.region, fleet, fleetFile);
  }
  for (const read of set.kills) {
    for (const [index, region] of read.source.regions.entries()) {
      reportUnknownRegion(read, read.document.at(["regions", index]), region, fleet, fleetFile);
    }
  }
  for (const read of set.canaries) {
    for (const [index, region] of read.source.regions.entries()) {
      reportUnknownRegion(read, read.document.at(["regions", index]), region, fleet, fleetFile);
    }
    checkShare(read, ["sharePct"], read.source.sharePct, fleet, fleetFile);
  }
  checkScopes(set, fleet, fleetFile);
  for (const read of set.experiments) {
    for (const [index, region] of (read.source.regions ?? []).entries()) {
      reportUnknownRegion(read, read.document.at(["regions", index]), region, fleet, fleetFile);
    }
  }
}

/** Freezes and kills name regions and groups that exist. */
function checkScopes(set: FileSet, fleet: FleetManifest, fleetFile: string): void {
  const groups = set.groups.map((read) => read.source.name);
  for (const read of [...set.freezes, ...set.kills]) {
    const at = read.document.at(["scope"]);
    const [kind, name = ""] = read.source.scope.split(":", 2);
    if (kind === "region") reportUnknownRegion(read, at, name, fleet, fleetFile);
    if (kind !== "group" || groups.includes(name)) continue;
    const meant = closest(name, groups);
    const hint = meant === null ? "" : ` Did you mean "${meant}"?`;
    // Its file may only not be among those that are checked.
    read.problems.warning(at, "unknown-group", `No group "${name}" is declared here.${hint}`, meant);
  }
}

/** A policy with errors has no timetable. */
function hasWholePolicy(read: ReadManifest<"Script">): boolean {
  const { value } = read.document;
  const written =
    typeof value === "object" && value !== null && "rollout" in value ? value.rollout : undefined;
  const isKept = JSON.stringify(written) === JSON.stringify(read.source.rollout);
  return isKept && !read.problems.hasAny(POLICY_CODES);
}

function checkCaps(read: ReadManifest<"Script">, fleet: FleetManifest, fleetFile: string): void {
  const { source, document, problems } = read;
  if (source.canary !== undefined) {
    checkShare(read, ["canary", "sharePct"], source.canary.sharePct, fleet, fleetFile);
    for (const [index, region] of (source.canary.regions ?? []).entries()) {
      reportUnknownRegion(read, document.at(["canary", "regions", index]), region, fleet, fleetFile);
    }
  }
  if (source.rollout?.strategy === "global" && fleet.allowGlobal !== true) {
    const message = `${fleetFile} does not allow rollouts to all regions at once (allowGlobal).`;
    problems.error(document.at(["rollout", "strategy"]), "global-not-allowed", message, "staged");
  }
}

function checkShare(
  read: ReadManifest<"Script"> | ReadManifest<"CanaryRun">,
  path: DocumentPath,
  sharePct: number,
  fleet: FleetManifest,
  fleetFile: string,
): void {
  const capPct = fleet.caps.canaryExposurePct;
  if (sharePct <= capPct) return;
  const message = `sharePct is ${sharePct}, and ${fleetFile} lets a canary take at most ${capPct} percent.`;
  read.problems.error(read.document.at(path), "canary-over-cap", message, String(capPct));
}

function checkPromise(
  read: ReadManifest<"Script">,
  shortestOf: (rollout: RolloutPolicy, canaryMs: number) => ShortestRollout,
): void {
  const manifest = scriptFromSource(read.source);
  const { rollout } = manifest;
  const canaryMs = canaryMsMax(manifest);
  const shortest = shortestOf(rollout, canaryMs);
  if (shortest.kind === "neverOpen") {
    const names = shortest.regions.join(" and ");
    const why =
      shortest.regions.length > 1
        ? `${names} are never open at the same time`
        : `${names} is never open in the hours that the script allows`;
    const hasWaves = read.source.rollout?.waves !== undefined;
    const at = hasWaves
      ? read.document.at(["rollout", "waves", shortest.wave])
      : read.document.atKey(["rollout", rollout.windows === undefined ? "strategy" : "windows"]);
    read.problems.error(at, "no-common-window", `Wave ${shortest.wave + 1} can never start: ${why}.`);
    return;
  }
  const limitMs = rollout.completeWithinMs;
  if (limitMs === null || shortest.lengthMs <= limitMs) return;
  const waves = shortest.plan.waves.length;
  const waiting =
    shortest.waitingMs > 0 ? ` and ${formatDuration(shortest.waitingMs)} of waiting for windows` : "";
  const trying = canaryMs > 0 ? `, ${formatDuration(canaryMs)} for the canary before them` : "";
  const message =
    `completeWithin is ${formatDuration(limitMs)}, but the shortest possible rollout takes ` +
    `${formatDuration(shortest.lengthMs)}: ${waves === 1 ? "1 wave" : `${waves} waves`} of provisioning and ` +
    `up to ${formatDuration(rollout.bake.maxMs)} of bake each${trying}${waiting}.`;
  const fix =
    shortest.lengthMs < 3 * HOUR_MS
      ? `${Math.ceil(shortest.lengthMs / MINUTE_MS)}m`
      : `${Math.ceil(shortest.lengthMs / HOUR_MS)}h`;
  read.problems.error(read.document.at(["rollout", "completeWithin"]), "promise-impossible", message, fix);
}
