import type { RevisionSettings } from "#schemas/types.ts";
import type { InstanceIdentity } from "../isolates/script-instance.ts";
import type { ConductBook } from "./conduct-book.ts";
import type { Crew } from "./crew.ts";
import type { InstanceMaterial } from "./instance-material.ts";
import { loadInstance } from "./load-instance.ts";
import type { Member } from "./member.ts";
import type { OwnLanes } from "./own-lanes.ts";
import type { Placed } from "./placed.ts";
import { LOST, type ProvisionOutcome } from "./provision-outcome.ts";

const RETIRE_SLACK_MS = 1000;

export interface PlacementsDeps {
  readonly crew: Crew;
  readonly ownLanes: OwnLanes;
  readonly conduct: ConductBook;
  readonly nowMs: () => number;
  /** Reads again what an instance needs; null when it cannot be had now. */
  readonly readMaterial: (identity: InstanceIdentity) => Promise<InstanceMaterial | null>;
  readonly onProblem: (code: string, message: string) => void;
}

/** The instances that every worker of a pool is to have: brought to life, brought back to new workers, and retired. */
export class Placements {
  readonly #deps: PlacementsDeps;
  readonly #placed = new Map<number, Placed>();
  #lastNumber = 0;

  constructor(deps: PlacementsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#placed.size;
  }

  get(number: number): Placed | undefined {
    return this.#placed.get(number);
  }

  /** All instances of the same revision. */
  ofRevision({ script, version, digest }: InstanceIdentity): Placed[] {
    return [...this.#placed.values()].filter(
      ({ identity: other }) =>
        other.script === script && other.version === version && other.digest === digest,
    );
  }

  /** Those that held more when the worker last told than their limit says. */
  hoardersIn({ heapBytes }: Member): number[] {
    return [...heapBytes.keys()].filter((number) => {
      const limitMb = this.#placed.get(number)?.settings.limits.memoryMb ?? Infinity;
      return (heapBytes.get(number) ?? 0) > limitMb * 1024 * 1024;
    });
  }

  /** Brings an instance to life in every worker; its number is what routes name it by. */
  async provision(
    material: InstanceMaterial,
    settings: RevisionSettings,
    signal: AbortSignal,
    onWarming: () => void,
  ): Promise<{ readonly number: number; readonly outcome: ProvisionOutcome }> {
    const { conduct, nowMs, ownLanes } = this.#deps;
    const standing = conduct.standingOf(material.identity);
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    if (standing.quarantinedUntilMs > nowMs()) return { number, outcome: HELD_BACK };
    const placed: Placed = { number, identity: material.identity, settings, isServing: false };
    this.#placed.set(number, placed);
    const outcomes =
      standing.lane === "own"
        ? [await ownLanes.provision(placed)]
        : await this.#provisionInAll(number, material, signal, onWarming);
    const bad = outcomes.find((outcome) => !outcome.ok);
    const warmupMs = Math.max(0, ...outcomes.map((outcome) => (outcome.ok ? outcome.warmupMs : 0)));
    placed.isServing = bad === undefined;
    if (bad !== undefined) void this.retire(number, 0);
    return { number, outcome: bad ?? { ok: true, warmupMs } };
  }

  /** In one worker first: what brings a worker down by being loaded is not to have them all. */
  async #provisionInAll(
    number: number,
    material: InstanceMaterial,
    signal: AbortSignal,
    onWarming: () => void,
  ): Promise<ProvisionOutcome[]> {
    await this.#deps.crew.someWorker();
    const [first, ...others] = this.#deps.crew.ready();
    if (first === undefined) return [LOST];
    const input = { number, material, onWarming, signal };
    const tried = await loadInstance(first, input);
    if (!tried.ok) return [tried];
    const outcomes = others.map(async (member) => loadInstance(member, input));
    return [tried, ...(await Promise.all(outcomes))];
  }

  /** Settles when no worker has the instance any more. */
  async retire(number: number, drainMs: number): Promise<void> {
    this.#placed.delete(number);
    this.#deps.ownLanes.stop(number);
    const members = this.#deps.crew.ready();
    const gone = members.map(
      async ({ process, retiring }) =>
        new Promise<void>((resolve) => {
          retiring.set(number, resolve);
          setTimeout(resolve, drainMs + RETIRE_SLACK_MS).unref();
          process.send({ type: "retire", instance: number, drainMs });
        }),
    );
    await Promise.all(gone);
    for (const { retiring } of members) retiring.delete(number);
  }

  /** To a new worker, one after the other; what a request waits for is asked for on its own. */
  async bringAllBack(member: Member): Promise<void> {
    for (const { number, identity, isServing } of Array.from(this.#placed.values())) {
      if (!isServing || !member.process.isReady) continue;
      const { lane, quarantinedUntilMs } = this.#deps.conduct.standingOf(identity);
      // One in quarantine comes back when a request asks for it.
      if (lane === "shared" && quarantinedUntilMs <= this.#deps.nowMs()) await this.bringBack(member, number);
    }
  }

  async bringBack(member: Member, number: number): Promise<void> {
    const placed = this.#placed.get(number);
    // A request may ask for what comes back by itself: it shall not come twice.
    if (placed === undefined || member.comingBack.has(number) || member.provisioning.has(number)) return;
    member.comingBack.add(number);
    await this.#provisionAgain(member, placed);
    member.comingBack.delete(number);
  }

  async #provisionAgain(member: Member, { number, identity }: Placed): Promise<void> {
    const material = await this.#deps.readMaterial(identity);
    if (material === null) {
      member.process.send({ type: "unavailable", instance: number });
      return;
    }
    const outcome = await loadInstance(member, { number, material, onWarming: () => {}, signal: null });
    if (outcome.ok) return;
    const { script, version } = identity;
    this.#deps.onProblem(outcome.code, `${script}@${version} did not come back: ${outcome.message}`);
  }
}

const HELD_BACK: ProvisionOutcome = {
  ok: false,
  kind: "transient",
  code: "quarantined",
  message: "the revision harmed the node and is held back for a while",
};
