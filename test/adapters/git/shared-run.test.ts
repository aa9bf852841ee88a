import { describe, expect, it } from "@jest/globals";
import { sharedRun } from "#adapters/git/shared-run.ts";

describe("sharedRun", () => {
  it("shares a run that has not begun, and starts another for calls after it began", async () => {
    const begun: PromiseWithResolvers<void>[] = [];
    const run = sharedRun(() => {
      const mine = Promise.withResolvers<void>();
      begun.push(mine);
      return mine.promise;
    });
    const first = Promise.all([run(), run()]);
    await settled();
    expect(begun).toHaveLength(1);
    const second = Promise.all([run(), run()]);
    await settled();
    expect(begun).toHaveLength(1);
    begun[0]?.resolve();
    await first;
    await settled();
    expect(begun).toHaveLength(2);
    begun[1]?.resolve();
    await second;
  });

  it("tells its failure to those who shared it, and runs again", async () => {
    let runs = 0;
    const run = sharedRun(async () => {
      runs += 1;
      if (runs === 1) throw new Error("broken");
    });
    const both = [run(), run()];
    await expect(both[0]).rejects.toThrow("broken");
    await expect(both[1]).rejects.toThrow("broken");
    await run();
    expect(runs).toBe(2);
  });
});

function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
