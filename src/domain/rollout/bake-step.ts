import { assertNever } from "#domain/assert-never.ts";
import { requestsOf, servedForMs } from "./attestation.ts";
import { bakeState } from "./bake.ts";
import { targetHealth } from "./find-failure.ts";
import { type ReleaseWrite, promoteWrite, startWrite } from "./release-writes.ts";
import type { RolloutInput, RolloutMemory } from "./rollout-input.ts";
import type { RolloutPhase } from "./rollout-phase.ts";
import { startGate } from "./start-gate.ts";
import { stopIn } from "./stops.ts";
import { type WaveMove, frozen, recheckMs } from "./wave-move.ts";

/** Every region of the wave attests the target on all its nodes: observe it, then promote it and start the next wave in one commit. */
export function bakeStep(
  input: RolloutInput,
  waves: readonly string[][],
  index: number,
  memory: RolloutMemory,
): WaveMove {
  const { nowMs, target } = input;
  const wave = index + 1;
  const regions = waves[index] ?? [];
  const nodes = input.nodes.filter((node) => regions.includes(node.region));
  // A clock that was set back begins the bake anew instead of stopping it until it has caught up.
  const beganAtMs = Math.min(memory.bakeStartedAtMs[wave] ?? nowMs, nowMs);
  // One that was set forward is not believed beyond what the nodes' own clocks saw.
  const servedMs = regions.map((region) => {
    const here = nodes.filter((node) => node.region === region);
    return servedForMs(here, target.digest, nowMs) ?? Number.POSITIVE_INFINITY;
  });
  const sinceMs = Math.max(beganAtMs, nowMs - Math.min(...servedMs));
  const policy = input.manifest.rollout.bake;
  const requests = requestsOf(nodes, target.digest);
  const doubts = doubtsAbout(input, regions, memory);
  const bake = bakeState(policy, sinceMs, requests, nowMs, doubts === null ? "good" : "unclear");
  const bakes = { bakeStartedAtMs: { ...memory.bakeStartedAtMs, [wave]: beganAtMs } };
  switch (bake.kind) {
    case "observing": {
      const requeueAfterMs = Math.min(recheckMs, Math.max(0, bake.untilMs - nowMs));
      const phase: RolloutPhase = { kind: "baking", wave, sinceMs, untilMs: bake.untilMs, requests };
      return { phase, writes: [], memory: bakes, requeueAfterMs };
    }
    case "held": {
      const { minRequests } = policy;
      const reason = doubts ?? `${requests} of ${minRequests} requests seen`;
      const phase: RolloutPhase = { kind: "held", wave, requests, minRequests, reason };
      return { phase, writes: [], memory: bakes, requeueAfterMs: recheckMs };
    }
    case "enough":
    case "unproven": {
      const unproven = memory.unproven || bake.kind === "unproven";
      const promotions = regions
        .map((region) => promoteWrite(input, region))
        .filter((write) => write !== null);
      return advance(input, waves, index, { ...memory, ...bakes, unproven }, promotions);
    }
    default:
      return assertNever(bake);
  }
}

/** What speaks against the revision in one of the regions without proving it; null when it looks as good as the stable one. */
function doubtsAbout(input: RolloutInput, regions: readonly string[], memory: RolloutMemory): string | null {
  for (const region of regions) {
    const alarm = input.alarms.find((candidate) => candidate.region === region);
    if (alarm) return alarm.reason;
    const health = targetHealth(input, region, memory);
    if (health.kind === "unclear") return `${region}: ${health.evidence}`;
  }
  return null;
}

function advance(
  input: RolloutInput,
  waves: readonly string[][],
  index: number,
  memory: RolloutMemory,
  promotions: readonly ReleaseWrite[],
): WaveMove {
  const regions = waves[index + 1];
  if (!regions) {
    const phase: RolloutPhase = { kind: "completed", unproven: memory.unproven };
    return { phase, writes: promotions, memory, requeueAfterMs: null };
  }
  const wave = index + 2;
  const stop = stopIn(input.stops, regions);
  if (stop) return { ...frozen(stop, wave, input.nowMs), writes: promotions, memory };
  const next = input.fleet.regions.filter(
    ({ name }) => regions.includes(name) && input.releases.get(name)?.stable?.digest !== input.target.digest,
  );
  const gate = startGate(input, next, wave);
  if (gate.kind === "closed")
    return { phase: gate.phase, writes: promotions, memory, requeueAfterMs: gate.requeueAfterMs };
  return {
    phase: { kind: "provisioning", wave, waitingFor: [], unreachable: [] },
    writes: [...promotions, ...next.map(({ name }) => startWrite(input, name, wave, memory))],
    memory,
    requeueAfterMs: recheckMs,
  };
}
