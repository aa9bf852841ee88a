import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

async function bench(args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const main = join(import.meta.dirname, "main.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

describe("npm run bench", () => {
  it.each([
    [[], "Suites: campaign, runtime"],
    [["nonsense"], "Suites: campaign, runtime"],
    [["runtime", "--rounds", "0"], "--rounds"],
    [["runtime", "--nonsense"], "nonsense"],
    [["fanout"], "does not have yet"],
  ])("with %j exits with 2 and says what is wrong", async (args, text) => {
    const { code, stdout, stderr } = await bench(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(text);
  });

  it("prints one JSON document with the contract's fields", async () => {
    const { code, stdout } = await bench(["cold-start", "--rounds", "1", "--json"]);
    expect(code).toBe(0);
    const result = { value: expect.any(Number), unit: "ratio", better: "lower", ours: expect.any(Number) };
    expect(JSON.parse(stdout)).toMatchObject({
      suite: "cold-start",
      rounds: 1,
      host: { cores: expect.any(Number), load1: expect.any(Number) },
      results: [
        { name: "vs-naive", ...result, peer: { version: expect.any(String), value: expect.any(Number) } },
        { name: "warmed-first-request-vs-cold", ...result },
        { name: "first-time-vs-naive", ...result },
      ],
    });
  });
});
