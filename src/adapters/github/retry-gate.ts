import { type Clock, CodeHostError } from "#domain/ports.ts";

/**
 * Keeps requests back while GitHub has asked for peace. One request that is told to wait speaks for all: GitHub counts
 * them together, and asking on while limited may get an app banned. Nothing waits in here; callers are told until when.
 */
export interface RetryGate {
  /** Throws a transient `CodeHostError` with the time to come back while it is not over. */
  check(): void;
  /** Takes note of a failure that names a time to come back. */
  learn(failure: unknown): void;
}

export function createRetryGate(clock: Clock): RetryGate {
  let untilMs = 0;
  return {
    check() {
      if (clock.now() >= untilMs) return;
      const until = new Date(untilMs).toISOString();
      throw new CodeHostError("transient", `GitHub asked for no requests before ${until}`, untilMs);
    },
    learn(failure) {
      if (failure instanceof CodeHostError) untilMs = Math.max(untilMs, failure.retryAtMs ?? 0);
    },
  };
}
