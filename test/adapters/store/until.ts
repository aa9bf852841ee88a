import { setTimeout as sleep } from "node:timers/promises";

/** Looks until something is so; throws after about 20 s. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 2_000; looks += 1) {
    if (await isSo()) return;
    await sleep(10);
  }
  throw new Error("it never came to be so");
}
