import type { CheckRun } from "#domain/ports.ts";
import type { CommandName, CommentCommand } from "#domain/pull-request/comment-commands.ts";
import type { RolloutPhase } from "#domain/rollout/rollout-phase.ts";
import { assertNever } from "#domain/assert-never.ts";

type Button = CheckRun["actions"][number];

const again: Button = {
  label: "Run again",
  description: "Validate and plan again, as of now",
  identifier: "plan",
};
const hold: Button = { label: "Hold", description: "Do not roll out once it is merged", identifier: "hold" };
const pause: Button = {
  label: "Pause",
  description: "What is exposed stays, no more is",
  identifier: "pause",
};
const resume: Button = { label: "Roll out", description: "Go on where it was paused", identifier: "resume" };
const stop: Button = {
  label: "Stop",
  description: "Withdraw it where it is not stable",
  identifier: "abort",
};
const rollBack: Button = {
  label: "Roll back",
  description: "Take it back in every region",
  identifier: "rollback",
};
const rollOut: Button = {
  label: "Roll out",
  description: "Go on in spite of what holds it",
  identifier: "rollout",
};

const freeze: Button = {
  label: "Freeze",
  description: "Nothing of these scripts changes",
  identifier: "freeze",
};
const unfreeze: Button = { label: "Unfreeze", description: "Let them change again", identifier: "unfreeze" };

/** On the check of a pull request that is tried: while that goes on, and after. */
export function canaryButtons(isRunning: boolean): readonly Button[] {
  const merge = { label: "Roll out", description: "Merge exactly this commit now", identifier: "rollout" };
  return [
    isRunning
      ? { label: "Stop", description: "End the canary without a verdict", identifier: "canary-stop" }
      : { label: "Run again", description: "Try the same change once more", identifier: "canary" },
    merge,
  ];
}

const commandOf: Readonly<Record<string, CommandName>> = {
  canary: "canary",
  "canary-stop": "canary",
  plan: "plan",
  hold: "hold",
  pause: "pause",
  resume: "resume",
  abort: "abort",
  rollback: "rollback",
  rollout: "rollout",
  freeze: "freeze",
  unfreeze: "unfreeze",
};

/** What a button asks for; null for a button that this version does not have. */
export function buttonCommand(identifier: string): CommentCommand | null {
  const name = Object.hasOwn(commandOf, identifier) ? commandOf[identifier] : undefined;
  return name === undefined ? null : { name, argument: identifier === "canary-stop" ? "stop" : "" };
}

/** The buttons on the check of an open pull request; `isFrozen` when one of its scripts is by itself. */
export function openButtons(isHeld: boolean, isFrozen: boolean): readonly Button[] {
  return [again, isHeld ? resume : hold, isFrozen ? unfreeze : freeze];
}

/** The buttons that go with the phase of a rollout. */
export function rolloutButtons(phase: RolloutPhase): readonly Button[] {
  switch (phase.kind) {
    case "paused":
      return [resume, stop, rollBack];
    case "canarying":
      return [pause, stop, rollOut];
    case "held":
      return [rollOut, stop, rollBack];
    case "frozen":
      // A button ends the freeze of the script itself; wider ones are another's matter.
      return phase.freeze.startsWith("script:") ? [pause, stop, unfreeze] : [pause, stop];
    case "refused":
    case "collecting":
    case "waitingForWindow":
    case "waitingForAlarm":
    case "withdrawing":
      return [pause, stop];
    case "provisioning":
    case "warming":
    case "shifting":
    case "baking":
      return [pause, stop, rollBack];
    case "completed":
      return [rollBack];
    case "rollingBack":
    case "superseded":
      return [];
    case "rolledBack":
    case "aborted":
      return [rollOut];
    default:
      return assertNever(phase);
  }
}
