/** What an agent sees of a worker from outside. */
export interface Vitals {
  /** Since its last heartbeat. */
  readonly silentMs: number;
  /** CPU that the process took since then. */
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly rssMbMax: number;
  /** CPU in silence that counts as a hang. */
  readonly hungCpuMs: number;
  /** The longest that one turn is given by the clock. */
  readonly turnMsMax: number;
}

export type Liveness = "alive" | "hung" | "starved" | "overMemory";

/** A heartbeat comes every 100 ms; a few may be late on a busy machine. */
export const SILENT_MS_MIN = 300;
const STARVED_MS = 5000;
const SUSPICIOUS_SHARE = 0.35;
const LARGE_SHARE = 0.9;
// After twice the time in which every turn is cut off, so much of a hang's CPU is enough: on a busy machine the rest would
// take seconds, and what had to be cut off twice over cannot be.
const OVERDUE_TURNS = 2;
const OVERDUE_SHARE = 0.6;

/** Silent and busy for a part of what a hang takes, or nearly as large as it may be: worth preparing for. */
export function isSuspicious({ silentMs, cpuMs, rssMb, rssMbMax, hungCpuMs }: Vitals): boolean {
  if (rssMb > rssMbMax * LARGE_SHARE) return true;
  return silentMs >= SILENT_MS_MIN && cpuMs >= hungCpuMs * SUSPICIOUS_SHARE;
}

/** Silent and busy is a hang; silent and idle is a machine without time, which gets more patience. */
export function judgeLiveness(vitals: Vitals): Liveness {
  const { silentMs, cpuMs, rssMb, rssMbMax, hungCpuMs, turnMsMax } = vitals;
  if (rssMb > rssMbMax) return "overMemory";
  if (silentMs < SILENT_MS_MIN) return "alive";
  const isOverdue = silentMs >= turnMsMax * OVERDUE_TURNS;
  if (cpuMs >= hungCpuMs * (isOverdue ? OVERDUE_SHARE : 1)) return "hung";
  return silentMs >= STARVED_MS ? "starved" : "alive";
}
