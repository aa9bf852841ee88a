import { setTimeout as sleep } from "node:timers/promises";

/** Times in tests are those of a quick machine; a slow one has three times as long. */
const PATIENCE = 3;
const LOOK_EVERY_MS = 250;

/** Waits for a value that is not null. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  look: () => Promise<T | null>,
): Promise<T> {
  const endsAtMs = Date.now() + timeoutMs * PATIENCE;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > endsAtMs) throw new Error(`${what}: not within ${timeoutMs * PATIENCE} ms`);
    await sleep(LOOK_EVERY_MS);
  }
}
