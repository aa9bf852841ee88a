import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import type { AttentionReport } from "#app/api/inventory-routes.ts";
import { chromiumPath } from "../../chromium.ts";
import {
  cannedCampaign,
  cannedRollback,
  cannedShipment,
  goingBack,
  stopped,
  taken,
} from "./canned-campaign.ts";
import { type ShownPages, showPages } from "./shown-pages.ts";

const refused = { error: { code: "nothing_to_do", message: "bad-rules is running already" } };

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
  let pages: ShownPages;
  let page: Page;
  const campaigns = new Map([
    ["bad-rules", cannedCampaign({ name: "bad-rules", stopped })],
    ["kit", cannedCampaign({ name: "kit" })],
    ["lost", { ...cannedCampaign({ name: "lost" }), problem: "its advisory was withdrawn" }],
    ["back", { ...cannedCampaign({ name: "back", stopped: taken }), ...goingBack }],
  ]);
  /** What was asked for, with the right token. */
  let orders: [campaign: string, order: string, body: unknown][] = [];

  beforeAll(async () => {
    const answers = new Map<string, object>([
      ["/api/inventory/attention", { uses: [inNeed] }],
      ["/api/campaigns", { campaigns: [...campaigns.values()].toReversed() }],
      ...[...campaigns].map(([name, campaign]) => [`/api/campaigns/${name}`, campaign] as const),
    ]);
    pages = await showPages(answers, (server) => {
      server.post<{ Params: { name: string; order: string }; Body: { score?: number } }>(
        "/api/campaigns/:name/:order",
        ({ params, body, headers }, reply) => {
          if (headers.authorization !== "Bearer the-token") return reply.code(401).send({});
          orders.push([params.name, params.order, body]);
          if (params.name === "bad-rules") return reply.code(409).send(refused);
          if (params.order === "ship") return cannedShipment(body.score ?? 0);
          return params.order === "rollback" ? cannedRollback : { change: params.order };
        },
      );
    });
    ({ page } = pages);
  });

  afterAll(() => pages.close());

  it("say how far it is, why it stopped, and list what failed first", async () => {
    await pages.open("/campaigns/bad-rules");
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

  it("say why it has nothing to go by", async () => {
    await pages.open("/campaigns/lost");
    expect(await page.getByRole("alert").textContent()).toBe(
      "Nothing to go by, so nothing is opened: its advisory was withdrawn",
    );
  });

  it("draw all of them by state and what was left over time", async () => {
    await pages.open("/campaigns/bad-rules");
    const bar = page.getByRole("img", { name: "Repositories by state" });
    expect(await bar.locator("rect").count()).toBe(8);
    const counts = await page.locator(".campaign-counts li").allInnerTexts();
    expect(counts.slice(0, 2)).toEqual(["2 failed", "1 blocked"]);
    const line = page.getByRole("img", { name: "Repositories left over time" }).locator(".line");
    expect((await line.getAttribute("d"))?.length).toBeGreaterThan(40);
  });

  it("draw what is left until now only while it goes on", async () => {
    const today = new Date().toISOString().slice(0, 10);
    const end = page.locator("figure .tick").last();
    await pages.open("/campaigns/kit");
    expect(await end.textContent()).toContain(today);
    await pages.open("/campaigns/bad-rules");
    expect(await end.textContent()).not.toContain(today);
  });

  const actions = () => page.getByRole("region", { name: "What may be done" }).getByRole("button");
  const dialog = () => page.getByRole("dialog");
  const press = (name: string) => dialog().getByRole("button", { name }).click();

  async function signIn(token: string): Promise<void> {
    await dialog().getByLabel("Token of the API").fill(token);
    await dialog().getByLabel("Your name, for the record").fill("maya");
    await press("Continue");
  }

  it("offer what may be done in each state", async () => {
    await pages.open("/campaigns/bad-rules");
    expect(await actions().allTextContents()).toEqual(["Let it go on", "Take back what was shipped"]);
    await pages.open("/campaigns/kit");
    expect(await actions().allTextContents()).toEqual([
      "Ship what passed (2)",
      "Stop",
      "Take back what was shipped",
    ]);
    expect(await page.getByRole("alert").count()).toBe(0);
    await pages.open("/campaigns/back");
    expect(await page.getByRole("alert").textContent()).toBe("Taken back by api/maya: logins break");
    expect(await actions().allTextContents()).toEqual(["Stop taking back, and go on"]);
    await page.getByText("12 on their way back, a few at a time; 3 are back.").waitFor();
  });

  it("ask for the API's token before anything, and again when it is not the one", async () => {
    await pages.open("/campaigns/kit");
    await page.getByRole("button", { name: "Ship what passed (2)" }).click();
    await pages.shot("order-token");
    expect(orders).toEqual([]);
    await signIn("wrong");
    await dialog().getByText("The control plane does not know this token.").waitFor();
    await press("Cancel");
    expect(await dialog().count()).toBe(0);
  });

  it("ship by score: first the list of a dry run, then once it is confirmed", async () => {
    await page.getByRole("button", { name: "Ship what passed (2)" }).click();
    await signIn("the-token");
    await dialog().getByText("2 would be merged, 25 rollouts at once:").waitFor();
    await dialog().getByText("1 stay as they are").click();
    await pages.shot("order-ship");
    expect(await dialog().getByRole("listitem").allTextContents()).toEqual([
      "acme/script-01#11 · 100 of 100",
      "acme/script-04#14 · 97 of 100",
      "acme/script-10#20: it scores 81, below 90",
    ]);
    orders = [];
    await dialog().getByLabel("Ship all scoring at least").fill("98");
    await dialog().getByText("1 would be merged, 25 rollouts at once:").waitFor();
    expect(orders).toEqual([["kit", "ship", { score: 98, dryRun: true, by: "maya" }]]);
    await dialog().getByLabel("Why, for the record").fill("tried enough");
    await press("Ship 1 pull request");
    await page.getByText("1 pull request will be merged.").waitFor();
    expect(orders.slice(1)).toEqual([["kit", "ship", { score: 98, reason: "tried enough", by: "maya" }]]);
    expect(await dialog().count()).toBe(0);
  });

  it("take back what was shipped, with the same care", async () => {
    orders = [];
    await page.getByRole("button", { name: "Take back what was shipped" }).click();
    await dialog().getByText("1 would go back, 25 at once:").waitFor();
    await pages.shot("order-rollback");
    await dialog().getByText("script-07@4 from 1f0c9e2 to 9e2d1f0 · acme/script-07#17").waitFor();
    await dialog().getByText("8 open pull requests are not merged.").waitFor();
    expect(orders).toEqual([["kit", "rollback", { dryRun: true, by: "maya" }]]);
    await press("Take 1 back");
    await page.getByText("1 will go back.").waitFor();
    expect(orders.slice(1)).toEqual([["kit", "rollback", { by: "maya" }]]);
  });

  it("stop it and let it go on, and say the API's no in its own words", async () => {
    orders = [];
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await dialog().getByLabel("Why, for the record").fill("wait");
    await press("Stop it");
    await page.getByText("It stops.").waitFor();
    expect(orders).toEqual([["kit", "stop", { reason: "wait", by: "maya" }]]);
    await pages.open("/campaigns/bad-rules");
    await page.getByRole("button", { name: "Let it go on" }).click();
    await press("Let it go on");
    expect(await dialog().getByRole("alert").textContent()).toBe("bad-rules is running already");
    await page.keyboard.press("Escape");
    expect(await dialog().count()).toBe(0);
  });

  it("list all campaigns, stopped ones first, and lead from one to the other", async () => {
    await pages.open("/campaigns");
    const list = page.locator("table").first();
    expect(await list.locator("tbody th a").allTextContents()).toEqual(["back", "bad-rules", "lost", "kit"]);
    expect(await list.locator("tbody td:nth-of-type(1)").allInnerTexts()).toEqual([
      "going back\nlogins break",
      `stopped\n${stopped.reason}`,
      "running\nNothing to go by: its advisory was withdrawn",
      "running",
    ]);
    expect(await page.getByRole("img", { name: "Repositories by state" }).count()).toBe(4);
    await page.getByRole("link", { name: "kit", exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name: /^1 of 10 shipped/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/campaigns/kit");
  });

  it("list the scripts that need attention, with why and what takes them further", async () => {
    await pages.open("/campaigns");
    await page.getByRole("heading", { level: 2, name: "Scripts that need attention" }).waitFor();
    const row = page.locator("section tbody tr");
    expect((await row.allInnerTexts()).map((text) => text.split("\t"))).toEqual([
      ["artwork@4", "@acme/edge-kit 1.2.3", "deprecated: use 2", "eu-west-1, us-east-1", "120.5", "kit"],
    ]);
    expect(await row.getByRole("link").getAttribute("href")).toBe("/campaigns/kit");
  });

  it("say when there is no such campaign", async () => {
    await page.goto(`${pages.url}/campaigns/nothing`);
    await page.getByText("There is no campaign nothing.").waitFor();
  });

  it("break neither their own policy nor anything else", () => {
    expect(pages.complaints).toEqual([]);
  });
});
