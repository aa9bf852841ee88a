/** Where a rollout is. Waves count from 1; times are epoch milliseconds. */
export type RolloutPhase =
  /** Its timetable cannot meet the promise from here; tried again at `retryAtMs`. */
  | { readonly kind: "refused"; readonly reason: string; readonly retryAtMs: number | null }
  | {
      readonly kind: "waitingForWindow";
      readonly wave: number;
      readonly regions: readonly string[];
      readonly opensAtMs: number | null;
    }
  | {
      readonly kind: "provisioning";
      readonly wave: number;
      readonly waitingFor: readonly string[];
      readonly unreachable: readonly string[];
    }
  | {
      readonly kind: "baking";
      readonly wave: number;
      readonly sinceMs: number;
      readonly untilMs: number;
      readonly requests: number;
    }
  /** Baked to the end with too little data, and the policy says hold. */
  | { readonly kind: "held"; readonly wave: number; readonly requests: number; readonly minRequests: number }
  /** A node could not take the revision; the wave goes no further. */
  | {
      readonly kind: "failed";
      readonly wave: number;
      readonly region: string;
      readonly node: string;
      readonly message: string;
    }
  | { readonly kind: "completed"; readonly unproven: boolean }
  | { readonly kind: "superseded"; readonly by: string };
