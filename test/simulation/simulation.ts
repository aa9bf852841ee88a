import { assertNever } from "#domain/assert-never.ts";
import { releasePath, releaseText } from "#domain/reconcile/release-file.ts";
import { reportWakes } from "#domain/reconcile/report-wakes.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { NodeReport } from "#schemas/types.ts";
import { composeContext } from "./compose-context.ts";
import { digestOf } from "./digest-of.ts";
import { type Fault, ActiveFaults } from "./faults.ts";
import { Invariants } from "./invariants/invariants.ts";
import { MemoryDatabase } from "./memory-database.ts";
import { recordInMemory, registerInMemory } from "./memory-records.ts";
import { PeopleAtWork } from "./people-at-work.ts";
import { Random } from "./random.ts";
import { sourceText } from "./revisions.ts";
import { type Scenario, fleetRepositoryId, groupText, repositoryNames } from "./scenario.ts";
import { SimulatedControlPlane } from "./simulated-control-plane.ts";
import { type Commit, SimulatedGitHub, type SimulatedRepository } from "./simulated-github.ts";
import { type NodeApi, type NodeChange, SimulatedNode } from "./simulated-node.ts";
import { Trace } from "./trace.ts";
import { VirtualTime } from "./virtual-time.ts";
import type { World } from "./world.ts";

export interface SimulationOptions {
  readonly keepsTrace: boolean;
  readonly settlesAlways: boolean;
  readonly compose?: typeof composeContext;
}

/** How long after the quiet began everything must have come to rest. */
const restWithinMs = 1_500_000;
const lookForRestEveryMs = 5_000;
/** A command takes a few calls to GitHub, which are slow at worst. */
const commandMsMax = 60_000;

/** The whole world of one seed: GitHub, nodes, people, faults and the control plane between them. */
export class Simulation {
  readonly scenario: Scenario;
  readonly trace: Trace;
  readonly world: World;
  readonly invariants: Invariants;
  readonly controlPlane: SimulatedControlPlane;
  readonly people: PeopleAtWork;
  readonly #messages: Random;
  #deliveries = 0;

  constructor(
    scenario: Scenario,
    { keepsTrace, settlesAlways, compose = composeContext }: SimulationOptions,
  ) {
    this.scenario = scenario;
    this.trace = new Trace(keepsTrace);
    this.#messages = new Random(scenario.seed, "messages");
    const time = new VirtualTime(scenario.startMs, settlesAlways);
    const nodes: SimulatedNode[] = [];
    const github = new SimulatedGitHub(() => time.nowMs, {
      pushed: (repository, branch, commit) => this.#pushed(repository, branch, commit),
      pullChanged: (repository, pull) => {
        const keys: ReconcileKey[] = [`pr:${repository.id}#${pull.number}`];
        if (pull.state !== "open") keys.push(`repo:${repository.id}`);
        this.#webhook(keys);
      },
    });
    this.invariants = new Invariants(
      scenario,
      (who, what) => this.#note(who, what),
      (region) => this.#announce(region),
    );
    this.world = {
      seed: scenario.seed,
      startMs: scenario.startMs,
      time,
      github,
      faults: new ActiveFaults(),
      nodes,
      fleetRepositoryId,
      database: new MemoryDatabase(time.nowMs),
      bundles: new Set(),
      mirrors: new Map(),
      watch: this.invariants,
    };
    this.#populateGitHub();
    nodes.push(...this.#newNodes());
    this.invariants.begin(this.world);
    this.controlPlane = new SimulatedControlPlane(this.world, compose);
    this.people = new PeopleAtWork(scenario, this.world, {
      verdicts: this.invariants.facts.verdicts,
      note: (who, what) => this.#note(who, what),
      operate: (...asked) => this.controlPlane.operate(...asked),
    });
  }

  /** Runs to the end, or to the first broken invariant. */
  async run(): Promise<void> {
    const { time, faults } = this.world;
    const { startMs, quietAtMs } = this.scenario;
    for (const node of this.world.nodes) time.after(this.#messages.between(0, 1_000), () => node.boot());
    this.controlPlane.start();
    for (const fault of this.scenario.faults) time.after(fault.atMs, () => this.#beginFault(fault));
    this.people.begin();
    time.after(quietAtMs, () => {
      faults.endAll();
      for (const node of this.world.nodes) {
        node.hasFullDisk = false;
        node.isInTrouble = false;
      }
      this.people.settle();
      this.#note("world", "is quiet from here on");
      // What people asked for before may have been slow.
      time.after(commandMsMax, () => this.people.liftStops());
    });
    let restLookedAtMs = 0;
    const endMs = startMs + quietAtMs + restWithinMs;
    while (this.invariants.broken === null) {
      const ran = time.step(endMs);
      if (!(ran === true || (await ran))) break;
      this.invariants.afterEvent(time.nowMs);
      if (time.nowMs < startMs + quietAtMs + 1_000 || time.nowMs < restLookedAtMs + lookForRestEveryMs)
        continue;
      restLookedAtMs = time.nowMs;
      if (this.invariants.isAtRest()) break;
    }
    if (this.invariants.broken === null) this.invariants.atEnd();
  }

  #note(who: string, what: string): void {
    this.trace.add(this.world.time.nowMs - this.scenario.startMs, who, what);
  }

  /** Every script has been stable everywhere for long. */
  #populateGitHub(): void {
    const { github, bundles } = this.world;
    const files = new Map<number, Map<string, string>>();
    for (const { repositoryId, path, manifest } of this.scenario.scripts) {
      const ofRepository = files.get(repositoryId) ?? new Map<string, string>();
      const folder = path === "." ? "" : `${path}/`;
      ofRepository
        .set(`${folder}showrunner.yaml`, manifest)
        .set(`${folder}src/index.ts`, sourceText(0, "healthy"));
      files.set(repositoryId, ofRepository);
    }
    const releases = new Map([["fleet.yaml", this.scenario.fleetText]]);
    const { group } = this.scenario;
    if (group) releases.set(`groups/${group.name}.yaml`, groupText(group));
    for (const [id, fullName] of repositoryNames) {
      if (id === fleetRepositoryId) continue;
      const repository = github.addRepository(id, fullName, files.get(id) ?? new Map());
      for (const { key, path, manifest } of this.scenario.scripts.filter((one) => one.repositoryId === id)) {
        const [script = "", version = ""] = key.split("@");
        const digest = digestOf(key, manifest, sourceText(0, "healthy"));
        bundles.add(digest);
        for (const { name } of this.scenario.regions) {
          releases.set(
            releasePath(name, script, version),
            releaseText({
              kind: "Release",
              script,
              version,
              source: { repoId: id, repo: fullName, path },
              stable: { digest, commit: repository.head().sha },
            }),
          );
        }
      }
    }
    github.addRepository(fleetRepositoryId, repositoryNames.get(fleetRepositoryId) ?? "", releases);
  }

  #newNodes(): SimulatedNode[] {
    const api = this.#nodeApi();
    return this.scenario.regions.flatMap((region) =>
      Array.from({ length: region.nodes }, (_, index) => {
        const id = `${region.name}-n${index}`;
        const random = new Random(this.scenario.seed, `node ${id}`);
        const rates = this.scenario.scripts.map(
          ({ key, requestsPerSecond }) => [key, requestsPerSecond.get(region.name) ?? 0] as const,
        );
        const node = new SimulatedNode(id, region.name, {
          time: this.world.time,
          random,
          api,
          pace: {
            provisionMs: region.provisionMs,
            warmupMs: region.warmupMs,
            requestsPerSecond: new Map(rates),
          },
          changed: (changed, change) => {
            this.#note(changed.id, inWords(changed, change));
            this.invariants.nodeChanged(changed, change);
          },
        });
        for (const { key, manifest } of this.scenario.scripts) {
          node.preload(key, digestOf(key, manifest, sourceText(0, "healthy")));
        }
        return node;
      }),
    );
  }

  #nodeApi(): NodeApi {
    const { faults, time } = this.world;
    const reached = (node: SimulatedNode) => {
      const isCut = faults.hit("nodePartition", node.id) ?? faults.hit("regionPartition", node.region);
      return isCut ? null : this.controlPlane.answering;
    };
    return {
      register: (node) => {
        const life = reached(node);
        if (!life) return null;
        const { id, region, slot } = node;
        const registration = { id, region, publicKey: id, gatewayUrl: "", adminUrl: "", claimedSlot: slot };
        const isKnown = this.world.database.nodes.has(id);
        const outcome = registerInMemory(this.world.database, { ...registration, nowMs: life.nowMs });
        if (outcome.kind !== "registered") return null;
        if (!isKnown) this.invariants.registered(id);
        return outcome;
      },
      document: (node) => (reached(node) ? (this.world.database.documents.get(node.region) ?? null) : null),
      hasBundle: (node, digest) => (reached(node) ? this.world.bundles.has(digest) : null),
      report: (node, report) => {
        if (faults.spend("reportLost")) return;
        const isDelayed = faults.spend("reportDelayed") !== null;
        const delayMs = isDelayed ? this.#messages.between(10_000, 40_000) : this.#messages.between(10, 120);
        time.after(delayMs, () => this.#reportArrives(node, report, reached));
        if (faults.spend("reportDuplicated"))
          time.after(delayMs + 500, () => this.#reportArrives(node, report, reached));
      },
    };
  }

  #reportArrives(
    node: SimulatedNode,
    report: NodeReport,
    reached: (node: SimulatedNode) => SimulatedControlPlane["answering"],
  ): void {
    const life = reached(node);
    if (!life) return;
    const { database } = this.world;
    const before = database.nodes.get(node.id)?.report ?? null;
    const outcome = recordInMemory(database, { id: node.id, report, receivedAtMs: life.nowMs });
    if (outcome === "unknownNode" && node.isUp) node.registerAgain();
    if (outcome !== "recorded") return;
    this.invariants.reportArrived(node);
    const keys = reportWakes(before, report);
    if (keys.length > 0) life.wake(keys, 0);
  }

  /** Tells a region's nodes that there is a new document. */
  #announce(region: string): void {
    const { faults, nodes } = this.world;
    for (const node of nodes) {
      if (node.region !== region || !node.isUp || faults.spend("announcementLost")) continue;
      node.fetchSoon();
    }
  }

  #pushed(repository: SimulatedRepository, branch: string, commit: Commit): void {
    const subject = commit.message.split("\n", 1)[0] ?? "";
    this.#note(
      commit.author,
      `pushes ${commit.sha.slice(0, 7)} to ${repository.fullName} ${branch}: ${subject}`,
    );
    this.invariants.pushed(repository, branch, commit);
    this.#webhook([`repo:${repository.id}`]);
  }

  #webhook(keys: readonly ReconcileKey[]): void {
    const { faults, time } = this.world;
    this.#deliveries += 1;
    const guid = String(this.#deliveries);
    if (faults.spend("webhookLost")) return this.#note("webhook", `${keys.join(" ")} is lost`);
    const isDelayed = faults.spend("webhookDelayed") !== null;
    const delayMs = isDelayed ? this.#messages.between(20_000, 90_000) : this.#messages.between(50, 1_500);
    const arrive = () => {
      const life = this.controlPlane.answering;
      if (!life || this.world.database.deliveries.has(guid)) return;
      this.world.database.deliveries.add(guid);
      life.wake(keys, 0);
    };
    time.after(delayMs, arrive);
    if (faults.spend("webhookDuplicated")) time.after(delayMs + this.#messages.between(0, 20_000), arrive);
  }

  #beginFault(fault: Fault): void {
    const { faults, time, nodes, bundles } = this.world;
    if (time.nowMs >= this.scenario.startMs + this.scenario.quietAtMs) return;
    this.#note("fault", `${fault.kind} ${fault.target} for ${fault.forMs} ms, ${fault.count} times`);
    const node = nodes.find((one) => one.id === fault.target);
    switch (fault.kind) {
      case "crash":
      case "databaseLost":
      case "clockStep":
        return this.controlPlane.crash(fault);
      case "processPause":
        return this.controlPlane.pause(fault.forMs);
      case "nodeDeath":
        if (!node?.isUp) return;
        faults.note(fault.kind);
        node.kill();
        time.after(fault.forMs, () => node.boot());
        return;
      case "nodeDiskFull":
        if (!node) return;
        faults.note(fault.kind);
        node.hasFullDisk = true;
        time.after(fault.forMs, () => (node.hasFullDisk = false));
        return;
      case "regionTrouble": {
        const there = nodes.filter(({ region }) => region === fault.target);
        faults.note(fault.kind);
        for (const one of there) one.isInTrouble = true;
        time.after(fault.forMs, () => {
          for (const one of there) one.isInTrouble = false;
        });
        return;
      }
      case "nodeClockSkew":
        if (!node) return;
        faults.note(fault.kind);
        node.clockOffsetMs = Math.round((fault.chance - 0.5) * 14_400_000);
        return;
      case "bundleLost": {
        const all = [...bundles];
        const lost = all[Math.floor(fault.chance * all.length)];
        if (lost !== undefined) bundles.delete(lost);
        faults.note(fault.kind);
        return;
      }
      default:
        faults.begin(fault);
        time.after(fault.forMs, () => faults.end(fault));
    }
  }
}

function inWords({ serving }: SimulatedNode, change: NodeChange): string {
  switch (change.kind) {
    case "boots":
      return "boots";
    case "isKilled":
      return "is killed";
    case "takes":
      return `takes generation ${change.generation}`;
    case "serves":
      return `serves ${change.keys.map((key) => `${key} ${serving.get(key)?.digest.slice(7, 14)}`).join(" and ")}`;
    case "letsGo":
      return `lets go of ${change.key}`;
    case "cannotWarmUp":
      return `cannot warm up ${change.key} ${change.digest.slice(7, 14)}`;
    default:
      return assertNever(change);
  }
}
