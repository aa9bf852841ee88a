import { describe, expect, it } from "@jest/globals";
import { RolloutFleet, revision, script } from "./rollout-fleet.ts";

/** Half to three times the mean, as provisioning, warm-up and traffic vary in practice; the mean is kept. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return this.#state / 2_147_483_647;
  }

  spread(mean: number): number {
    const between = (low: number, high: number) => low + this.next() * (high - low);
    return mean * (this.next() < 0.8 ? between(0.5, 1) : between(1, 3));
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.next() * list.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }
}

interface Measured {
  readonly promisedMs: number;
  readonly actualMs: number;
  readonly etaErrors: readonly number[];
}

const stepMs = 500;

/** One rollout on nodes that take their time, report every two seconds and answer steadily. */
function timed(
  fleet: RolloutFleet,
  letter: string,
  chance: Chance,
  paces: ReadonlyMap<string, number>,
): Measured | null {
  const target = revision(letter);
  const rates = new Map(fleet.nodes.map((node) => [node.id, chance.spread(5)]));
  const due = new Map<string, { digest: string; atMs: number }>();
  const startedAtMs = fleet.nowMs;
  const etas: { atMs: number; expectedByMs: number }[] = [];
  let [promisedByMs, lastWave] = [0, 0];
  for (let step = 0; step < 4_000; step += 1) {
    const decision = fleet.decide(target);
    if (decision.kind === "idle") return null;
    promisedByMs = decision.memory.promisedByMs;
    const { phase } = decision;
    if ("wave" in phase && phase.wave > lastWave) {
      lastWave = phase.wave;
      etas.push({ atMs: fleet.nowMs, expectedByMs: decision.expectedByMs });
    }
    if (phase.kind === "completed") {
      const { waveStartedAtMs, bakeStartedAtMs } = decision.memory;
      fleet.earlier = [
        { state: { regions: decision.regions, waveStartedAtMs }, bakeStartedAtMs },
        ...fleet.earlier,
      ];
      if (decision.writes.length > 0) fleet.decide(target);
      const endMs = fleet.nowMs;
      return {
        promisedMs: promisedByMs - startedAtMs,
        actualMs: endMs - startedAtMs,
        etaErrors: etas.map(({ atMs, expectedByMs }) => Math.abs(expectedByMs - endMs) / (endMs - atMs)),
      };
    }
    fleet.nowMs += stepMs;
    for (const node of fleet.nodes) {
      const release = fleet.releases.get(node.region);
      const wanted =
        release?.next && node.slot < release.next.nodesPct ? release.next.digest : release?.stable?.digest;
      if (wanted !== undefined && wanted !== node.serving && due.get(node.id)?.digest !== wanted) {
        const mean = paces.get(node.region) ?? 1_200;
        due.set(node.id, { digest: wanted, atMs: fleet.nowMs + chance.spread(mean) + chance.spread(mean) });
      }
      const coming = due.get(node.id);
      if (coming && coming.atMs <= fleet.nowMs) {
        [node.serving, node.requests] = [coming.digest, 0];
        due.delete(node.id);
        node.receivedAtMs = fleet.nowMs;
      }
      node.requests += ((rates.get(node.id) ?? 0) * stepMs) / 1_000;
      node.perSecond = rates.get(node.id) ?? 0;
      if (step % 4 === 0) node.receivedAtMs = fleet.nowMs;
    }
  }
  throw new Error("the rollout did not end");
}

function measured(seeds: number): Measured[] {
  const all: Measured[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const chance = new Chance(seed * 7_919);
    const regions = ["eu-west-1", "us-east-1", "us-west-2"];
    const fleet = new RolloutFleet(
      Object.fromEntries(regions.map((name) => [name, chance.pick([4, 4, 5, 6])])),
    );
    const minMs = chance.pick([30_000, 40_000, 60_000]);
    const bake = {
      minMs,
      maxMs: minMs + chance.pick([0, 5_000, 10_000]),
      minRequests: chance.pick([0, 20, 100]),
      onTooLittleData: "proceed" as const,
    };
    const waves = chance.pick([[["eu-west-1"], ["us-east-1", "us-west-2"]], regions.map((name) => [name])]);
    fleet.manifest = { ...script, rollout: { ...script.rollout, waves, bake } };
    const paces = new Map(regions.map((name) => [name, chance.spread(1_200)]));
    for (const letter of ["a", "b", "c", "d"]) {
      const one = timed(fleet, letter, chance, paces);
      if (one) all.push(one);
      fleet.nowMs += 60_000;
    }
  }
  return all;
}

/** The value that this share of a sorted list lies below. */
function at(list: readonly number[], share: number): number {
  return list[Math.floor(list.length * share)] ?? 0;
}

describe("promises", () => {
  it("are kept and not padded, and so is what is expected at each wave's start", () => {
    const all = measured(50);
    const kept = all.filter(({ actualMs, promisedMs }) => actualMs <= promisedMs).length / all.length;
    const ratios = all.map(({ actualMs, promisedMs }) => actualMs / promisedMs).sort((a, b) => a - b);
    const etas = all.flatMap(({ etaErrors }) => etaErrors).sort((a, b) => a - b);
    const meanError = etas.reduce((sum, error) => sum + error, 0) / etas.length;
    process.stderr.write(
      `promises: ${all.length} rollouts, ${(100 * kept).toFixed(1)}% kept, median actual/promised ${at(ratios, 0.5).toFixed(3)}, ` +
        `ETA error median ${at(etas, 0.5).toFixed(3)}, mean ${meanError.toFixed(3)}, 95% ${at(etas, 0.95).toFixed(3)}\n`,
    );
    expect(kept).toBeGreaterThanOrEqual(0.99);
    expect(at(ratios, 0.5)).toBeGreaterThanOrEqual(0.8);
    expect(meanError).toBeLessThan(0.1);
    expect(at(etas, 0.95)).toBeLessThan(0.2);
  });
});
