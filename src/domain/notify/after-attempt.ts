/** How a try to send ended. */
export type SendOutcome =
  | { readonly kind: "delivered" }
  /** The receiver wants nothing more, or nothing can be sent to it as it is configured. */
  | { readonly kind: "refused"; readonly reason: string }
  /** `retryAfterMs` is set where the receiver said how long to wait. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs: number | null };

/** What becomes of a delivery after a try. */
export type AfterAttempt =
  | { readonly kind: "delivered" }
  | { readonly kind: "retry"; readonly afterMs: number; readonly reason: string }
  | { readonly kind: "dead"; readonly reason: string };

/** Tries over a bit more than a day. */
const attemptsMax = 14;
const firstDelayMs = 5_000;
const delayMsMax = 6 * 3_600_000;

/** `attempts` counts this try; `random` in [0, 1) spreads the retries of many deliveries over up to a fifth more time. */
export function afterAttempt(outcome: SendOutcome, attempts: number, random: number): AfterAttempt {
  if (outcome.kind === "delivered") return { kind: "delivered" };
  if (outcome.kind === "refused") return { kind: "dead", reason: outcome.reason };
  const { reason, retryAfterMs } = outcome;
  if (attempts >= attemptsMax) return { kind: "dead", reason: `${reason}, at the last of ${attempts} tries` };
  const backoffMs = Math.min(delayMsMax, firstDelayMs * 2 ** (attempts - 1)) * (1 + random / 5);
  return { kind: "retry", afterMs: Math.min(delayMsMax, Math.max(backoffMs, retryAfterMs ?? 0)), reason };
}
