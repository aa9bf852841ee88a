import type { RolloutView, ScriptRollouts } from "./read-rollouts.ts";

export type Until = "started" | "completed";

export type WaitVerdict =
  | {
      readonly kind: "over";
      readonly reached: boolean;
      readonly reason: string;
      readonly rollout: RolloutView | null;
    }
  | { readonly kind: "pending"; readonly reason: string; readonly rollout: RolloutView | null };

/** Phases in which nothing of a rollout has reached a region yet. */
const notStarted = new Set(["refused", "waitingForWindow", "waitingForAlarm", "frozen", "withdrawing"]);
const lost = new Set(["rolledBack", "aborted", "superseded"]);

/** Whether a commit has come as far as it should. Every version that the commit changes must. */
export function waitVerdict({ rollouts, served }: ScriptRollouts, sha: string, until: Until): WaitVerdict {
  const ours = rollouts.filter((rollout) => rollout.commit.startsWith(sha));
  const failed = ours.find((rollout) => lost.has(rollout.phase));
  if (failed) return over(false, `${unit(failed)} was not reached: ${failed.phaseText}`, failed);
  const open = ours.find((rollout) => !isReached(rollout, until));
  if (open) {
    const reason = `${unit(open)}: ${open.phaseText}, ${Math.floor(open.percent)}%, expected by ${time(open.expectedBy)}, promised by ${time(open.promisedBy)}`;
    return { kind: "pending", reason, rollout: open };
  }
  const [first] = ours;
  if (first) return over(true, `${unit(first)}: ${first.phaseText}`, first);
  // A commit that changes nothing of the script makes no rollout: what it builds to is served already.
  if (Object.values(served).some((commit) => commit.startsWith(sha)))
    return over(true, `${sha.slice(0, 7)} changes nothing of what every region serves already`, null);
  return { kind: "pending", reason: `no rollout of ${sha.slice(0, 7)} has begun yet`, rollout: null };
}

function isReached(rollout: RolloutView, until: Until): boolean {
  if (rollout.phase === "completed") return true;
  return until === "started" && (rollout.wave > 1 || !notStarted.has(rollout.phase));
}

function over(reached: boolean, reason: string, rollout: RolloutView | null): WaitVerdict {
  return { kind: "over", reached, reason, rollout };
}

function unit({ script, version, commit }: RolloutView): string {
  return `${script}@${version} ${commit.slice(0, 7)}`;
}

function time(at: string): string {
  return at.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, "$1 $2 UTC");
}
