import type { RolloutPhase } from "../rollout/rollout-phase.ts";
import type { Revision } from "../rollout/rollout-input.ts";

/** What an operation is planned on, beside the fleet repository. */
export interface OperationFacts {
  /** Versions that repositories declare now. */
  readonly scripts: readonly KnownScript[];
  /** Rollouts that have not ended. */
  readonly rollouts: readonly KnownRollout[];
  /** By `<script>@<version>`: earlier stable revisions that can still be served, newest first. Only a rollback asks for them. */
  readonly earlier: ReadonlyMap<string, readonly Revision[]>;
  /** By commit, for the revisions of an atomic group's members. Only its rollback asks for them. */
  readonly origins: ReadonlyMap<string, RevisionOrigin>;
  /** Slots of the nodes of each region, any order. Only a promotion asks for them. */
  readonly slots: Readonly<Record<string, readonly number[]>>;
}

/** What a script's repository says of a revision. */
export interface RevisionOrigin {
  /** Ids of the changes to several scripts that merges up to it name. */
  readonly changes: readonly string[];
  readonly mergedAtMs: number;
}

export interface KnownScript {
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface KnownRollout {
  readonly id: string;
  readonly script: string;
  readonly version: string;
  readonly revision: Revision;
  readonly phase: RolloutPhase;
  readonly startedAtMs: number;
  readonly promisedByMs: number;
}
