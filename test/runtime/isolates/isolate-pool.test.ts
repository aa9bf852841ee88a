import { afterEach, describe, expect, it } from "@jest/globals";
import { IsolatePool } from "#runtime/isolates/isolate-pool.ts";
import { buildPreludeSource } from "#runtime/isolates/prelude-source.ts";
import { sandboxModules } from "#runtime/isolates/sandbox-modules.ts";

const code = { prelude: buildPreludeSource(), modules: sandboxModules() };
let pool: IsolatePool | null = null;

afterEach(() => {
  pool?.dispose();
});

function makePool(blanksPerClass: number): IsolatePool {
  pool = new IsolatePool({
    code,
    blanksPerClass,
    refillAfterMs: 1,
  });
  return pool;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("the pool of blank isolates", () => {
  it("gives an isolate with the prelude in it, whether or not one was ready", async () => {
    const blanks = makePool(1);
    const fresh = await blanks.take(16);
    await until(() => blanks.blanks(16) === 1);
    const ready = await blanks.take(16);
    expect(ready.isolate).not.toBe(fresh.isolate);
    for (const { entry, isolate } of [fresh, ready]) {
      expect(entry.dispatch.typeof).toBe("function");
      isolate.dispose();
    }
  });

  it("has blanks load ahead what a first request uses, and nothing else", async () => {
    const blanks = makePool(1);
    blanks.prepare(16);
    await until(() => blanks.blanks(16) === 1);
    const { context, isolate } = await blanks.take(16);
    const isLoaded = `name => Object.getOwnPropertyDescriptor(globalThis, name).get === undefined`;
    const loaded = await context.eval(
      `["URL", "Headers", "ReadableStream", "crypto"].filter(${isLoaded}).join()`,
    );
    expect(loaded).toBe("URL,Headers");
    isolate.dispose();
  });

  it("keeps the limits apart, and no more blanks than it may", async () => {
    const blanks = makePool(2);
    blanks.prepare(16);
    blanks.prepare(32);
    await until(() => blanks.blanks(16) === 2 && blanks.blanks(32) === 2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([blanks.blanks(16), blanks.blanks(32)]).toEqual([2, 2]);
    const taken = await blanks.take(32);
    const { heap_size_limit: limit } = await taken.isolate.getHeapStatistics();
    expect(limit).toBeGreaterThanOrEqual(32 * 1024 * 1024);
    expect(blanks.blanks(16)).toBe(2);
    taken.isolate.dispose();
  });

  it("forgets the limit that nobody asked for the longest", async () => {
    const blanks = makePool(1);
    for (const memoryMb of [16, 24, 32, 40]) blanks.prepare(memoryMb);
    await until(() => [16, 24, 32, 40].every((memoryMb) => blanks.blanks(memoryMb) === 1));
    blanks.prepare(48);
    await until(() => blanks.blanks(48) === 1);
    expect(blanks.blanks(16)).toBe(0);
  });

  it("skips a blank that died while it waited", async () => {
    const blanks = makePool(1);
    blanks.prepare(16);
    await until(() => blanks.blanks(16) === 1);
    const first = await blanks.take(16);
    await until(() => blanks.blanks(16) === 1);
    first.isolate.dispose();
    const second = await blanks.take(16);
    expect(second.isolate.isDisposed).toBe(false);
    second.isolate.dispose();
  });

  it("makes nothing more once it is disposed of", async () => {
    const blanks = makePool(1);
    blanks.prepare(16);
    blanks.dispose();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(blanks.blanks(16)).toBe(0);
  });
});
