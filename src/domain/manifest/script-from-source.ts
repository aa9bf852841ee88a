import type { RevisionSettings, Script } from "#schemas/types.ts";
import type { CanaryPolicy } from "../canary/canary-policy.ts";
import { parseWindow } from "../rollout/windows.ts";
import { parseDurationMs } from "./duration.ts";
import type { RolloutPolicy, ScriptManifest } from "./script-manifest.ts";
import { upgradesPolicy } from "./upgrades-policy.ts";

const VERSION_DEFAULT = "1";
const LIMIT_DEFAULTS = { memoryMb: 64, cpuMs: 500, wallMs: 1500, concurrency: 64, responseMb: 8 } as const;
const WARMUP_DEFAULTS = { times: 1, timeout: "2s" } as const;
const CANARY_DEFAULTS = {
  maxDuration: "30m",
  atRollout: "untried",
  minRequests: 100,
  thresholds: { pass: 95, marginal: 75 },
} as const;
const BAKE_DEFAULTS = { min: "10m", max: "20m", minRequests: 100, onTooLittleData: "hold" } as const;

/** The manifest with every default filled in; its durations and windows must have been checked. */
export function scriptFromSource(source: Script): ScriptManifest {
  return {
    name: source.name,
    version: source.version ?? VERSION_DEFAULT,
    owner: source.owner,
    labels: source.labels ?? {},
    entry: source.entry,
    settings: settingsOf(source),
    dependsOn: source.dependsOn ?? [],
    rollout: rolloutOf(source),
    canary: source.canary === undefined ? null : canaryOf(source.canary),
    ...(source.upgrades !== undefined && { upgrades: upgradesPolicy(source.upgrades) }),
    prune: source.prune ?? true,
  };
}

function settingsOf(source: Script): RevisionSettings {
  return {
    schema: 1,
    name: source.name,
    version: source.version ?? VERSION_DEFAULT,
    route: source.route ?? `/${source.name}`,
    warmup: (source.warmup ?? []).map((request) => ({
      path: request.path,
      times: request.times ?? WARMUP_DEFAULTS.times,
      timeoutMs: durationMs(request.timeout ?? WARMUP_DEFAULTS.timeout),
    })),
    limits: { ...LIMIT_DEFAULTS, ...source.limits },
    egress: source.egress ?? [],
    secrets: source.secrets ?? [],
    // Left out where there are none: what says nothing of values keeps its digest.
    ...(source.values !== undefined && { values: source.values }),
  };
}

function canaryOf(canary: NonNullable<Script["canary"]>): CanaryPolicy {
  return {
    sharePct: canary.sharePct,
    stickyBy: canary.stickyBy ?? null,
    regions: canary.regions ?? null,
    maxDurationMs: durationMs(canary.maxDuration ?? CANARY_DEFAULTS.maxDuration),
    atRollout: canary.atRollout ?? CANARY_DEFAULTS.atRollout,
    minRequests: canary.minRequests ?? CANARY_DEFAULTS.minRequests,
    metrics: canary.metrics ?? null,
    thresholds: { ...CANARY_DEFAULTS.thresholds, ...canary.thresholds },
  };
}

function rolloutOf(source: Script): RolloutPolicy {
  const rollout = source.rollout ?? {};
  const bake = { ...BAKE_DEFAULTS, ...rollout.bake };
  const minMs = durationMs(bake.min);
  // A long `min` alone moves `max` along, and a short `max` alone moves `min`.
  const maxMs =
    rollout.bake?.max === undefined ? Math.max(minMs, durationMs(bake.max)) : durationMs(bake.max);
  const windows = (rollout.windows ?? []).map(parseWindow).filter((window) => window !== null);
  return {
    strategy: rollout.strategy ?? "staged",
    waves: rollout.waves ?? null,
    bake: {
      minMs: rollout.bake?.min === undefined ? Math.min(minMs, maxMs) : minMs,
      maxMs,
      minRequests: bake.minRequests,
      onTooLittleData: bake.onTooLittleData,
    },
    ...(windows.length > 0 ? { windows } : {}),
    completeWithinMs: rollout.completeWithin === undefined ? null : durationMs(rollout.completeWithin),
  };
}

function durationMs(text: string): number {
  const parsed = parseDurationMs(text);
  if (parsed === null) throw new Error(`not a duration although the schema was met: ${text}`);
  return parsed;
}
