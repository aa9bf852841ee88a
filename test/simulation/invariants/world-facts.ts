import type { RegionDocumentRecord } from "#adapters/store/region-documents.ts";
import type { NodeReport } from "#schemas/types.ts";
import type { FaultKind } from "../faults.ts";
import { type QuickRelease, quickRelease, releasePlace } from "../quick-release.ts";
import { behaviourOf } from "../revisions.ts";
import { digestOf } from "../digest-of.ts";
import type { PlannedRegion, PlannedScript, Scenario } from "../scenario.ts";
import type { Commit, SimulatedRepository } from "../simulated-github.ts";
import type { SimulatedNode } from "../simulated-node.ts";
import type { World } from "../world.ts";
import { changesIn } from "./changes-in.ts";
import type { Ledger } from "./ledger.ts";
import { type Stop, coverage } from "./stop.ts";

/** What a script's default branch asked for over time. */
export interface Target {
  /** null when it cannot be built: then what is there stays. */
  readonly digest: string | null;
  readonly commit: string;
  readonly sinceMs: number;
  /** When a manifest that is not valid took its place: from then on it may never be seen. */
  readonly hiddenMs: number;
  /** A promise that it has to keep cannot be kept under the fleet.yaml of the moment: what was there before may go on. */
  readonly isRefused: boolean;
}

/** How a region took a digest that is on its way. */
export interface Attested {
  readonly startedAtMs: number;
  /** When enough nodes first attested it with every node asked; null before. */
  firstMs: number | null;
  /** When enough of the nodes asked were last seen to attest it. */
  lastMs: number;
  /** Most requests it was reported to have answered. */
  requests: number;
}

interface LastReport {
  readonly atMs: number;
  readonly region: string;
  readonly report: NodeReport;
}

const unhealthyKinds: readonly FaultKind[] = [
  "hostDown",
  "hostSlow",
  "gitLag",
  "gitDown",
  "storeDown",
  "controlPlaneDiskFull",
];
const limitMsMax = 60_000;
/** As long a report counts. */
const freshMs = 15_000;

/** The truth about the world, kept up to date act by act. */
export class WorldFacts {
  /** Keys under way, with the time their run began. */
  readonly runs = new Map<string, number>();
  readonly scripts = new Map<string, PlannedScript>();
  readonly regions = new Map<string, PlannedRegion>();
  /** By "region|key", from the last good text of each file. */
  readonly releases = new Map<string, QuickRelease>();
  /** Of these, places where something is on its way, by region. */
  readonly #movingPlaces = new Map<string, Set<string>>();
  /** Digests that a release file has named, by "region|key". */
  readonly approved = new Map<string, Set<string>>();
  readonly wasStable = new Map<string, Set<string>>();
  readonly targets = new Map<string, Target[]>();
  /** Changes to several scripts: since which of a member's targets it has each. */
  readonly changes = new Map<string, Map<string, number>>();
  /** The same for merges that left a manifest which cannot be read, by key. */
  readonly #unread = new Map<string, string[]>();
  /** Keys of the scripts that change together. */
  readonly group: readonly string[];
  /** Scripts that somebody changed or operated. */
  readonly touched = new Set<string>();
  readonly stops = new Map<string, Stop>();
  /** By "region|key|digest", for what is on its way now. */
  readonly attested = new Map<string, Attested>();
  readonly lastReports = new Map<string, LastReport>();
  /** What the check of a commit must say; filled by the people who push it. */
  readonly verdicts = new Map<string, "valid" | "invalid">();
  /** Stretches of time in which the control plane could know everything, the last one still open. */
  readonly #healthy: { readonly fromMs: number; toMs: number }[] = [];
  #wasHealthy = false;
  /** When the control plane last started with its clock set forward. */
  clockForwardMs = -Infinity;
  /** By how much its clock is ahead. */
  clockOffsetMs = 0;
  /** When each node last became known to the store. */
  readonly registeredMs = new Map<string, number>();
  /** When something last went wrong. */
  disturbedMs = -Infinity;
  #generations = new Map<string, readonly [epoch: number, generation: number]>();
  /** Until when silences were looked at, by region. */
  readonly #skippedMs = new Map<string, number>();
  #isUp = false;
  readonly #fleetText: string;
  /** Whether somebody closed a region. */
  #isFleetEdited = false;
  #timeMs = 0;
  #limitedUntilMs = 0;
  #pausedUntilMs = 0;
  #faultsSeen = 0;
  #world: World | null = null;

  constructor(scenario: Scenario) {
    this.#fleetText = scenario.fleetText;
    this.group = scenario.group?.keys ?? [];
    for (const script of scenario.scripts) this.scripts.set(script.key, script);
    for (const region of scenario.regions) this.regions.set(region.name, region);
  }

  get nowMs(): number {
    return this.#timeMs;
  }

  begin(world: World): void {
    this.#world = world;
    this.#timeMs = world.time.nowMs;
    for (const repository of world.github.repositories.values()) {
      if (repository.id === world.fleetRepositoryId) this.fleetPushed(repository.head());
      else this.scriptsPushed(repository, repository.head());
    }
    this.touched.clear();
  }

  timePassed(nowMs: number): void {
    const beforeMs = this.#timeMs;
    this.#timeMs = nowMs;
    const { faults } = this.#known;
    const isQuiet = faults.isQuiet();
    if (!isQuiet && faults.has("rateLimit")) this.#limitedUntilMs = nowMs + limitMsMax;
    const isHealthy =
      this.#isUp &&
      nowMs >= this.#pausedUntilMs &&
      nowMs >= this.#limitedUntilMs &&
      (isQuiet || !unhealthyKinds.some((kind) => faults.has(kind)));
    const last = this.#healthy.at(-1);
    if (isHealthy && this.#wasHealthy && last) last.toMs = nowMs;
    else if (isHealthy) this.#healthy.push({ fromMs: beforeMs, toMs: nowMs });
    this.#wasHealthy = isHealthy;
    if (!this.#isUp || faults.total !== this.#faultsSeen || !isQuiet) this.disturbedMs = nowMs;
    this.#faultsSeen = faults.total;
  }

  controlPlaneIs(state: "up" | "down", clockOffsetMs: number): void {
    this.#isUp = state === "up";
    if (state === "down") {
      this.runs.clear();
      return;
    }
    if (clockOffsetMs > this.clockOffsetMs) this.clockForwardMs = this.#known.time.nowMs;
    this.clockOffsetMs = clockOffsetMs;
  }

  paused(untilMs: number): void {
    this.#pausedUntilMs = untilMs;
  }

  /** The longest time in one piece, since then, in which the control plane could know everything. */
  healthyInOnePieceMs(sinceMs: number, untilMs = Infinity): number {
    const pieces = this.#healthy.map(
      ({ fromMs, toMs }) => Math.min(toMs, untilMs) - Math.max(fromMs, sinceMs),
    );
    return Math.max(0, ...pieces);
  }

  documentStored({ region, epoch, generation }: RegionDocumentRecord, ledger: Ledger): void {
    const [lastEpoch, lastGeneration] = this.#generations.get(region) ?? [0, 0];
    const falls = epoch < lastEpoch || (epoch === lastEpoch && generation < lastGeneration);
    // A lost database and a fetch that lags may publish an older document once; nodes refuse it.
    const mayFall = this.#known.database.bornAtMs > this.#known.startMs;
    ledger.check(3, !falls || mayFall, () => `${region} falls from ${lastGeneration} to ${generation}`);
    this.#generations.set(region, [epoch, generation]);
  }

  fleetPushed(commit: Commit): void {
    const paths = commit.parent ? commit.changed : commit.files.keys();
    for (const path of paths) {
      const text = commit.files.get(path);
      const place = releasePlace(path);
      if (place) this.#releasePushed(place.region, place.key, text, commit);
      else if (path.startsWith("holds/") || path.startsWith("freezes/")) this.#stopPushed(path, text);
      else if (path === "fleet.yaml") this.#fleetChanged(text ?? "");
    }
  }

  scriptsPushed(repository: SimulatedRepository, commit: Commit): void {
    for (const script of this.scripts.values()) {
      if (script.repositoryId !== repository.id) continue;
      const folder = script.path === "." ? "" : `${script.path}/`;
      const source = commit.files.get(`${folder}src/index.ts`) ?? "";
      // A manifest that is not valid leaves the script at its last good one.
      const history = this.targets.get(script.key) ?? [];
      if (commit.files.get(`${folder}showrunner.yaml`) !== script.manifest) {
        const hidden = history.map((one) => ({ ...one, hiddenMs: Math.min(one.hiddenMs, this.nowMs) }));
        this.targets.set(script.key, hidden);
        if (commit.changed.has(`${folder}src/index.ts`))
          this.#unread.set(script.key, [
            ...(this.#unread.get(script.key) ?? []),
            ...changesIn(repository, commit),
          ]);
        continue;
      }
      const digest =
        behaviourOf(source) === "unbuildable" ? null : digestOf(script.key, script.manifest, source);
      if (history.at(-1)?.digest === digest && digest !== null) continue;
      const isRefused = this.#isFleetEdited && script.policy.completeWithin !== null;
      history.push({ digest, commit: commit.sha, sinceMs: this.nowMs, hiddenMs: Infinity, isRefused });
      this.targets.set(script.key, history);
      this.touched.add(script.key);
      const changes = [...(this.#unread.get(script.key) ?? []), ...changesIn(repository, commit)];
      this.#unread.delete(script.key);
      for (const change of changes) this.#changeMerged(change, script.key, history.length - 1);
    }
  }

  #changeMerged(change: string, key: string, target: number): void {
    // What changes in one may change what is done to all of them.
    for (const member of this.group) this.touched.add(member);
    this.changes.set(change, (this.changes.get(change) ?? new Map<string, number>()).set(key, target));
  }

  /** Whether what a member serves has a change; one that was taken back by a revert has it no more. */
  hasChange(change: string, key: string, digest: string | undefined): boolean {
    const since = this.changes.get(change)?.get(key);
    const at = this.targets.get(key)?.findIndex((target) => target.digest === digest) ?? -1;
    return since !== undefined && at >= since;
  }

  reportArrived(node: SimulatedNode): void {
    const report = this.#known.database.nodes.get(node.id)?.report;
    if (!report) return;
    // What silence alone made enough shows only as long as the old reports are known.
    if (this.regions.get(node.region)?.unreachable === "skip") {
      const lookedMs = this.#skippedMs.get(node.region) ?? 0;
      for (const place of this.#movingIn(node.region)) this.lookAgain(place, lookedMs);
      this.#skippedMs.set(node.region, this.#known.time.nowMs);
    }
    this.lastReports.set(node.id, { atMs: this.#known.time.nowMs, region: node.region, report });
    for (const place of this.#movingIn(node.region)) {
      const release = this.releases.get(place);
      if (release?.next) this.#observe(place, release, release.next, this.#known.time.nowMs);
    }
  }

  #movingIn(region: string): Set<string> {
    const known = this.#movingPlaces.get(region) ?? new Set<string>();
    this.#movingPlaces.set(region, known);
    return known;
  }

  /** Looks at a region's attestation as it was at any time since `fromMs`: where silent nodes are skipped, time alone completes it. */
  lookAgain(place: string, fromMs: number): void {
    const release = this.releases.get(place);
    if (!release?.next) return;
    const { nowMs } = this.#known.time;
    const [region = ""] = place.split("|");
    const silences = this.knownNodes(region).map(
      ({ id }) => (this.lastReports.get(id)?.atMs ?? 0) + freshMs + 1,
    );
    for (const atMs of [fromMs, ...silences, nowMs]) {
      if (atMs >= fromMs && atMs <= nowMs) this.#observe(place, release, release.next, atMs);
    }
  }

  /** Nodes of a region that the control plane knows, with their slots. */
  knownNodes(region: string): { readonly id: string; readonly slot: number }[] {
    return [...this.#known.database.nodes.values()].filter((node) => node.region === region);
  }

  /** Since when half of a region's nodes that serve a digest have served it, by what each says on its own clock. */
  halfServedSinceMs(region: string, key: string, digest: string): number {
    const since = this.knownNodes(region).flatMap(({ id }) => {
      const last = this.lastReports.get(id);
      const serving = last?.report.instances.find(
        (one) => one.digest === digest && one.state === "serving" && `${one.script}@${one.version}` === key,
      );
      if (!last || !serving) return [];
      return [last.atMs - (Date.parse(last.report.reportedAt) - Date.parse(serving.since))];
    });
    return since.sort((a, b) => a - b)[Math.ceil(since.length / 2) - 1] ?? Infinity;
  }

  #observe(place: string, release: QuickRelease, digest: string, atMs: number): void {
    const attested = this.attested.get(`${place}|${digest}`);
    if (!attested) return;
    const [region = "", key = ""] = place.split("|");
    let requests = 0;
    let silentMs = 0;
    let serving = 0;
    let silent = 0;
    let asked = 0;
    for (const { id, slot, region: where } of this.#known.database.nodes.values()) {
      if (where !== region) continue;
      const last = this.lastReports.get(id);
      const instance = last?.report.instances.find(
        (one) => one.digest === digest && `${one.script}@${one.version}` === key,
      );
      requests += instance?.requests ?? 0;
      if (slot >= release.nodesPct) continue;
      asked += 1;
      const isFresh = last !== undefined && atMs - last.atMs <= freshMs;
      const serves = isFresh && last.atMs >= attested.startedAtMs && instance?.state === "serving";
      if (serves) serving += 1;
      else if (!isFresh) {
        silent += 1;
        silentMs = Math.max(silentMs, (last?.atMs ?? 0) + freshMs);
      }
    }
    attested.requests = Math.max(attested.requests, requests);
    const { quorumPct = 100, unreachable = "wait" } = this.regions.get(region) ?? {};
    const counted = unreachable === "skip" ? asked - silent : asked;
    if (serving === 0 || serving < Math.ceil((counted * quorumPct) / 100)) return;
    // Where a silent node was skipped, it was enough from the moment on at which the node counted as silent.
    const isBySilence = silentMs > attested.startedAtMs && atMs - silentMs <= freshMs;
    attested.lastMs = Math.max(attested.lastMs, atMs);
    if (release.nodesPct >= 100) attested.firstMs ??= isBySilence ? silentMs : atMs;
  }

  #releasePushed(region: string, key: string, text: string | undefined, commit: Commit): void {
    const place = `${region}|${key}`;
    const release = text === undefined ? null : quickRelease(text);
    if (commit.author !== "showrunner[bot]" && commit.parent) this.touched.add(key);
    // A file that is broken or gone: the last good text stays in force, or the script goes.
    if (!release) return;
    this.releases.set(place, release);
    if (release.next === null) this.#movingIn(region).delete(place);
    else this.#movingIn(region).add(place);
    const approved = this.approved.get(place) ?? new Set<string>();
    if (release.stable) {
      approved.add(release.stable);
      this.wasStable.set(place, (this.wasStable.get(place) ?? new Set()).add(release.stable));
    }
    if (release.next) approved.add(release.next);
    this.approved.set(place, approved);
    const { nowMs } = this.#known.time;
    for (const one of this.attested.keys()) {
      if (one.startsWith(`${place}|`) && one !== `${place}|${release.next}`) this.attested.delete(one);
    }
    if (release.next && !this.attested.has(`${place}|${release.next}`)) {
      const fresh = { startedAtMs: nowMs, firstMs: null, lastMs: -Infinity, requests: 0 };
      this.attested.set(`${place}|${release.next}`, fresh);
    }
    // Nodes asked before may be enough for the larger share at once.
    if (release.next) this.#observe(place, release, release.next, nowMs);
  }

  /** What a manifest may say depends on fleet.yaml: what was refused before is new from here on. */
  #fleetChanged(text: string): void {
    this.#isFleetEdited = text !== this.#fleetText;
    for (const [key, history] of this.targets) {
      const isRefused = this.#isFleetEdited && this.scripts.get(key)?.policy.completeWithin !== null;
      const last = history.at(-1);
      const anew = { sinceMs: this.nowMs, isRefused };
      if (last) this.targets.set(key, [...history.slice(0, -1), { ...last, ...anew }]);
    }
  }

  #stopPushed(path: string, text: string | undefined): void {
    const held = /^holds\/(.+)\.yaml$/.exec(path)?.[1];
    // What people hold, or let go, may change what is served, of companions as well.
    if (held !== undefined)
      for (const key of this.group.includes(held) ? this.group : [held]) this.touched.add(key);
    if (text === undefined) {
      this.stops.delete(path);
      return;
    }
    const known = this.stops.get(path);
    const sinceMs = known?.sinceMs ?? this.nowMs;
    const until = /^until: "?([^"\n]+)"?$/m.exec(text)?.[1];
    const untilMs = until === undefined ? Infinity : Date.parse(until);
    const covers = coverage(path, text);
    this.stops.set(path, { path, covers, sinceMs, untilMs });
  }

  get #known(): World {
    if (!this.#world) throw new Error("the facts were not given a world");
    return this.#world;
  }
}
