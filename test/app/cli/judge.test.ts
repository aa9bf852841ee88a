import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { runCommand } from "./cli-harness.ts";

const CONFIG = {
  name: "golden signals",
  configVersion: 1,
  applications: ["artwork"],
  judge: { name: "NetflixACAJudge-v1.0", judgeConfigurations: {} },
  metrics: [
    { name: "latency", query: { type: "prometheus" }, groups: ["performance"], scopeName: "default" },
    {
      name: "errors",
      groups: "errors",
      analysisConfigurations: { canary: { direction: "increase", nanStrategy: "replace", critical: true } },
    },
  ],
  templates: {},
  classifier: { groupWeights: { errors: 60 }, scoreThresholds: { pass: 90, marginal: 50 } },
};
const FLAT = [1, 2, 3, 4, 5, 6, 7, 8];
const WORSE = FLAT.map((value) => value + 20);

interface Values {
  readonly latency?: unknown;
  readonly errors?: unknown;
}

function inputOf({ latency = FLAT, errors = FLAT }: Values): unknown {
  return {
    canaryConfig: CONFIG,
    metricSetPairs: [
      { name: "latency", control: FLAT, experiment: latency },
      { name: "errors", control: [...FLAT, "NaN"], experiment: errors },
    ],
  };
}

function scaled(by: number, values: readonly number[]): number[] {
  return values.map((value) => value * by);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "judge-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function judge(text: string, ...more: string[]) {
  return runCommand(["judge", "-", ...more], {}, text);
}

async function judgeJson(input: unknown, ...more: string[]) {
  const { code, out, log } = await judge(JSON.stringify(input), "--json", ...more);
  return { code, log, verdict: JSON.parse(out) };
}

describe("showrunner judge", () => {
  it("prints one verdict for one input, and an array for an array, with the contract's fields", async () => {
    const { code, verdict } = await judgeJson(inputOf({ latency: WORSE }), "--mode", "kayenta");
    expect(code).toBe(0);
    expect(verdict).toMatchObject({ score: 60, classification: "Marginal" });
    expect(verdict.results[0]).toEqual({
      name: "latency",
      classification: "High",
      critical: false,
      reason: "latency was classified as High",
      ciLower: expect.closeTo(16, 3),
      ciUpper: expect.closeTo(24, 3),
      estimate: expect.closeTo(20, 1),
      effectSize: expect.closeTo(24.5 / 4.5, 9),
      groups: ["performance"],
      muted: false,
    });
    const both = [inputOf({}), inputOf({ errors: WORSE })];
    const many = await judgeJson(both, "--mode", "kayenta");
    expect(many.verdict.map((one: { classification: string }) => one.classification)).toEqual([
      "Pass",
      "Fail",
    ]);
  });

  it("judges by Showrunner's own method unless told otherwise", async () => {
    const { verdict } = await judgeJson(inputOf({ errors: [...FLAT.map((value) => value * 3), 0] }));
    expect(verdict).toMatchObject({
      classification: "Fail",
      results: [
        { name: "latency", classification: "Pass" },
        { name: "errors", classification: "High", critical: true, groups: ["errors"] },
      ],
    });
    expect(verdict.results[1].reason).toMatch(/%/);
  });

  it.each([
    ["no values of a metric", inputOf({ latency: [] })],
    ["four values a side", inputOf({ latency: [9, 9, 9, 9] })],
    ["a metric without a pair", { canaryConfig: CONFIG, metricSetPairs: [] }],
  ])("never passes with %s", async (_, input) => {
    const { verdict } = await judgeJson(input);
    expect(verdict.classification).toBe("Inconclusive");
  });

  it("gives the same verdict at any scale", async () => {
    for (const latency of [FLAT.map((value) => value * 1.02), FLAT.map((value) => value * 2 + (value % 3))]) {
      const classified = await Promise.all(
        [1, 1e-9, 1e9].map(async (by) => {
          const pair = { name: "latency", control: scaled(by, FLAT), experiment: scaled(by, latency) };
          const canaryConfig = { ...CONFIG, metrics: CONFIG.metrics.slice(0, 1) };
          const { verdict } = await judgeJson({ canaryConfig, metricSetPairs: [pair] });
          return verdict.results[0].classification;
        }),
      );
      expect(new Set(classified).size).toBe(1);
    }
  });

  it("tells people in lines, and gates on request", async () => {
    const text = JSON.stringify(inputOf({ latency: WORSE }));
    const plain = await judge(text, "--mode", "kayenta");
    expect(plain.code).toBe(0);
    expect(plain.out).toContain("Marginal · 60/100");
    expect(plain.out).toContain("latency  High");
    expect((await judge(text, "--mode", "kayenta", "--gate")).code).toBe(1);
    expect((await judge(JSON.stringify(inputOf({})), "--mode", "kayenta", "--gate")).code).toBe(0);
  });

  it("takes NaN as Python writes it", async () => {
    const text = JSON.stringify(inputOf({ latency: [...WORSE, "NaN"] })).replaceAll('"NaN"', "NaN");
    expect((await judge(text, "--mode", "kayenta")).code).toBe(0);
  });

  it("says where the input is wrong and what to do", async () => {
    const file = path.join(folder, "bad.json");
    const wrong = {
      canaryConfig: CONFIG,
      metricSetPairs: [{ name: "cpu", control: [1], experiment: ["x"] }],
    };
    await writeFile(file, JSON.stringify(wrong, null, 1));
    const { code, out, log } = await runCommand(["judge", file, "--json"], {});
    expect([code, out]).toEqual([1, ""]);
    expect(log).toMatch(
      /bad\.json:\d+: metricSetPairs\.0\.name: No metric of canaryConfig is named "cpu"\. It has: latency, errors\./,
    );
    expect(log).toContain('"x" is not a number. Write "NaN" where there is none.');
    expect((await judge("{")).code).toBe(1);
    expect((await judge("[]")).out).toBe("");
    expect((await judge("7")).log).toContain("canaryConfig");
  });

  it.each([[["judge"]], [["judge", "-", "--mode", "both"]], [["judge", "/no such file"]], [["judge", "/"]]])(
    "exits with 2 for %j",
    async (args) => {
      expect((await runCommand(args, {})).code).toBe(2);
    },
  );
});
