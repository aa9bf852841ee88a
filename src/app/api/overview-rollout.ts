import type { OverviewRollout, RolloutInput } from "./overview-model.ts";
import { assertNever } from "#domain/assert-never.ts";

/** The rollout as the page shows it, its phase put into words. */
export function buildRollout(rollout: RolloutInput): OverviewRollout {
  const waves = Math.max(1, ...rollout.regions.map((region) => region.wave));
  const wave = waveOf(rollout, waves);
  return {
    id: rollout.id,
    script: rollout.script,
    version: rollout.version,
    commit: rollout.commit,
    digest: rollout.digest,
    phase: rollout.phase.kind,
    phaseText: phaseText(rollout, wave, waves),
    wave,
    waves,
    percent: rollout.percent,
    startedAt: isoTime(rollout.startedAtMs),
    promisedBy: isoTime(rollout.promisedByMs),
    expectedBy: isoTime(rollout.expectedByMs),
    completedAt: rollout.endedAtMs === null ? null : isoTime(rollout.endedAtMs),
    pullRequest: rollout.pullRequest,
    regions: rollout.regions.map((region) => ({
      region: region.region,
      wave: region.wave,
      state: region.state,
      since: region.sinceMs === null ? null : isoTime(region.sinceMs),
      nodesAttested: region.nodesAttested,
      nodesTotal: region.nodesTotal,
      fraction: region.fraction,
      note: region.note,
    })),
  };
}

/** In the order in which they need a person. */
export type RolloutOutlook = "failing" | "held" | "paused" | "frozen" | "late" | "onTime";

/** How a rollout in flight stands against its promise. */
export function rolloutOutlook(rollout: RolloutInput, nowMs: number): RolloutOutlook {
  const { kind } = rollout.phase;
  if (kind === "rollingBack" || kind === "refused" || failingRegions(rollout).length > 0) {
    return "failing";
  }
  if (kind === "held" || kind === "paused" || kind === "frozen") {
    return kind;
  }
  return Math.max(nowMs, rollout.expectedByMs) > rollout.promisedByMs ? "late" : "onTime";
}

export function failingRegions(rollout: RolloutInput): string[] {
  return rollout.regions.filter((region) => region.state === "rollingBack").map((region) => region.region);
}

function waveOf(rollout: RolloutInput, waves: number): number {
  const open = rollout.regions.filter((region) => region.state !== "done").map((region) => region.wave);
  return "wave" in rollout.phase ? rollout.phase.wave : Math.min(waves, ...open);
}

function phaseText(rollout: RolloutInput, wave: number, waves: number): string {
  const { phase } = rollout;
  const place = `Wave ${wave} of ${waves}`;
  switch (phase.kind) {
    case "refused":
      return `Not started: ${phase.reason}`;
    case "collecting":
      return `Waits for the merges of ${phase.missing.join(", ")} (${phase.change})`;
    case "waitingForWindow":
      return `${place}, waiting for the window of ${phase.regions.join(", ")}`;
    case "waitingForAlarm":
      return `${place}, not started: ${phase.reason}`;
    case "frozen":
      return `${place}, frozen (${phase.freeze}): ${phase.reason}`;
    case "paused":
      return `${place}, paused by ${phase.by}: ${phase.reason}`;
    case "withdrawing":
      return `Takes back what was on its way in ${phase.regions.join(", ")} first`;
    case "canarying": {
      const where = phase.regions.join(", ");
      return phase.untilMs === null
        ? `${place}, waits for its canary in ${where}`
        : `${place}, canary in ${where} until ${isoTime(phase.untilMs).slice(11, 19)} UTC at the latest`;
    }
    case "warming":
      return `${place}, warming up${inRegions(rollout, "provisioning")}`;
    case "shifting":
      return `${place}, ${phase.attested} of ${phase.total} nodes${inRegions(rollout, "provisioning")}`;
    case "provisioning":
      return `${place}, provisioning${inRegions(rollout, "provisioning")}`;
    case "baking":
      return `${place}, baking${inRegions(rollout, "baking")}`;
    case "held":
      return `${place}, held: ${phase.reason}`;
    case "rollingBack":
      return `Rolling back in ${phase.regions.join(", ")}: ${phase.reason}`;
    case "rolledBack":
      return `Rolled back${phase.to === null ? "" : ` to ${phase.to.slice(0, 7)}`}: ${phase.reason}`;
    case "aborted":
      return `Aborted by ${phase.by}: ${phase.reason}`;
    case "completed":
      return `Live in ${rollout.regions.length} ${rollout.regions.length === 1 ? "region" : "regions"}${
        phase.unproven ? ", unproven: without enough evidence" : ""
      }`;
    case "superseded":
      return `Superseded by ${phase.by}`;
    default:
      return assertNever(phase);
  }
}

function inRegions(rollout: RolloutInput, state: "provisioning" | "baking"): string {
  const names = rollout.regions.filter((region) => region.state === state).map((region) => region.region);
  return names.length === 0 ? "" : ` in ${names.join(", ")}`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
