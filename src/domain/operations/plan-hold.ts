import type { Hold } from "#schemas/types.ts";
import { holdPath, holdText } from "../reconcile/hold-file.ts";
import { type FleetSnapshot, releasesOf } from "../reconcile/fleet-snapshot.ts";
import type { Revision } from "../rollout/rollout-input.ts";
import type { KnownRollout, OperationFacts } from "./operation-facts.ts";
import { type PartialPlan, refuse } from "./operation-plan.ts";
import type { Operation } from "./operation.ts";
import type { TargetScript } from "./target-scripts.ts";

/** One version of a script, and everything about it that an operation looks at. */
export interface HoldSubject {
  readonly script: TargetScript;
  /** `<script>@<version>`. */
  readonly key: string;
  readonly hold: Hold | null;
  readonly rollout: KnownRollout | null;
  /** By region. */
  readonly releases: ReturnType<typeof releasesOf>;
  /** Earlier stable revisions, newest first. */
  readonly earlier: readonly Revision[];
}

export function holdSubject(
  snapshot: Pick<FleetSnapshot, "holds" | "releases">,
  facts: Pick<OperationFacts, "rollouts" | "earlier">,
  script: TargetScript,
): HoldSubject {
  const { name, version } = script;
  const key = `${name}@${version}`;
  const rollout = facts.rollouts.find((one) => one.script === name && one.version === version) ?? null;
  return {
    script,
    key,
    hold: snapshot.holds.get(key) ?? null,
    rollout,
    releases: releasesOf(snapshot, name, version),
    earlier: facts.earlier.get(key) ?? [],
  };
}

export function planPause(subject: HoldSubject, operation: Operation): PartialPlan {
  const { key, hold } = subject;
  if (hold?.mode === "pause") return refuse("nothingToDo", `${key} is paused already, ${sinceWhen(hold)}.`);
  if (hold) return refuse("nothingToDo", `${key} does not move: it is held back, ${sinceWhen(hold)}.`);
  return { ok: true, changes: [holdChange(subject, operation, { mode: "pause" })], words: `pause ${key}` };
}

export function planResume(subject: HoldSubject): PartialPlan {
  const { script, key, hold } = subject;
  if (hold?.mode === "pause") {
    const path = holdPath(script.name, script.version);
    return { ok: true, changes: [{ path, content: null }], words: `resume ${key}` };
  }
  if (hold) {
    return refuse(
      "nothingToDo",
      `${key} is not paused but held back at ${short(hold.revision?.commit)}, ${sinceWhen(hold)}. Merge a fix or a revert, or try the same revision again with promote and a reason.`,
    );
  }
  return refuse("nothingToDo", `${key} is not paused.`);
}

/** Withdraws the revision on its way, where it is not stable yet. */
export function planAbort(subject: HoldSubject, operation: Operation): PartialPlan {
  const { key, hold } = subject;
  if (hold && hold.mode !== "pause")
    return refuse("nothingToDo", `${key} is held back already, ${sinceWhen(hold)}.`);
  const revision = onItsWay(subject);
  if (!revision) {
    return refuse(
      "nothingToDo",
      `${key} has no rollout under way. To go back to an earlier revision use rollback.`,
    );
  }
  const change = holdChange(subject, operation, { mode: "abort", revision });
  return { ok: true, changes: [change], words: `abort ${short(revision.commit)} of ${key}` };
}

/** Takes the newest revision back, everywhere, to the one before it or to the one that was named. */
export function planRollback(subject: HoldSubject, operation: Operation): PartialPlan {
  const { key, hold } = subject;
  const held = hold && hold.mode !== "pause" ? hold : null;
  if (held && operation.toCommit === null)
    return refuse("nothingToDo", `${key} is held back already, ${sinceWhen(held)}.`);
  // A hold stays in force while its revision is the merged one, so it goes on naming that, wherever we go back to.
  const revision = held?.revision ?? servedRevision(subject);
  if (!revision)
    return refuse("nothingToDo", `${key} serves nothing yet, so there is nothing to go back from.`);
  if (operation.only !== undefined && operation.only !== revision.digest)
    return refuse("nothingToDo", `${key} has moved on to ${short(revision.commit)}, which stays.`);
  const to = rollbackTo(subject, operation, revision);
  if (!to.ok) return to;
  const change = holdChange(subject, operation, { mode: "rollback", revision, to: to.revision });
  const words = `roll ${key} back from ${short(revision.commit)} to ${short(to.revision.commit)}`;
  return { ok: true, changes: [change], words };
}

function rollbackTo(subject: HoldSubject, { toCommit }: Operation, from: Revision) {
  const { key } = subject;
  const known = earlierThan(subject, from);
  if (toCommit === null) {
    const before = known[0];
    if (before) return { ok: true, revision: before } as const;
    return refuse("unknownRevision", `${key} has no earlier revision to go back to. Merge a revert instead.`);
  }
  const named = known.filter(({ commit }) => commit.startsWith(toCommit));
  const digests = new Set(named.map(({ digest }) => digest));
  const [first] = named;
  if (first && digests.size === 1) return { ok: true, revision: first } as const;
  const choices = [...new Set(known.map(({ commit }) => short(commit)))].slice(0, 5).join(", ");
  const could = choices === "" ? "There is none." : `There are ${choices}.`;
  const what =
    digests.size > 1
      ? "is the beginning of several earlier revisions"
      : "is no earlier revision that is kept";
  return refuse("unknownRevision", `${toCommit} ${what} of ${key}. ${could}`);
}

/** Revisions that can be gone back to from one, newest first, each as often as it is known. */
export function earlierThan(subject: HoldSubject, from: Revision): Revision[] {
  return [...stableOf(subject), ...subject.earlier].filter(({ digest }) => digest !== from.digest);
}

/** Everything that a version serves, is on the way to or from, or can go back to. */
export function knownRevisions(subject: HoldSubject): Revision[] {
  const served = servedRevision(subject);
  return served ? [served, ...earlierThan(subject, served)] : [];
}

/** What a version serves, or is on the way to; null when that is nothing. */
export function servedRevision(subject: HoldSubject): Revision | null {
  const { hold } = subject;
  const [stable] = stableOf(subject);
  if (!hold || hold.mode === "pause") return onItsWay(subject) ?? stable ?? null;
  if (hold.to) return hold.to;
  return stableOf(subject).find(({ digest }) => digest !== hold.revision?.digest) ?? stable ?? null;
}

/** The revision that a rollout brings: as the regions have it, or as it still waits for its first window. */
function onItsWay({ releases, rollout }: HoldSubject): Revision | null {
  for (const { next } of releases.values()) if (next) return { digest: next.digest, commit: next.commit };
  return rollout?.revision ?? null;
}

function stableOf({ releases }: HoldSubject): Revision[] {
  return [...releases.values()].flatMap(({ stable }) => (stable ? [stable] : []));
}

function holdChange(
  { script }: HoldSubject,
  { reason, by, askedAtMs }: Operation,
  what: Pick<Hold, "mode" | "revision" | "to">,
) {
  const hold: Hold = {
    kind: "Hold",
    script: script.name,
    version: script.version,
    ...what,
    reason,
    by,
    at: new Date(askedAtMs).toISOString(),
  };
  return { path: holdPath(script.name, script.version), content: holdText(hold) };
}

/** Who holds a version, since when and why. */
export function sinceWhen(hold: Hold): string {
  return `by ${hold.by} since ${hold.at.slice(0, 16)}Z: ${hold.reason}`;
}

function short(commit: string | undefined): string {
  return commit?.slice(0, 7) ?? "an unknown revision";
}
