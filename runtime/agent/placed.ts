import type { RevisionSettings } from "#schemas/types.ts";
import type { InstanceIdentity } from "../isolates/script-instance.ts";

/** An instance that the pool keeps alive in each of its workers. */
export interface Placed {
  readonly number: number;
  readonly identity: InstanceIdentity;
  readonly settings: RevisionSettings;
  /** False until it was provisioned for the first time. */
  isServing: boolean;
}
