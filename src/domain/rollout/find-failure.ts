import { attestation } from "./attestation.ts";
import { heardBakes } from "./heard-bakes.ts";
import type { FirstWaveCanary } from "./first-wave-canary.ts";
import { type Health, type HealthSample, healthSample, judgeHealth, rememberedSample } from "./health.ts";
import type { Revision, RolloutInput, RolloutMemory } from "./rollout-input.ts";
import type { Hold, Release } from "#schemas/types.ts";

/** Requests that a stable revision must have answered to be remembered as what the next one is compared with. */
const rememberedRequestsMin = 10;

/** How long a warm-up may run out of time again and again, as it does on a busy machine, milliseconds. */
const patienceMs = 60_000;

interface Failure {
  readonly region: string;
  /** What stops the rollout: the revision itself, or only that the region cannot be reached. */
  readonly mode: "rollback" | "abort";
  readonly reason: string;
  readonly evidence: string;
}

/** The hold that takes the target back because of what its nodes say; null while nothing speaks against it. */
export function failureHold(input: RolloutInput, memory: RolloutMemory): Hold | null {
  const failures = input.fleet.regions
    .map(({ name }) => failureIn(input, name, memory))
    .filter((failure) => failure !== null);
  // A revision that fails somewhere is taken back everywhere, even where another region is only silent.
  const failure = failures.find(({ mode }) => mode === "rollback") ?? failures[0];
  if (failure === undefined) return null;
  const to = failure.mode === "rollback" ? previousRevision(input, failure.region, memory) : null;
  return holdOf(input, failure, to);
}

/** The hold that takes the target back because the canary before its first wave failed; null when it did not. */
export function canaryFailureHold(input: RolloutInput, canary: FirstWaveCanary): Hold | null {
  if (canary.kind !== "failed") return null;
  const { run, verdict } = canary;
  const failing = verdict.metrics.filter((metric) => metric.verdict === "fail");
  const evidence = [
    `canary ${run.id}: ${verdict.score}/100`,
    ...failing.map(({ label, reason }) => `${label}: ${reason}`),
  ];
  // No region has it, so none is to be moved: they only stay where they are.
  const stables = [...input.releases.values()].flatMap(({ stable }) => stable ?? []);
  const isOne = new Set(stables.map(({ digest }) => digest)).size === 1;
  const failure = {
    mode: "rollback",
    reason: `Its canary failed. ${verdict.reason}`,
    evidence: evidence.join("\n"),
  } as const;
  return holdOf(input, failure, (isOne ? stables[0] : null) ?? null);
}

function holdOf(
  { manifest, target, nowMs }: RolloutInput,
  { mode, reason, evidence }: Pick<Failure, "mode" | "reason" | "evidence">,
  to: Revision | null,
): Hold {
  return {
    kind: "Hold",
    script: manifest.name,
    version: manifest.version,
    mode,
    revision: { digest: target.digest, commit: target.commit },
    ...(to && { to: { digest: to.digest, commit: to.commit } }),
    reason: reason.slice(0, 1000),
    by: "showrunner",
    at: new Date(nowMs).toISOString(),
    evidence: evidence.slice(0, 2000),
  };
}

/** What is remembered, and what nodes say now: what stable revisions measure while they have nodes, and who is late. */
export function observe(input: RolloutInput, memory: RolloutMemory): RolloutMemory {
  const baselines: Record<string, HealthSample> = { ...memory.baselines };
  for (const { name } of input.fleet.regions) {
    const stable = input.releases.get(name)?.stable;
    if (!stable || stable.digest === input.target.digest) continue;
    const nodes = input.nodes.filter((node) => node.region === name);
    const sample = healthSample(nodes, stable.digest, input.othersLatencyMs(name));
    if (sample.requests >= rememberedRequestsMin) baselines[name] = rememberedSample(sample);
  }
  const previous = memory.previous ?? mostCommonStable(input);
  const waveStartedAtMs: Record<number, number> = { ...memory.waveStartedAtMs };
  for (const { rollout } of input.releases.values())
    if (rollout?.id === memory.id) waveStartedAtMs[rollout.wave] ??= Date.parse(rollout.waveStartedAt);
  const bakeStartedAtMs = heardBakes(input, memory.bakeStartedAtMs);
  const lateSinceMs = lateNodes(input, memory);
  return { ...memory, baselines, previous, waveStartedAtMs, bakeStartedAtMs, lateSinceMs };
}

function lateNodes({ nodes, target, nowMs }: RolloutInput, memory: RolloutMemory): Record<string, number> {
  const late: Record<string, number> = {};
  for (const { id, instances } of nodes) {
    const mine = instances.filter((instance) => instance.digest === target.digest);
    const since = memory.lateSinceMs[id];
    // Between two tries it provisions and warms up again, and is as late as before.
    if (mine.some((instance) => instance.isLate)) late[id] = since ?? nowMs;
    else if (since !== undefined && mine.length > 0 && !mine.some(({ state }) => state === "serving"))
      late[id] = since;
  }
  return late;
}

function failureIn(input: RolloutInput, name: string, memory: RolloutMemory): Failure | null {
  const { target, nowMs } = input;
  const region = input.fleet.regions.find((candidate) => candidate.name === name);
  const release = input.releases.get(name);
  if (!region || !release || !isExposed(release, target, memory, name)) return null;
  const nodes = input.nodes.filter((node) => node.region === name);
  if (release.next?.digest === target.digest) {
    const { nodesPct } = release.next;
    const sinceMs = release.rollout ? Date.parse(release.rollout.waveStartedAt) : nowMs;
    const attested = attestation({ region, nodes, digest: target.digest, nodesPct, sinceMs, nowMs });
    if (attested.kind === "failed") {
      const { cause, node, message } = attested;
      const reason =
        cause === "silence"
          ? `${node} in ${name} stopped reporting`
          : `${node} in ${name} could not take it: ${message}`;
      return { region: name, mode: cause === "silence" ? "abort" : "rollback", reason, evidence: reason };
    }
  }
  // Where most scripts fail, nothing can be blamed on one revision.
  if (input.alarms.some((alarm) => alarm.region === name)) return null;
  const late = nodes.find(({ id }) => nowMs - (memory.lateSinceMs[id] ?? nowMs) >= patienceMs);
  if (late) {
    const reason = `${late.id} in ${name} could not warm it up in ${patienceMs / 1000} s, try after try`;
    return { region: name, mode: "rollback", reason, evidence: reason };
  }
  const health = targetHealth(input, name, memory);
  if (health.kind !== "failing") return null;
  const evidence = `${name}: ${health.evidence}`;
  return { region: name, mode: "rollback", reason: `It fails in ${name}: ${health.evidence}`, evidence };
}

/** What a region's nodes say of the target, against what is remembered of the stable revision there. */
export function targetHealth(input: RolloutInput, region: string, memory: RolloutMemory): Health {
  const nodes = input.nodes.filter((node) => node.region === region);
  const others = input.othersLatencyMs(region);
  return judgeHealth(healthSample(nodes, input.target.digest, others), memory.baselines[region] ?? null);
}

/** Where this rollout has brought the target to: it is on its way, or was promoted after something else was measured. */
function isExposed(release: Release, target: Revision, memory: RolloutMemory, region: string): boolean {
  if (release.next) return release.next.digest === target.digest;
  return release.stable?.digest === target.digest && memory.baselines[region] !== undefined;
}

/** Where to go back to: what the failing region had, else what others still have, else what was there before. */
function previousRevision(input: RolloutInput, region: string, memory: RolloutMemory): Revision | null {
  const own = input.releases.get(region)?.stable;
  if (own && own.digest !== input.target.digest) return own;
  return mostCommonStable(input) ?? memory.previous;
}

function mostCommonStable(input: RolloutInput): Revision | null {
  const stables = [...input.releases.values()]
    .map((release) => release.stable)
    .filter((stable) => stable !== undefined && stable.digest !== input.target.digest);
  const byDigest = [...Map.groupBy(stables, (stable) => stable?.digest).values()];
  return byDigest.toSorted((a, b) => b.length - a.length)[0]?.[0] ?? null;
}
