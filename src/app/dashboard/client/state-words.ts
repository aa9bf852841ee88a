import type {
  CellState,
  NodeState,
  OverviewPullRequest,
  OverviewRollout,
  RolloutRegionState,
  StatusLevel,
} from "#app/api/overview.ts";
import type { IconName } from "./icon.tsx";

/** How a state looks: the tone is a colour, and the icon and the word say the same without it. */
export interface Look {
  readonly icon: IconName;
  readonly word: string;
  readonly tone: "good" | "moving" | "bad" | "warn" | "quiet";
}

export const cellLook: Readonly<Record<CellState, Look>> = {
  serving: { icon: "check", word: "serving", tone: "good" },
  rolling: { icon: "half", word: "rolling", tone: "moving" },
  drift: { icon: "notEqual", word: "drift", tone: "warn" },
  failed: { icon: "cross", word: "failed", tone: "bad" },
  unknown: { icon: "question", word: "unknown", tone: "warn" },
  absent: { icon: "dash", word: "absent", tone: "quiet" },
};

export const nodeLook: Readonly<Record<NodeState, Look>> = {
  ready: { icon: "check", word: "ready", tone: "good" },
  starting: { icon: "half", word: "starting", tone: "moving" },
  draining: { icon: "half", word: "draining", tone: "moving" },
  unreachable: { icon: "question", word: "unreachable", tone: "warn" },
};

export const regionLook: Readonly<Record<RolloutRegionState, Look>> = {
  waiting: { icon: "circle", word: "waiting", tone: "quiet" },
  provisioning: { icon: "half", word: "provisioning", tone: "moving" },
  baking: { icon: "half", word: "baking", tone: "moving" },
  done: { icon: "check", word: "done", tone: "good" },
  rollingBack: { icon: "cross", word: "rolling back", tone: "bad" },
  withdrawn: { icon: "dash", word: "withdrawn", tone: "quiet" },
};

const verdictLook: Readonly<Record<OverviewPullRequest["verdict"], Look>> = {
  valid: { icon: "check", word: "valid", tone: "good" },
  invalid: { icon: "cross", word: "needs a fix", tone: "bad" },
  pending: { icon: "half", word: "checking", tone: "moving" },
};

const canaryLook: Readonly<Record<NonNullable<OverviewPullRequest["canary"]>, Look>> = {
  running: { icon: "half", word: "canary running", tone: "moving" },
  success: verdictLook.valid,
  failure: { icon: "cross", word: "canary failed", tone: "bad" },
  actionRequired: { icon: "alert", word: "waits for a decision", tone: "warn" },
};

/** How a pull request stands: its canaries say more than that it is valid. */
export function pullRequestLook({ verdict, canary }: OverviewPullRequest): Look {
  return verdict === "valid" && canary !== null ? canaryLook[canary] : verdictLook[verdict];
}

export const statusLook: Readonly<Record<StatusLevel, Look>> = {
  ok: { icon: "check", word: "Healthy", tone: "good" },
  moving: { icon: "half", word: "Moving", tone: "moving" },
  attention: { icon: "alert", word: "Needs attention", tone: "bad" },
};

/** How a rollout stands, for its badge. A promise counts as broken as soon as the expectation lies behind it. */
export function rolloutLook(rollout: OverviewRollout, nowMs: number): Look {
  switch (rollout.phase) {
    case "rollingBack":
      return { icon: "cross", word: "rolling back", tone: "bad" };
    case "rolledBack":
      return { icon: "cross", word: "rolled back", tone: "bad" };
    case "aborted":
      return { icon: "dash", word: "aborted", tone: "quiet" };
    case "paused":
      return { icon: "alert", word: "paused", tone: "warn" };
    case "frozen":
      return { icon: "alert", word: "frozen", tone: "warn" };
    case "refused":
      return { icon: "cross", word: "not started", tone: "bad" };
    case "held":
      return { icon: "alert", word: "held", tone: "warn" };
    case "superseded":
      return { icon: "dash", word: "superseded", tone: "quiet" };
    case "completed":
      return { icon: "check", word: "live", tone: "good" };
    case "collecting":
    case "waitingForWindow":
    case "waitingForAlarm":
    case "withdrawing":
    case "canarying":
    case "provisioning":
    case "warming":
    case "shifting":
    case "baking": {
      const lastMs = Math.max(nowMs, Date.parse(rollout.expectedBy));
      return lastMs > Date.parse(rollout.promisedBy)
        ? { icon: "alert", word: "late", tone: "warn" }
        : { icon: "half", word: "on time", tone: "moving" };
    }
    default:
      return rollout.phase satisfies never;
  }
}
