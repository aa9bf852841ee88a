import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fastify, { type FastifyInstance } from "fastify";
import type { Browser, Page } from "playwright-core";
import type { CanaryView } from "#app/api/canary-view.ts";
import { dashboardPlugin } from "#app/dashboard/dashboard-plugin.ts";
import { chromiumPath, complaintsOf, launchChromium } from "../../chromium.ts";
import { cannedCanary } from "./canned-canary.ts";

const describeWithChromium = chromiumPath === null ? describe.skip : describe;

describeWithChromium("the page of a canary run in Chromium", () => {
  let server: FastifyInstance;
  let url: string;
  let browser: Browser;
  let page: Page;
  const runs = new Map<string, CanaryView>();
  let complaints: string[];

  beforeAll(async () => {
    runs.set("leaking", cannedCanary({ latency: 1.25, leakMb: 0.6 }));
    runs.set("harmless", cannedCanary({ latency: 1, leakMb: 0 }));
    server = fastify();
    await server.register(dashboardPlugin({ version: "0.0.0-test" }));
    server.get<{ Params: { id: string } }>("/api/canaries/:id", (request, reply) => {
      const view = runs.get(request.params.id);
      return view ?? reply.code(404).send({ error: { code: "unknown_run", message: "none" } });
    });
    url = await server.listen({ port: 0, host: "127.0.0.1" });
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    complaints = complaintsOf(page);
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  const open = async (id: string): Promise<void> => {
    await page.goto(`${url}/canaries/${id}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    const shots = process.env["TEST_SCREENSHOTS"];
    if (shots !== undefined) await page.screenshot({ path: `${shots}/canary-${id}.png`, fullPage: true });
  };

  it("says first what failed, and draws both sides with their evidence", async () => {
    await open("leaking");
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
    await open("leaking");
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
    await open("harmless");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toMatch(/^Canary passed/);
    expect(await page.locator(".canary-part .tone-bad").count()).toBe(0);
  });

  it("says when there is no such run", async () => {
    await page.goto(`${url}/canaries/nobody`);
    await page.getByText("There is no canary run nobody; runs are forgotten after 30 days.").waitFor();
  });

  it("breaks neither its own policy nor anything else", () => {
    expect(complaints).toEqual([]);
  });
});
