import type { BuildProblem } from "./build-problem.ts";

/**
 * Ends a build early with an expected outcome. Thrown inside the build process only, many calls deep, and turned into
 * a `BuildOutcome` in one place.
 */
export class BuildStop extends Error {
  readonly outcome:
    | { readonly kind: "rejected"; readonly problems: readonly BuildProblem[] }
    | { readonly kind: "unavailable"; readonly message: string };

  constructor(outcome: BuildStop["outcome"]) {
    super(outcome.kind === "unavailable" ? outcome.message : outcome.problems[0]?.message);
    this.name = "BuildStop";
    this.outcome = outcome;
  }
}

/** The repository's fault, at one place. */
export function rejection(problem: Omit<BuildProblem, "severity">): BuildStop {
  return new BuildStop({ kind: "rejected", problems: [{ ...problem, severity: "error" }] });
}
