import type { Freeze, Release } from "#schemas/types.ts";
import type { FileChange } from "../ports.ts";
import type { FleetSnapshot } from "../reconcile/fleet-snapshot.ts";
import { holdPath } from "../reconcile/hold-file.ts";
import { releasePath, releaseText } from "../reconcile/release-file.ts";
import { nextBatchPct } from "../rollout/batches.ts";
import type { KnownRollout, OperationFacts } from "./operation-facts.ts";
import { freezePath, freezeText } from "../reconcile/stop-files.ts";
import { type PartialPlan, refuse } from "./operation-plan.ts";
import type { Operation } from "./operation.ts";
import type { HoldSubject } from "./plan-hold.ts";
import { freezesOver } from "./stops-in-force.ts";

/**
 * A person's override, one thing at a time: what is held back may be tried again; else what is frozen may change as a
 * hotfix; else the first wave begins without a pass of its canary, or the wave that bakes counts as proven now.
 */
export function planPromote(
  snapshot: FleetSnapshot,
  subject: HoldSubject,
  { slots }: Pick<OperationFacts, "slots">,
  operation: Operation,
  nowMs: number,
): PartialPlan {
  const { script, key, hold } = subject;
  if (hold?.mode === "pause")
    return refuse("nothingToDo", `${key} is paused by ${hold.by}: ${hold.reason}. Use resume first.`);
  if (hold) {
    const path = holdPath(script.name, script.version);
    const what = hold.revision?.commit.slice(0, 7) ?? "what was held back";
    return { ok: true, changes: [{ path, content: null }], words: `try ${what} of ${key} again` };
  }
  const freezes = withHotfix(snapshot, subject, operation, nowMs);
  if (freezes.length > 0) {
    const changes = freezes.map((freeze) => ({
      path: freezePath(freeze.scope),
      content: freezeText(freeze),
    }));
    return { ok: true, changes, words: `let ${key} change in spite of the freeze`, freezes };
  }
  return beginFirstWave(subject, slots, operation) ?? promoteWave(subject, operation);
}

/** Puts the revision on the first nodes of the first wave, whose canary then ends by itself; null where it waits for none. */
function beginFirstWave(
  { key, script, rollout, releases }: HoldSubject,
  slots: OperationFacts["slots"],
  { askedAtMs }: Operation,
): PartialPlan | null {
  if (!rollout) return null;
  const regions = canaryRegions(rollout);
  const [source] = [...releases.values()].map((release) => release.source);
  const hasBegun = [...releases.values()].some(({ next }) => next);
  if (regions.length === 0 || source === undefined || hasBegun) return null;
  const { id, revision, startedAtMs, promisedByMs } = rollout;
  const changes = regions.map((region): FileChange => {
    const stable = releases.get(region)?.stable;
    const release: Release = {
      kind: "Release",
      script: script.name,
      version: script.version,
      source,
      ...(stable && { stable }),
      next: { ...revision, nodesPct: nextBatchPct(slots[region] ?? [], 0) },
      rollout: {
        id,
        wave: 1,
        startedAt: new Date(startedAtMs).toISOString(),
        waveStartedAt: new Date(Math.max(askedAtMs, startedAtMs)).toISOString(),
        promisedBy: new Date(promisedByMs).toISOString(),
      },
    };
    return { path: releasePath(region, script.name, script.version), content: releaseText(release) };
  });
  return { ok: true, changes, words: `begin wave 1 of ${key} without a pass of its canary` };
}

function canaryRegions({ phase }: KnownRollout): readonly string[] {
  if (phase.kind === "canarying") return phase.regions;
  return phase.kind === "held" ? (phase.untriedIn ?? []) : [];
}

function withHotfix(
  snapshot: FleetSnapshot,
  { script, rollout }: HoldSubject,
  { reason, by, askedAtMs }: Operation,
  nowMs: number,
): Freeze[] {
  const commit = rollout?.revision.commit;
  const at = new Date(askedAtMs).toISOString();
  const exception = { script: script.name, ...(commit !== undefined && { commit }), reason, by, at };
  return freezesOver(snapshot, script.name, nowMs)
    .filter(({ allow = [] }) => !allow.some((one) => one.script === script.name && one.commit === commit))
    .map((freeze) => ({ ...freeze, allow: [...(freeze.allow ?? []), exception] }));
}

/** Makes stable what the regions of the current wave run on all their nodes. */
function promoteWave({ key, rollout, releases }: HoldSubject, { askedAtMs }: Operation): PartialPlan {
  if (!rollout) return refuse("nothingToDo", `${key} has no rollout under way.`);
  const { phase, id } = rollout;
  if (phase.kind !== "baking" && phase.kind !== "held" && phase.kind !== "canarying")
    return refuse("nothingToDo", `${key} can be promoted while it bakes; it is ${phase.kind} now.`);
  const changes: FileChange[] = [];
  for (const [region, release] of releases) {
    const { next, rollout: mark, kind, script, version, source } = release;
    if (next?.nodesPct !== 100 || mark?.id !== id || mark.wave !== phase.wave) continue;
    // A wave that began after it was asked is not the one that the person saw.
    if (Date.parse(mark.waveStartedAt) > askedAtMs) continue;
    const stable = { digest: next.digest, commit: next.commit };
    changes.push({
      path: releasePath(region, script, version),
      content: releaseText({ kind, script, version, source, stable }),
    });
  }
  if (changes.length === 0)
    return refuse("nothingToDo", `${key} has moved on since: wave ${phase.wave} began after this was asked.`);
  return { ok: true, changes, words: `promote wave ${phase.wave} of ${key}` };
}
