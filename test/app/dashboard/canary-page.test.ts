import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { chromiumPath } from "../../chromium.ts";
import { cannedCanary } from "./canned-canary.ts";
import { type ShownPages, showPages } from "./shown-pages.ts";

const describeWithChromium = chromiumPath === null ? describe.skip : describe;

describeWithChromium("the page of a canary run in Chromium", () => {
  let pages: ShownPages;
  let page: Page;

  beforeAll(async () => {
    pages = await showPages(
      new Map([
        ["/api/canaries/leaking", cannedCanary({ latency: 1.25, leakMb: 0.6 })],
        ["/api/canaries/harmless", cannedCanary({ latency: 1, leakMb: 0 })],
      ]),
    );
    ({ page } = pages);
  });

  afterAll(() => pages.close());

  it("says first what failed, and draws both sides with their evidence", async () => {
    await pages.open("/canaries/leaking");
    const title = await page.getByRole("heading", { level: 1 }).textContent();
    expect(title).toMatch(/^Canary failed · \d+\/100 · memory/);
    expect(await page.title()).toBe(`🔴 ${title} · Showrunner`);
    const rows = await page.locator(".canary-table").first().locator("tbody th").allTextContents();
    expect(rows[0]).toBe("memory");
    for (const name of [
      "memory over time",
      "latency over time",
      "errors over time",
      "Distribution of latency",
    ])
      await page.getByRole("img", { name, exact: true }).waitFor();
    const lines = page.locator("#metric-memory .line");
    expect(await lines.count()).toBe(2);
    const drawn = await lines.evaluateAll((paths) =>
      paths.map((path) => path.getAttribute("d")?.length ?? 0),
    );
    expect(drawn.every((length) => length > 40)).toBe(true);
    expect(await page.locator("#metric-memory .look").count()).toBeGreaterThan(0);
  });

  it("tells regions and nodes apart, names the change, and lists what the judge decided", async () => {
    await pages.open("/canaries/leaking");
    const regions = page.locator("section", { has: page.getByRole("heading", { name: "By region" }) });
    expect(await regions.locator("tbody th").allTextContents()).toEqual(["eu-west-1", "us-east-1"]);
    const nodes = page.locator("section", { has: page.getByRole("heading", { name: "By node" }) });
    expect(await nodes.locator("tbody th").count()).toBe(4);
    expect(await page.getByRole("link", { name: "#7" }).getAttribute("href")).toBe(
      "http://127.0.0.1:4401/acme/artwork/pull/7",
    );
    const looks = await page.locator(".canary-looks li").allTextContents();
    expect(looks.length).toBeGreaterThan(1);
    expect(looks[0]).toContain("goes on");
    expect(looks.at(-1)).toContain("failed");
  });

  it("shows a run that passed", async () => {
    await pages.open("/canaries/harmless");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toMatch(/^Canary passed/);
    expect(await page.locator(".canary-part .tone-bad").count()).toBe(0);
  });

  it("says when there is no such run", async () => {
    await page.goto(`${pages.url}/canaries/nobody`);
    await page.getByText("There is no canary run nobody; runs are forgotten after 30 days.").waitFor();
  });

  it("breaks neither its own policy nor anything else", () => {
    expect(pages.complaints).toEqual([]);
  });
});
