import { assertNever } from "../assert-never.ts";

/** What a script did to others, or to its own isolate. */
export type Harm =
  /** A turn that had to be cut off. */
  | "cpu"
  /** Its isolate passed its memory limit, or was left garbled. */
  | "memory"
  | "garbled"
  /** It burned CPU that no request asked for. */
  | "background"
  /** Its worker crashed, and it is one of several that may be at fault. */
  | "suspected"
  /** Its worker had to be ended, or ended by itself, while it ran. */
  | "hung"
  | "crash"
  | "overMemory";

/** How one revision behaves on this node. Plain data; time decides what of it still counts. */
export interface Conduct {
  readonly lane: "shared" | "own";
  /** Harm of the last while, weighted. */
  readonly points: number;
  readonly lastHarmMs: number;
  /** How often it was quarantined without a good while between. */
  readonly quarantines: number;
  readonly untilMs: number;
  /** All harm of the revision since this node started. */
  readonly strikes: number;
}

export const GOOD_CONDUCT: Conduct = {
  lane: "shared",
  points: 0,
  lastHarmMs: 0,
  quarantines: 0,
  untilMs: 0,
  strikes: 0,
};

export interface ConductChange {
  readonly conduct: Conduct;
  readonly isNewlyQuarantined: boolean;
}

const POINTS_MAX = 3;
const POINTS_FORGOTTEN_AFTER_MS = 60_000;
const QUARANTINES_FORGOTTEN_AFTER_MS = 10 * 60_000;
const FIRST_QUARANTINE_MS = 2000;
const LONGEST_QUARANTINE_MS = 5 * 60_000;
const DOUBLINGS_MAX = 10;

/**
 * What becomes of a script that did harm. Three small harms within a minute, one that nobody asked for, or the loss of a
 * worker put it into quarantine, each time for twice as long. Whoever cost others their worker, or comes into quarantine again, gets a
 * process of its own from then on, where it can hurt nobody else.
 */
export function afterHarm(conduct: Conduct, harm: Harm, nowMs: number): ConductChange {
  const strikes = conduct.strikes + 1;
  const isRecent = nowMs - conduct.lastHarmMs < POINTS_FORGOTTEN_AFTER_MS;
  const isKnown = nowMs - conduct.lastHarmMs < QUARANTINES_FORGOTTEN_AFTER_MS;
  const quarantinesBefore = isKnown ? conduct.quarantines : 0;
  const points = (isRecent ? conduct.points : 0) + weightOf(harm);
  const lane = costsWorker(harm) || conduct.lane === "own" ? "own" : "shared";
  // One that has been there before has used up its patience.
  const pointsMax = quarantinesBefore === 0 ? POINTS_MAX : 1;
  if (points < pointsMax) {
    const kept = {
      ...conduct,
      lane,
      points,
      lastHarmMs: nowMs,
      quarantines: quarantinesBefore,
      strikes,
    } as const;
    return { conduct: kept, isNewlyQuarantined: false };
  }
  const quarantines = quarantinesBefore + 1;
  const backoffMs = FIRST_QUARANTINE_MS * 2 ** Math.min(quarantines - 1, DOUBLINGS_MAX);
  return {
    conduct: {
      lane: quarantines > 1 ? "own" : lane,
      points: 0,
      lastHarmMs: nowMs,
      quarantines,
      strikes,
      untilMs: Math.max(conduct.untilMs, nowMs + Math.min(LONGEST_QUARANTINE_MS, backoffMs)),
    },
    isNewlyQuarantined: conduct.untilMs <= nowMs,
  };
}

export function isQuarantined({ untilMs }: Conduct, nowMs: number): boolean {
  return untilMs > nowMs;
}

/** Whether nothing of it needs to be remembered: whoever has a process of its own keeps it until it is replaced. */
export function isForgotten(conduct: Conduct, nowMs: number): boolean {
  return conduct.lane === "shared" && nowMs - conduct.lastHarmMs > QUARANTINES_FORGOTTEN_AFTER_MS;
}

function weightOf(harm: Harm): number {
  switch (harm) {
    case "cpu":
    case "memory":
    case "garbled":
      return 1;
    case "suspected":
      return 2;
    case "background":
    case "hung":
    case "crash":
    case "overMemory":
      return POINTS_MAX;
    default:
      return assertNever(harm);
  }
}

function costsWorker(harm: Harm): boolean {
  return harm === "hung" || harm === "crash" || harm === "overMemory";
}
