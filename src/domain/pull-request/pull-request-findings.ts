import type { CanaryPolicy } from "#domain/canary/canary-policy.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import type { RolloutPlan } from "#domain/rollout/rollout-plan.ts";

/** What was found out about one state (head, base, fleet) of a pull request. */
export type PullRequestFindings =
  /** It touches no script of ours. */
  | { readonly kind: "unaffected" }
  | { readonly kind: "invalid"; readonly problems: readonly Problem[]; readonly scripts: readonly string[] }
  | {
      readonly kind: "valid";
      readonly warnings: readonly Problem[];
      readonly scripts: readonly PlannedScript[];
      /** When the plans below were made, epoch milliseconds. */
      readonly plannedAtMs: number;
    };

export interface PlannedScript {
  readonly name: string;
  readonly version: string;
  readonly change:
    | {
        readonly kind: "rollout";
        readonly digest: string;
        /** As if it were merged now, untried. */
        readonly plan: RolloutPlan;
        /** As if its canary had passed; absent where that makes no difference. */
        readonly triedPlan?: RolloutPlan;
        readonly canary: CanaryIntent;
      }
    /** The merge gives the very revision that runs already. */
    | { readonly kind: "sameRevision"; readonly digest: string };
}

/** Whether a candidate is tried before the merge. The policy is the target branch's. */
export type CanaryIntent =
  | { readonly kind: "run"; readonly candidate: Revision; readonly policy: CanaryPolicy }
  /** Only when somebody who may says so. */
  | {
      readonly kind: "onCommand";
      readonly candidate: Revision;
      readonly policy: CanaryPolicy;
      readonly reason: string;
    }
  /** `onDemand` is what a person may still ask for. */
  | {
      readonly kind: "none";
      readonly reason: string;
      readonly onDemand: { readonly candidate: Revision; readonly policy: CanaryPolicy } | null;
    };
