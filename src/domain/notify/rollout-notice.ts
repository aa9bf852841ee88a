import type { RolloutPhase } from "../rollout/rollout-phase.ts";
import type { Notice } from "./notice.ts";
import type { NoticeKind } from "./notify-endpoint.ts";

/** A rollout and where it has got to. */
export interface MovedRollout {
  readonly id: string;
  readonly script: string;
  readonly version: string;
  readonly commit: string;
  readonly digest: string;
  readonly promisedByMs: number;
  readonly phase: RolloutPhase;
  readonly percent: number;
}

/** What was on record before; null for a new rollout. */
export interface RecordedBefore {
  readonly phase: RolloutPhase;
  readonly updatedAtMs: number;
}

/**
 * What is told of a rollout's step: nothing where it is where it was. Found again after a crash, from the same record,
 * it has the same id.
 */
export function rolloutNotice(
  rollout: MovedRollout,
  before: RecordedBefore | null,
  nowMs: number,
): Notice | null {
  const { id, script, version, commit, digest, promisedByMs, phase, percent } = rollout;
  const kind = kindOf(phase);
  const isNew = before === null;
  if (!isNew && stepOf(before.phase) === stepOf(phase)) return null;
  const told = kind ?? (isNew ? "rollout.started" : null);
  if (told === null) return null;
  const subject = `${script}@${version}`;
  return {
    id: `${id}.${told.slice("rollout.".length)}.${before?.updatedAtMs ?? 0}`,
    kind: told,
    subject,
    atMs: nowMs,
    text: `${subject} (${commit.slice(0, 7)}) ${words(told, phase)}`,
    data: {
      rollout: id,
      script,
      version,
      commit,
      digest,
      percent,
      promisedBy: new Date(promisedByMs).toISOString(),
      phase,
    },
  };
}

/** Null for what is only on the way to something. */
function kindOf(phase: RolloutPhase): NoticeKind | null {
  switch (phase.kind) {
    case "refused":
    case "frozen":
    case "paused":
    case "baking":
    case "held":
    case "rollingBack":
    case "rolledBack":
    case "aborted":
    case "completed":
    case "superseded":
      return `rollout.${phase.kind}`;
    case "collecting":
    case "waitingForWindow":
    case "waitingForAlarm":
      return "rollout.waiting";
    case "withdrawing":
    case "canarying":
    case "provisioning":
    case "warming":
    case "shifting":
      return null;
    default:
      return phase satisfies never;
  }
}

/** A bake of another wave is another step. */
function stepOf(phase: RolloutPhase): string {
  return `${kindOf(phase) ?? ""} ${"wave" in phase ? phase.wave : ""}`;
}

function words(kind: NoticeKind, phase: RolloutPhase): string {
  const reason = "reason" in phase ? `: ${phase.reason}` : "";
  const wave = "wave" in phase ? ` wave ${phase.wave}` : "";
  switch (kind) {
    case "rollout.started":
      return "is being rolled out";
    case "rollout.waiting":
      return `waits before${wave === "" ? " it starts" : wave}${reason}`;
    case "rollout.baking":
      return `is observed in${wave}`;
    case "rollout.held":
      return `is held in${wave}${reason}`;
    case "rollout.frozen":
      return `is frozen before${wave}${reason}`;
    case "rollout.paused":
      return `is paused in${wave}${reason}`;
    case "rollout.rollingBack":
      return `is taken back${reason}`;
    case "rollout.rolledBack":
      return `was rolled back${reason}`;
    case "rollout.aborted":
      return `was aborted${reason}`;
    case "rollout.superseded":
      return "was superseded by a newer merge";
    case "rollout.refused":
      return `cannot be rolled out${reason}`;
    case "rollout.completed":
      return "is served everywhere";
    case "operation.done":
      return "was operated on";
    default:
      return kind satisfies never;
  }
}
