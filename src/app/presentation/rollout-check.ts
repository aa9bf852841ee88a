import { rolloutButtons } from "#app/commands/check-buttons.ts";
import type { CheckRun } from "#domain/ports.ts";
import type { RolloutPhase } from "#domain/rollout/rollout-phase.ts";
import { headline, type ShownRollout } from "./sticky-comment.ts";

/** The same check run as before the merge, now about the rollout, with the buttons that go with where it is. */
export function rolloutCheck(
  rollouts: readonly [ShownRollout, ...ShownRollout[]],
  headSha: string,
  externalId: string,
): CheckRun {
  const gravest =
    rollouts.toSorted((a, b) => gravity(b.state.phase) - gravity(a.state.phase))[0] ?? rollouts[0];
  const more = rollouts.length > 1 ? ` (and ${rollouts.length - 1} more)` : "";
  return {
    externalId,
    headSha,
    name: "showrunner",
    outcome: { status: "completed", conclusion: conclusionOf(gravest.state.phase) },
    title: `${headline(gravest).replaceAll(/[`\\]/g, "")}${more}`,
    summary: rollouts.map((rollout) => `- ${headline(rollout)}`).join("\n"),
    annotations: [],
    actions: rolloutButtons(gravest.state.phase),
  };
}

function conclusionOf({ kind }: RolloutPhase): "success" | "failure" | "neutral" {
  if (kind === "rollingBack" || kind === "rolledBack" || kind === "refused") return "failure";
  return kind === "aborted" || kind === "superseded" ? "neutral" : "success";
}

/** What a person should see first is greater. */
function gravity({ kind }: RolloutPhase): number {
  if (kind === "rollingBack" || kind === "rolledBack" || kind === "refused") return 3;
  if (kind === "held" || kind === "paused" || kind === "frozen" || kind === "aborted") return 2;
  return kind === "completed" || kind === "superseded" ? 0 : 1;
}
