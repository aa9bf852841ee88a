/** Where a rollout is. Waves count from 1; times are epoch milliseconds. */
export type RolloutPhase =
  /** Its timetable cannot meet the promise from here; tried again at `retryAtMs`. */
  | { readonly kind: "refused"; readonly reason: string; readonly retryAtMs: number | null }
  /** Part of a change to several scripts: the merges of these are still missing. Given up waiting for at `untilMs`. */
  | {
      readonly kind: "collecting";
      readonly change: string;
      readonly missing: readonly string[];
      readonly untilMs: number;
    }
  | {
      readonly kind: "waitingForWindow";
      readonly wave: number;
      readonly regions: readonly string[];
      readonly opensAtMs: number | null;
    }
  /** Nothing may change there: a freeze. `freeze` is its scope; `untilMs` is null when only a command ends it. */
  | {
      readonly kind: "frozen";
      readonly wave: number;
      readonly freeze: string;
      readonly reason: string;
      readonly by: string;
      readonly untilMs: number | null;
    }
  /** A person stopped it. */
  | { readonly kind: "paused"; readonly wave: number; readonly reason: string; readonly by: string }
  /** The wave does not start while most of what runs in one of its regions fails. */
  | {
      readonly kind: "waitingForAlarm";
      readonly wave: number;
      readonly regions: readonly string[];
      readonly reason: string;
    }
  /** Takes back another revision that was on its way in these regions, before its own first step. */
  | {
      readonly kind: "withdrawing";
      readonly wave: number;
      readonly regions: readonly string[];
      readonly waitingFor: readonly string[];
    }
  /** Before any node takes it, a share of the first wave's requests tries it beside a fresh baseline. */
  | {
      readonly kind: "canarying";
      readonly wave: number;
      readonly regions: readonly string[];
      readonly run: string;
      /** Null while the run waits for its turn. */
      readonly untilMs: number | null;
    }
  /** The first nodes of the wave fetch and load it. */
  | {
      readonly kind: "provisioning";
      readonly wave: number;
      readonly waitingFor: readonly string[];
      readonly unreachable: readonly string[];
    }
  /** The first nodes of the wave answer its warm-up requests. */
  | {
      readonly kind: "warming";
      readonly wave: number;
      readonly waitingFor: readonly string[];
      readonly unreachable: readonly string[];
    }
  /** Some nodes of the wave serve it; the others follow, batch by batch. */
  | {
      readonly kind: "shifting";
      readonly wave: number;
      readonly attested: number;
      readonly total: number;
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
  /** Baked, or tried, to the end without proof that it is good, and the policy says hold. */
  | {
      readonly kind: "held";
      readonly wave: number;
      /** Set where its canary is what holds it: the regions of the first wave, which has not begun. */
      readonly untriedIn?: readonly string[];
      readonly requests: number;
      readonly minRequests: number;
      readonly reason: string;
    }
  /** It is taken back, worst region first. `to` is the commit regions go back to, null when there is none. */
  | {
      readonly kind: "rollingBack";
      readonly reason: string;
      readonly by: string;
      readonly to: string | null;
      readonly regions: readonly string[];
      readonly waitingFor: readonly string[];
    }
  /** Nodes attest that it is gone; it is not tried again until a newer merge or a person's override. */
  | { readonly kind: "rolledBack"; readonly reason: string; readonly by: string; readonly to: string | null }
  /** Withdrawn where it was not stable yet; not tried again likewise. */
  | { readonly kind: "aborted"; readonly reason: string; readonly by: string }
  | { readonly kind: "completed"; readonly unproven: boolean }
  | { readonly kind: "superseded"; readonly by: string };

/** Phases after which nothing more comes by itself. */
export function isTerminal({ kind }: RolloutPhase): boolean {
  return kind === "completed" || kind === "superseded" || kind === "rolledBack" || kind === "aborted";
}
