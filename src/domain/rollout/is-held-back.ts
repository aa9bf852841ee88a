import type { RolloutInput } from "./rollout-input.ts";

/** Whether the very target is taken back, or was. */
export function isHeldBack({ hold, target }: Pick<RolloutInput, "hold" | "target">): boolean {
  return hold !== null && hold.mode !== "pause" && hold.revision?.digest === target.digest;
}
