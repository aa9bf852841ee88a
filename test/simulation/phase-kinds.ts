import type { RolloutPhase } from "#domain/rollout/rollout-phase.ts";

/** Each by name, so that a phase that is added to the product is missed here; false for one that no scenario brings about. */
const kinds: Readonly<Record<RolloutPhase["kind"], boolean>> = {
  collecting: true,
  refused: true,
  waitingForWindow: true,
  frozen: true,
  paused: true,
  waitingForAlarm: true,
  withdrawing: true,
  // Nothing is measured in a simulation, so none has a verdict.
  canarying: false,
  provisioning: true,
  warming: true,
  shifting: true,
  baking: true,
  held: true,
  rollingBack: true,
  rolledBack: true,
  aborted: true,
  completed: true,
  superseded: true,
};

export const phaseKinds: readonly string[] = Object.entries(kinds).flatMap(([kind, isReached]) =>
  isReached ? [kind] : [],
);
