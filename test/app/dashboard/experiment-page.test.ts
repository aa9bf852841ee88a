import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { chromiumPath } from "../../chromium.ts";
import { revision } from "../../domain/rollout/rollout-fleet.ts";
import { cannedExperiment } from "./canned-experiment.ts";
import { type ShownPages, showPages } from "./shown-pages.ts";

const describeWithChromium = chromiumPath === null ? describe.skip : describe;

const short = (build: string): string => revision(build).commit.slice(0, 7);
const end = { at: "2026-11-02T11:31:00Z", by: "showrunner" } as const;
const better = { quote: { plays: 1.2 }, bold: {} };
const harmful = { quote: {}, bold: { errors: 0.06 } };
const reason = "bold: errors: 6% of the requests instead of 0.4%.";

const experiments = [
  cannedExperiment({ name: "cards", cells: better }),
  cannedExperiment({
    name: "chosen",
    cells: better,
    phase: {
      kind: "ended",
      end: { ...end, by: "api/maya", outcome: "promoted", cell: "quote", reason: "more plays" },
    },
    pull: 31,
  }),
  cannedExperiment({
    name: "harm",
    cells: harmful,
    phase: { kind: "ended", end: { ...end, outcome: "harmful", reason } },
  }),
  cannedExperiment({ name: "frozen", phase: { kind: "blocked", reason: "fleet is frozen: launch" } }),
  cannedExperiment({
    name: "later",
    phase: { kind: "waiting", untilMs: Date.parse("2026-11-09T10:00:00Z") },
  }),
];

describeWithChromium("the pages of experiments in Chromium", () => {
  let pages: ShownPages;
  let page: Page;

  beforeAll(async () => {
    pages = await showPages(
      new Map<string, object>([
        ["/api/experiments", { experiments }],
        ...experiments.map((one) => [`/api/experiments/${one.name}`, one] as const),
      ]),
    );
    ({ page } = pages);
  });

  afterAll(() => pages.close());

  const rowOf = (name: string) => page.locator("tbody tr", { has: page.getByRole("rowheader", { name }) });

  it("list all, those that somebody has to look at first, and lead from one to the other", async () => {
    await pages.open("/experiments");
    expect(await page.title()).toBe("Experiments · Showrunner");
    expect(await page.locator("tbody th").allTextContents()).toEqual([
      "frozen",
      "cards",
      "later",
      "chosen",
      "harm",
    ]);
    expect(await rowOf("cards").locator(".mark").innerText()).toBe("running, quote is better");
    expect(await rowOf("harm").locator(".mark").innerText()).toBe("harmful");
    await page.getByRole("link", { name: "cards", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: /^Running/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/experiments/cards");
  });

  it("say first what was found, then what each cell is and does beside the control", async () => {
    await pages.open("/experiments/cards");
    const line = "Running, 30 min left: quote is better than the control";
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(line);
    expect(await page.title()).toBe(`cards: ${line} · Showrunner`);
    const cells = page.locator("table").first();
    const rows = await cells.locator("tbody tr").allInnerTexts();
    expect(rows.map((row) => row.split(/\s*\t\s*/))).toEqual([
      ["plain", short("a"), "20%", expect.any(String), expect.stringMatching(/^3\.\d+$/), "the control"],
      [
        "quote",
        `card: quote ${short("a")}`,
        "20%",
        expect.any(String),
        expect.stringMatching(/^3\.\d+, \+\d+%$/),
        "better than the control",
      ],
      ["bold", short("b"), "20%", expect.any(String), expect.any(String), "not told apart"],
    ]);
    const link = cells.getByRole("link", { name: short("b") });
    expect(await link.getAttribute("href")).toBe(
      `http://127.0.0.1:4401/acme/title-card/commit/${revision("b").commit}`,
    );
    const quote = page.locator("#cell-quote tbody tr");
    expect(await quote.locator("th").allInnerTexts()).toEqual([
      "plays goal",
      "errors guardrail",
      "latency p95 guardrail",
    ]);
    expect(await quote.first().locator(".mark").innerText()).toBe("better");
    expect(await quote.nth(1).locator(".mark").innerText()).toBe("no harm seen");
  });

  it("tell what a person may do next", async () => {
    await pages.open("/experiments/cards");
    expect(await page.locator(".next-step code").allTextContents()).toEqual([
      'showrunner experiment promote cards quote --reason "…"',
      'showrunner experiment stop cards --reason "…"',
    ]);
    await pages.open("/experiments/harm");
    expect(await page.locator(".next-step").count()).toBe(0);
  });

  it("say why one was stopped, and which guardrail got worse", async () => {
    await pages.open("/experiments/harm");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
      `Stopped by showrunner, since a guardrail got worse: ${reason}`,
    );
    const errors = page.locator("#cell-bold tbody tr", { hasText: "errors" });
    expect(await errors.locator(".mark").innerText()).toBe("worse");
    expect(await page.locator("#cell-quote .tone-bad").count()).toBe(0);
  });

  it("lead from a promoted one to its pull request", async () => {
    await pages.open("/experiments/chosen");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
      "quote promoted by api/maya: more plays",
    );
    expect(await page.getByRole("link", { name: "#31" }).getAttribute("href")).toBe(
      "http://127.0.0.1:4401/acme/title-card/pull/31",
    );
  });

  it("say what holds up one that has not begun, without any numbers", async () => {
    await pages.open("/experiments/frozen");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
      "Waits: fleet is frozen: launch",
    );
    expect(await page.locator("table").count()).toBe(1);
    await pages.open("/experiments/later");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
      "Begins at 2026-11-09 10:00 UTC",
    );
  });

  it("say when there is no such experiment", async () => {
    await page.goto(`${pages.url}/experiments/nothing`);
    await page.getByText("There is no experiment nothing.").waitFor();
  });

  it("fit a telephone", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of ["/experiments", "/experiments/cards"]) {
      await pages.open(path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("break neither their own policy nor anything else", () => {
    expect(pages.complaints).toEqual([]);
  });
});
