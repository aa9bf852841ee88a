import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fastify, { type FastifyInstance } from "fastify";
import type { Browser, Page } from "playwright-core";
import type { AttentionReport } from "#app/api/inventory-routes.ts";
import { dashboardPlugin } from "#app/dashboard/dashboard-plugin.ts";
import { chromiumPath, complaintsOf, launchChromium } from "../../chromium.ts";
import { cannedCampaign, stopped } from "./canned-campaign.ts";

const inNeed: AttentionReport["uses"][number] = {
  library: "@acme/edge-kit",
  libraryVersion: "1.2.3",
  direct: true,
  script: "artwork@4",
  repository: "acme/artwork",
  digest: `sha256:${"a".repeat(64)}`,
  regions: ["eu-west-1", "us-east-1"],
  requestsPerMinute: 120.5,
  reasons: [{ kind: "deprecated", on: null, note: "use 2" }],
  reasonText: "deprecated: use 2",
  campaign: "kit",
};
const describeWithChromium = chromiumPath === null ? describe.skip : describe;

describeWithChromium("the pages of campaigns in Chromium", () => {
  let server: FastifyInstance;
  let url: string;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  const campaigns = new Map([
    ["bad-rules", cannedCampaign({ name: "bad-rules", stopped })],
    ["kit", cannedCampaign({ name: "kit" })],
  ]);

  beforeAll(async () => {
    server = fastify();
    await server.register(dashboardPlugin({ version: "0.0.0-test" }));
    server.get("/api/inventory/attention", () => ({ uses: [inNeed] }));
    server.get("/api/campaigns", () => ({ campaigns: [...campaigns.values()].toReversed() }));
    server.get<{ Params: { name: string } }>("/api/campaigns/:name", (request, reply) => {
      const found = campaigns.get(request.params.name);
      return found ?? reply.code(404).send({ error: { code: "unknown_campaign", message: "none" } });
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

  const open = async (path: string): Promise<void> => {
    await page.goto(`${url}${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    const shots = process.env["TEST_SCREENSHOTS"];
    const name = path.slice(1).replaceAll("/", "-");
    if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
  };

  it("say how far it is, why it stopped, and list what failed first", async () => {
    await open("/campaigns/bad-rules");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toMatch(/^1 of 10 shipped, 9 left: /);
    expect(await page.getByRole("alert").textContent()).toBe(`Stopped by showrunner: ${stopped.reason}`);
    const rows = await page.locator("tbody tr").allInnerTexts();
    expect(rows).toHaveLength(10);
    // The busier one of two that failed comes first.
    expect(rows[0]).toMatch(/^acme\/script-02#12\s+main\s+failed\s+errors: 4\.1% of requests failed/);
    expect(rows[1]).toMatch(/^acme\/script-09#19\s+main\s+failed\s+it does not start/);
    expect(rows.filter((row) => row.includes("its owners were reminded"))).toEqual([
      expect.stringMatching(/blocked\s+somebody pushed to the branch/),
    ]);
    expect(rows.at(-1)).toMatch(/shipped/);
    await page.getByText("1 more were looked at and do not need it.").waitFor();
    const link = page.getByRole("link", { name: "acme/script-02#12" });
    expect(await link.getAttribute("href")).toBe("http://127.0.0.1:4401/acme/script-2/pull/12");
  });

  it("draw all of them by state and what was left over time", async () => {
    await open("/campaigns/bad-rules");
    const bar = page.getByRole("img", { name: "Repositories by state" });
    expect(await bar.locator("rect").count()).toBe(8);
    const counts = await page.locator(".campaign-counts li").allInnerTexts();
    expect(counts.slice(0, 2)).toEqual(["2 failed", "1 blocked"]);
    const line = page.getByRole("img", { name: "Repositories left over time" }).locator(".line");
    expect((await line.getAttribute("d"))?.length).toBeGreaterThan(40);
  });

  it("tell what a person may do next", async () => {
    await open("/campaigns/bad-rules");
    await page.getByText("showrunner campaign resume bad-rules").waitFor();
    await open("/campaigns/kit");
    expect(await page.locator(".campaign-step").innerText()).toBe(
      "Ship the 2 that passed: showrunner campaign ship kit --dry-run",
    );
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  it("list all campaigns, stopped ones first, and lead from one to the other", async () => {
    await open("/campaigns");
    expect(await page.locator("table").first().locator("tbody th").allTextContents()).toEqual([
      "bad-rules",
      "kit",
    ]);
    await page.getByRole("link", { name: "kit", exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name: /^1 of 10 shipped/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/campaigns/kit");
  });

  it("list the scripts that need attention, with why and what takes them further", async () => {
    await open("/campaigns");
    await page.getByRole("heading", { level: 2, name: "Scripts that need attention" }).waitFor();
    const row = page.locator("section tbody tr");
    expect((await row.allInnerTexts()).map((text) => text.split("\t"))).toEqual([
      ["artwork@4", "@acme/edge-kit 1.2.3", "deprecated: use 2", "eu-west-1, us-east-1", "120.5", "kit"],
    ]);
    expect(await row.getByRole("link").getAttribute("href")).toBe("/campaigns/kit");
  });

  it("say when there is no such campaign", async () => {
    await page.goto(`${url}/campaigns/nothing`);
    await page.getByText("There is no campaign nothing.").waitFor();
  });

  it("break neither their own policy nor anything else", () => {
    expect(complaints).toEqual([]);
  });
});
