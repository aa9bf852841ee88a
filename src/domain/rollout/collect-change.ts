/** One member of a group, as far as the change that it may be part of is concerned. */
export interface ChangeMember {
  /** The script's name. */
  readonly script: string;
  /** Ids of the changes that its merges since the stable revision name. */
  readonly changes: readonly string[];
  /** When the newest of them was merged, epoch milliseconds. */
  readonly mergedAtMs: number;
}

export type Collected =
  /** No change of a group: it rolls out by itself. */
  | { readonly kind: "alone" }
  | {
      readonly kind: "collecting";
      readonly change: string;
      /** Members whose merge is not there yet. */
      readonly missing: readonly string[];
      /** When it was given up waiting, or will be; epoch milliseconds. */
      readonly untilMs: number;
    }
  | { readonly kind: "complete"; readonly change: string };

/**
 * Whether the merges that a script's newest change names are all there: every member of the group has one. It waits
 * for `collectForMs` after the first of them; what is not complete then stays where it is, since half of it would break.
 */
export function collectChange(
  script: string,
  group: readonly string[],
  members: readonly ChangeMember[],
  collectForMs: number,
): Collected {
  const change = members.find((member) => member.script === script)?.changes.at(-1);
  if (change === undefined) return { kind: "alone" };
  const present = members.filter((member) => member.changes.includes(change));
  const missing = group.filter((name) => !present.some((member) => member.script === name));
  if (missing.length === 0) return { kind: "complete", change };
  const firstMs = Math.min(...present.map((member) => member.mergedAtMs));
  return { kind: "collecting", change, missing, untilMs: firstMs + collectForMs };
}
