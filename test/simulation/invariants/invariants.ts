import type { RegionDocumentRecord } from "#adapters/store/region-documents.ts";
import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import type { Scenario } from "../scenario.ts";
import type { Commit, SimulatedRepository } from "../simulated-github.ts";
import type { NodeChange, SimulatedNode } from "../simulated-node.ts";
import type { Watcher, World } from "../world.ts";
import { BrokenInvariant, type InvariantNumber, Ledger } from "./ledger.ts";
import { WorldFacts } from "./world-facts.ts";
import { checkBotCommit } from "./check-bot-commit.ts";
import { checkEffects } from "./check-effects.ts";
import { checkGroup, checkNode, checkServingShare } from "./check-node.ts";
import { restProblems } from "./check-rest.ts";
import { Timings } from "../timings.ts";

/**
 * The invariants of facts/reliability.md, by their numbers there, looked at each time something happens that could break
 * one. It reads the truth (git, nodes, GitHub), never what the control plane believes, except where a check is about that.
 */
export class Invariants implements Watcher {
  readonly ledger = new Ledger();
  readonly facts: WorldFacts;
  readonly timings: Timings;
  readonly phases = new Map<string, number>();
  /** What was stored last of each rollout, by id. */
  readonly #stored = new Map<string, RolloutRecord>();
  broken: BrokenInvariant | null = null;
  readonly #scenario: Scenario;
  readonly #note: (who: string, what: string) => void;
  readonly #announce: (region: string) => void;
  #world: World | null = null;
  #lastRestProblems: readonly string[] = [];

  constructor(
    scenario: Scenario,
    note: (who: string, what: string) => void,
    announce: (region: string) => void,
  ) {
    this.#scenario = scenario;
    this.#note = note;
    this.#announce = announce;
    this.facts = new WorldFacts(scenario);
    this.timings = new Timings();
  }

  begin(world: World): void {
    this.#world = world;
    this.facts.begin(world);
  }

  trace(who: string, what: string): void {
    this.#note(who, what);
  }

  runStarted(key: string): void {
    this.facts.runs.set(key, this.world.time.nowMs);
  }

  runEnded(key: string, outcome: string): void {
    this.facts.runs.delete(key);
    this.#note("worker", `${key}: ${outcome}`);
  }

  bug(key: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#break(0, `${key} fails without a cause: ${text}`);
  }

  documentStored(document: RegionDocumentRecord): void {
    this.#note("document", `${document.region} ${document.epoch}-${document.generation}`);
    this.#guard(() => this.facts.documentStored(document, this.ledger));
    this.#announce(document.region);
  }

  rolloutStored(rollout: RolloutRecord): void {
    const { kind } = rollout.state.phase;
    this.phases.set(kind, (this.phases.get(kind) ?? 0) + 1);
    const before = this.#stored.get(rollout.id);
    this.#stored.set(rollout.id, rollout);
    // A lost store makes the record anew, with an end of its own.
    const isSameEnd = rollout.completedAtMs !== null && before?.completedAtMs === rollout.completedAtMs;
    if (isSameEnd && before.startedAtMs !== rollout.startedAtMs)
      this.#break(0, `${rollout.id} has ended, and is recorded as begun at another time`);
    // Some faults leave traces for longer than anything shows, so promises are measured where there is none.
    if (this.#scenario.faults.length === 0)
      this.timings.rolloutStored(rollout, this.world.time.nowMs, this.facts);
    this.#note("rollout", `${rollout.id} ${JSON.stringify(rollout.state.phase)}`);
  }

  effect(identity: string): void {
    this.#note("showrunner[bot]", identity);
    this.#guard(() => checkEffects(this.world, identity, this.facts, this.ledger));
  }

  request(name: string, limitedForMs: number): void {
    this.#guard(() =>
      this.ledger.check(9, limitedForMs <= 0, () => `"${name}" is asked ${limitedForMs} ms before its time`),
    );
  }

  reportArrived(node: SimulatedNode): void {
    this.facts.reportArrived(node);
  }

  registered(node: string): void {
    this.facts.registeredMs.set(node, this.world.time.nowMs);
  }

  controlPlane(state: "up" | "down", clockOffsetMs = 0): void {
    this.facts.controlPlaneIs(state, clockOffsetMs);
    this.#note("control plane", `is ${state}`);
  }

  paused(untilMs: number): void {
    this.facts.paused(untilMs);
  }

  nodeChanged(node: SimulatedNode, change: NodeChange): void {
    this.#guard(() => {
      checkNode(this.facts, this.ledger, node, change);
      checkGroup(this.facts, this.ledger, node, change);
      // A boot and a kill are no acts of ours.
      if (change.kind !== "boots" && change.kind !== "isKilled")
        checkServingShare(this.world, this.facts, this.ledger, node.region);
    });
  }

  pushed(repository: SimulatedRepository, branch: string, commit: Commit): void {
    if (branch !== repository.defaultBranch) return;
    this.#guard(() => {
      if (repository.id === this.world.fleetRepositoryId) {
        if (commit.author === "showrunner[bot]") checkBotCommit(this.world, this.facts, this.ledger, commit);
        this.facts.fleetPushed(commit);
      } else {
        this.facts.scriptsPushed(repository, commit);
      }
    });
  }

  /** After each event: time has passed, and with it perhaps what one may still claim not to know. */
  afterEvent(nowMs: number): void {
    this.facts.timePassed(nowMs);
  }

  isAtRest(): boolean {
    this.#lastRestProblems = restProblems(this.world, this.facts, this.#scenario);
    return this.#lastRestProblems.length === 0;
  }

  atEnd(): void {
    const problems = restProblems(this.world, this.facts, this.#scenario);
    this.#guard(() => this.ledger.check(10, problems.length === 0, () => problems.slice(0, 5).join("; ")));
  }

  private get world(): World {
    if (!this.#world) throw new Error("the invariants were not given a world");
    return this.#world;
  }

  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      this.#break(error.invariant, error.message);
    }
  }

  #break(invariant: InvariantNumber, message: string): void {
    this.broken ??= new BrokenInvariant(invariant, message);
    this.#note("INVARIANT", `${invariant} is broken: ${message}`);
  }
}
