import { type QuickRelease, quickHold, quickRelease, releasePlace } from "../quick-release.ts";
import type { Commit } from "../simulated-github.ts";
import type { World } from "../world.ts";
import type { Ledger } from "./ledger.ts";
import type { Target, WorldFacts } from "./world-facts.ts";

/** In so much time in one piece in which it can know, the control plane acts on a stop or a newer merge: a lost webhook is made good by the sweep each minute. */
const noticedWithinMs = 75_000;
/** How old a report may be when it is used. */
const freshMs = 15_000;

interface Change {
  readonly region: string;
  readonly key: string;
  readonly before: QuickRelease | null;
  readonly after: QuickRelease;
  /** A rollback that is in force goes back to what `after` has on its way, or stable. */
  readonly isRollback: boolean;
  /** A person took the wave for proven. */
  readonly isPromoted: boolean;
  /** When the run that decided this began. */
  readonly decidedSinceMs: number;
}

/** Looks at a commit of our own to the fleet repository, before it counts as what was there. */
export function checkBotCommit(world: World, facts: WorldFacts, ledger: Ledger, commit: Commit): void {
  const changes: Change[] = [];
  for (const path of commit.changed) {
    const place = releasePlace(path);
    if (!place) continue;
    const { region, key } = place;
    ledger.check(8, facts.touched.has(key), () => `${path} changes although nobody touched ${key}`);
    const text = commit.files.get(path);
    const after = text === undefined ? null : quickRelease(text);
    ledger.check(4, after !== null, () => `${path} is removed or broken by us: ${text ?? "removed"}`);
    if (!after) continue;
    const before = facts.releases.get(`${region}|${key}`) ?? null;
    // In a group, one member's run decides for all.
    const deciders = facts.group.includes(key) ? facts.group : [key];
    const runs = deciders.flatMap((one) => facts.runs.get(`script:${one}`) ?? []);
    const decidedSinceMs = Math.min(...runs, world.time.nowMs);
    facts.lookAgain(`${region}|${key}`, decidedSinceMs);
    const back = rollbackTarget(commit, key);
    const isRollback = back !== null && back === (after.next ?? after.stable);
    const isPromoted = isPromotedIn(commit, key);
    changes.push({ region, key, before, after, isRollback, isPromoted, decidedSinceMs });
  }
  for (const change of changes) {
    const { before, after } = change;
    checkBatch(facts, ledger, change);
    if (after.next !== null && (after.next !== before?.next || after.nodesPct > before.nodesPct)) {
      checkExposure(world, facts, ledger, change, changes);
    } else if (before && after.stable !== before.stable) {
      checkPromotion(world, facts, ledger, change, changes);
    }
  }
  for (const key of new Set(changes.map((change) => change.key))) {
    checkOneRollout(facts, ledger, key, changes, holdOf(commit, key));
  }
}

/** New nodes get the revision. */
function checkExposure(
  world: World,
  facts: WorldFacts,
  ledger: Ledger,
  change: Change,
  all: readonly Change[],
): void {
  const { region, key, before, after, isRollback } = change;
  if (isRollback) return;
  const digest = after.next ?? "";
  const what = `${key} in ${region} to ${digest.slice(7, 14)} on ${after.nodesPct}%`;
  const { nowMs } = world.time;
  for (const stop of facts.stops.values()) {
    // One that ends by itself ends by the control plane's clock.
    const isLate =
      stop.untilMs > nowMs + facts.clockOffsetMs && facts.healthyInOnePieceMs(stop.sinceMs) > noticedWithinMs;
    ledger.check(
      5,
      !(isLate && stop.covers(key, region, digest)),
      () => `${what} although ${stop.path} stops it`,
    );
  }
  checkIsWanted(facts, ledger, change, digest, what);

  const script = facts.scripts.get(key);
  const wave = script?.policy.waves.findIndex((regions) => regions.includes(region)) ?? 0;
  for (const earlier of script?.policy.waves.slice(0, wave).flat() ?? []) {
    const changed = all.find((one) => one.key === key && one.region === earlier)?.after;
    const there = changed ?? facts.releases.get(`${earlier}|${key}`);
    ledger.check(2, there?.stable === digest, () => `${what} before ${earlier} of an earlier wave is done`);
  }

  const fromPct = after.next === before?.next ? (before?.nodesPct ?? 0) : 0;
  if (fromPct > 0) {
    const lastMs = facts.attested.get(`${region}|${key}|${digest}`)?.lastMs;
    checkIsFresh(world, ledger, change, lastMs, `${what} although the batch before`);
  }
}

/** What was decided rests on an attestation that was not old then. */
function checkIsFresh(
  { time: { nowMs } }: World,
  ledger: Ledger,
  { decidedSinceMs }: Change,
  attestedMs: number | undefined,
  what: string,
): void {
  const lastMs = attestedMs ?? -Infinity;
  ledger.check(
    2,
    lastMs >= decidedSinceMs - freshMs,
    () => `${what} was last attested ${nowMs - lastMs} ms ago`,
  );
}

/** No commit makes more than a third of a region's nodes, or one, change what they serve; forward and back alike. */
function checkBatch(facts: WorldFacts, ledger: Ledger, change: Change): void {
  const { region, key, before, after, decidedSinceMs } = change;
  // Who came while it was decided was not known.
  const nodes = facts
    .knownNodes(region)
    .filter(({ id }) => (facts.registeredMs.get(id) ?? -Infinity) < decidedSinceMs);
  const changing = nodes.filter(({ slot }) => {
    const now = wanted(before, slot);
    return now !== null && now !== wanted(after, slot);
  }).length;
  const batch = Math.max(1, Math.floor(nodes.length / 3));
  ledger.check(
    4,
    changing <= batch,
    () => `${key} changes on ${changing} of ${nodes.length} nodes of ${region} at once`,
  );
}

function wanted(release: QuickRelease | null, slot: number): string | null {
  return release?.next && slot < release.nodesPct ? release.next : (release?.stable ?? null);
}

/** The digest that a rollback in force for a script goes back to. */
function rollbackTarget(commit: Commit, key: string): string | null {
  const hold = holdOf(commit, key);
  return hold.mode === "rollback" ? hold.to : null;
}

/** What is exposed further is what the default branch asks for, or did until a moment ago. */
function checkIsWanted(
  facts: WorldFacts,
  ledger: Ledger,
  { key }: Change,
  digest: string,
  what: string,
): void {
  const history = facts.targets.get(key) ?? [];
  const isNoticed = ({ sinceMs, hiddenMs, isRefused }: Target) =>
    !isRefused && facts.healthyInOnePieceMs(sinceMs, hiddenMs) > noticedWithinMs;
  const isWanted = history.some(
    (target, index) =>
      (target.digest === digest || target.digest === null) && !history.slice(index + 1).some(isNoticed),
  );
  ledger.check(5, isWanted, () => `${what} although a newer merge replaced it long ago`);
}

/** The stable revision of a region changes: what baked there takes its place, or a rollback does. */
function checkPromotion(
  world: World,
  facts: WorldFacts,
  ledger: Ledger,
  change: Change,
  all: readonly Change[],
): void {
  const { region, key, before, after } = change;
  if (change.isRollback || change.isPromoted) return;
  const digest = after.stable ?? "";
  const what = `${key} in ${region} to stable ${digest.slice(7, 14)}`;
  if (before?.next !== digest) {
    const isKnown = facts.wasStable.get(`${region}|${key}`)?.has(digest) ?? false;
    ledger.check(1, isKnown, () => `${what} although it was neither on its way nor stable there before`);
    return;
  }
  const { nowMs } = world.time;
  const policy = facts.scripts.get(key)?.policy;
  const wave = policy?.waves.find((regions) => regions.includes(region)) ?? [region];
  const together = all.filter(
    (one) =>
      one.key === key &&
      one.after.stable === digest &&
      one.before?.next === digest &&
      wave.includes(one.region),
  );
  const seen = together.map((one) => facts.attested.get(`${one.region}|${key}|${digest}`));
  for (const [index, attested] of seen.entries()) {
    const name = together[index]?.region ?? "";
    checkIsFresh(world, ledger, change, attested?.lastMs, `${what} although ${name}`);
  }
  const { bakeMinMs = 0, bakeMaxMs = 0, minRequests = 0, onTooLittleData = "hold" } = policy ?? {};
  // After a step of the clock the nodes' own clocks decide, by the median node rather than by the last one.
  const isStepped = nowMs - facts.clockForwardMs < bakeMinMs;
  const since = isStepped
    ? together.map((one) => facts.halfServedSinceMs(one.region, key, digest))
    : seen.map((attested) => attested?.firstMs ?? Infinity);
  const bakedMs = nowMs - Math.max(...since);
  ledger.check(2, bakedMs >= bakeMinMs, () => `${what} after a bake of ${bakedMs} of ${bakeMinMs} ms`);
  const requests = seen.reduce((sum, attested) => sum + (attested?.requests ?? 0), 0);
  const hasData = requests >= minRequests || (onTooLittleData === "proceed" && bakedMs >= bakeMaxMs);
  ledger.check(2, hasData, () => `${what} after ${requests} of ${minRequests} requests`);
}

/** The hold on a script with this commit, or until it. */
function holdOf({ files, parent }: Commit, key: string): ReturnType<typeof quickHold> {
  return quickHold(files.get(`holds/${key}.yaml`) ?? parent?.files.get(`holds/${key}.yaml`) ?? "");
}

/** Where there is something to go back to, no older rollout is left on its way beside a newer one. */
function checkOneRollout(
  facts: WorldFacts,
  ledger: Ledger,
  key: string,
  changes: readonly Change[],
  hold: ReturnType<typeof quickHold>,
): void {
  const ids = new Set<string>();
  for (const region of facts.regions.keys()) {
    const changed = changes.find((one) => one.key === key && one.region === region)?.after;
    const release = changed ?? facts.releases.get(`${region}|${key}`);
    // What is taken back, and what is gone back to, is on its way out of a rollout.
    if (release?.next === hold.revision || release?.next === hold.to) continue;
    if (release?.next && release.stable && release.rolloutId) ids.add(release.rolloutId);
  }
  ledger.check(3, ids.size <= 1, () => `${key} has several rollouts on their way: ${[...ids].join(" ")}`);
}

/** Whether a person's command made a wave stable with this commit; a group is named as a whole. */
function isPromotedIn({ message }: Commit, key: string): boolean {
  return (
    /\bpromote \d+ of group:/i.test(message) ||
    new RegExp(`\\bpromote wave \\d+ of ${key}:`, "i").test(message)
  );
}
