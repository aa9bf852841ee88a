import type { Direction } from "./judge-policy.ts";
import type { Sides } from "./observations.ts";

/** One way in which a metric can get worse. */
export type HarmfulDirection = "increase" | "decrease";

/** Ways that a metric is tested for; they share its part of alpha. */
export function harmfulDirections(harm: Direction): readonly HarmfulDirection[] {
  return harm === "either" ? ["increase", "decrease"] : [harm];
}

/** The sides with the one that would be higher, were there harm, as the canary. */
export function facing<T>(sides: Sides<T>, direction: HarmfulDirection): Sides<T> {
  return direction === "increase" ? sides : { canary: sides.baseline, baseline: sides.canary };
}

/** How many times the other a side may be: 1.05 for "up to 5% more", 1/0.95 for "up to 5% less". */
export function factorOf(change: number, direction: HarmfulDirection): number {
  return direction === "increase" ? 1 + change : 1 / Math.max(1 - change, Number.EPSILON);
}
