import { setTimeout as sleep } from "node:timers/promises";

export interface WaitLimits {
  readonly timeoutMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** Looks again and again until `look` finds something (not null); null when the time is over. */
export async function waitFor<T>(look: () => Promise<T | null>, limits: WaitLimits): Promise<T | null> {
  const endsAtMs = Date.now() + limits.timeoutMs;
  for (;;) {
    limits.signal.throwIfAborted();
    const found = await look();
    if (found !== null) return found;
    if (Date.now() >= endsAtMs) return null;
    await sleep(limits.everyMs, undefined, { signal: limits.signal });
  }
}
