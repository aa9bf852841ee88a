import { describe, expect, it } from "@jest/globals";
import { ProblemLog } from "#runtime/sync/problem-log.ts";

describe("a problem log", () => {
  it("moves a problem that comes again to the end", () => {
    const log = new ProblemLog();
    expect([log.add("a", "x", 0), log.add("b", "y", 1000), log.add("a", "x", 2000)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(log.list()).toEqual([
      { code: "b", message: "y", at: "1970-01-01T00:00:01.000Z" },
      { code: "a", message: "x", at: "1970-01-01T00:00:02.000Z" },
    ]);
  });

  it("keeps the newest fifty, each within its length", () => {
    const log = new ProblemLog();
    for (let number = 0; number < 80; number += 1) log.add("many", `${number} ${"x".repeat(3000)}`, number);
    expect(log.list()).toHaveLength(50);
    expect(log.list().at(-1)?.message).toMatch(/^79 x+$/);
    expect(Math.max(...log.list().map(({ message }) => message.length))).toBe(2000);
  });
});
