import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { chromiumPath, complaintsOf, launchChromium } from "../../chromium.ts";
import { cannedOverview, cannedRollout, cannedScript } from "./canned-overview.ts";
import { type CannedServer, startCannedServer } from "./canned-server.ts";

const describeWithChromium = chromiumPath === null ? describe.skip : describe;

describeWithChromium("the first page in Chromium", () => {
  let server: CannedServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    server = await startCannedServer(cannedOverview());
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, timezoneId: "Asia/Tokyo" });
    complaints = complaintsOf(page);
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  const open = async (path = "/"): Promise<void> => {
    await page.goto(`${server.url}${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
  };
  const rowNames = (): Promise<string[]> =>
    page.locator("tbody th .script-name > :first-child").allTextContents();
  const href = (name: string) => page.getByRole("link", { name, exact: true }).first().getAttribute("href");
  const cell = (unit: string, column: number) =>
    page
      .locator("tbody tr", { has: page.getByTitle(unit, { exact: true }) })
      .locator("td.cell")
      .nth(column);

  it("answers the three questions on the first screen", async () => {
    server.set(cannedOverview());
    await open();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Moving: 1 rollout on time");
    expect(await page.title()).toBe("1 rollout on time · Showrunner");
    expect(await rowNames()).toHaveLength(9);
    expect(await cell("artwork@4", 1).textContent()).toBe("rolling9e2d31a50%");
    expect(await cell("artwork@4", 0).textContent()).toBe("serving1f0c9e2");
    const bottoms = await Promise.all(
      [page.getByRole("article"), page.getByText("Serve WebVTT"), page.getByText("us-west-2-2")].map(
        async (part) => (await part.boundingBox())?.y,
      ),
    );
    expect(bottoms.every((bottom) => bottom !== undefined && bottom < 760)).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(800);
  });

  it("links commits, repositories and pull requests", async () => {
    await open();
    expect(await href("#42")).toBe("http://127.0.0.1:4401/acme/artwork/pull/42");
    expect(await href("Repository acme/artwork")).toBe("http://127.0.0.1:4401/acme/artwork");
    expect(await href("9e2d31a")).toMatch(/^http:\/\/127\.0\.0\.1:4401\/acme\/artwork\/commit\/9e2d31a/);
  });

  it("tells pull requests whose canary failed from those that are valid", async () => {
    await open();
    const pulls = page.getByRole("region", { name: /^Open pull requests/ });
    await pulls.getByText("canary failed").waitFor();
    await pulls.getByText("needs a fix").waitFor();
    expect(await pulls.getByText("valid", { exact: true }).count()).toBe(0);
  });

  it("writes times in the viewer's zone and shows UTC on hover", async () => {
    await open();
    const time = page.getByRole("article").locator("time").last();
    const at = new Date((await time.getAttribute("datetime")) ?? "");
    const inTokyo = new Date(at.getTime() + 9 * 3_600_000).toISOString().slice(11, 16);
    expect(await time.textContent()).toContain(inTokyo);
    expect(await time.getAttribute("title")).toBe(`${at.toISOString().slice(0, 19).replace("T", " ")} UTC`);
  });

  it("filters by words and by state, and keeps both in the address", async () => {
    await open();
    await page.keyboard.press("/");
    await page.keyboard.type("team-playback sub");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr:not(.spacer)").length === 1);
    expect(await rowNames()).toEqual(["subtitles@1"]);
    expect(page.url()).toBe(`${server.url}/?q=team-playback+sub`);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Rolling 1" }).click();
    expect(await rowNames()).toEqual(["artwork@4"]);
    expect(page.url()).toBe(`${server.url}/?state=rolling`);
    await page.reload();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await rowNames()).toEqual(["artwork@4"]);
    await page.goBack();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr:not(.spacer)").length === 9);
  });

  it("explains a script beside the table, by mouse, by keyboard and by address", async () => {
    server.set(cannedOverview({ scripts: [cannedScript("artwork", "4", "team-art", ["drift"])] }));
    await open();
    await page.getByRole("link", { name: "drift", exact: true }).click();
    await page.getByText("eu-west-1-2 serves 9e2d31a, git says 1f0c9e2.").waitFor();
    expect(page.url()).toBe(`${server.url}/?script=artwork@4`);
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: /^Rollouts in flight/ }).waitFor();
    await open("/?region=us-east-1");
    await page.getByRole("heading", { name: "us-east-1", exact: true }).waitFor();
    await page.getByText("America/New_York").waitFor();
  });

  it("changes a cell when the server announces a change, and moves nothing else", async () => {
    server.set(cannedOverview());
    await open();
    await page.getByText("Live", { exact: true }).waitFor();
    const before = await cell("up-next@5", 0).boundingBox();
    const scripts = cannedOverview().scripts.map((script) =>
      script.name === "catalog" ? cannedScript("catalog", "2", "team-catalog", ["failed"]) : script,
    );
    server.set(cannedOverview({ scripts, rollouts: [cannedRollout(), cannedRollout({ id: "second" })] }));
    server.announce();
    await cell("catalog@2", 0).getByText("failed").waitFor();
    expect(await cell("up-next@5", 0).boundingBox()).toEqual(before);
  });

  it("leaves a finished rollout where its reader saw it", async () => {
    const second = cannedRollout({ id: "second", script: "catalog", version: "2" });
    server.set(cannedOverview({ rollouts: [cannedRollout(), second] }));
    await open();
    await page.getByText("Live", { exact: true }).waitFor();
    const card = page.getByRole("article", { name: "Rollout of catalog@2" });
    const before = await card.boundingBox();
    const ended = cannedRollout({
      phase: "completed",
      phaseText: "Live in 3 regions",
      percent: 100,
      completedAt: new Date().toISOString(),
    });
    server.set(cannedOverview({ rollouts: [second, ended] }));
    server.announce();
    await page.getByRole("article").getByText("Live in 3 regions").waitFor();
    expect(await card.boundingBox()).toEqual(before);
  });

  it("says that it lost the control plane, and recovers by itself", async () => {
    server.set(cannedOverview());
    await open();
    await page.getByText("Live", { exact: true }).waitFor();
    server.drop(true);
    await page.getByText(/^Reconnecting · data is \d+ s old$/).waitFor();
    expect(await rowNames()).toHaveLength(9);
    server.drop(false);
    await page.getByText("Live", { exact: true }).waitFor();
  });

  it("stops claiming a state when what it knows is old", async () => {
    const visitor = await browser.newPage();
    await visitor.clock.install();
    await visitor.goto(server.url);
    await visitor.getByRole("heading", { level: 1, name: "Moving" }).waitFor();
    server.drop(true);
    await visitor.clock.runFor(45_000);
    await visitor.getByRole("heading", { level: 1, name: "Last known state" }).waitFor();
    server.drop(false);
    await visitor.close();
  });

  it("shows hostile names as text and gives hostile addresses no link", async () => {
    const evil = `<img src=x onerror="document.title='owned'">`;
    const script = cannedScript("artwork", "4", evil);
    server.set(
      cannedOverview({
        status: { level: "attention", text: evil },
        scripts: [{ ...script, name: evil, repository: { fullName: evil, url: "javascript:alert(1)" } }],
        rollouts: [
          cannedRollout({
            phaseText: evil,
            pullRequest: { number: 1, title: evil, url: "javascript:alert(2)" },
          }),
        ],
        pullRequests: [
          {
            repository: evil,
            number: 1,
            title: evil,
            url: "data:text/html,<script>alert(3)</script>",
            scripts: [evil],
            verdict: "valid",
            canary: null,
          },
        ],
      }),
    );
    await open();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain(evil);
    expect(await page.locator("img").count()).toBe(0);
    const hrefs = await page
      .locator("a")
      .evaluateAll((links) =>
        links.map((link) => new URL(link.getAttribute("href") ?? "", document.baseURI).protocol),
      );
    expect(new Set(hrefs)).toEqual(new Set(["http:"]));
    expect(await page.title()).toBe(`${evil} · Showrunner`);
  });

  it("teaches the first steps when there is nothing yet", async () => {
    const status = { level: "ok", text: "No script is released yet" } as const;
    server.set(cannedOverview({ status, scripts: [], rollouts: [], pullRequests: [] }));
    await open();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("Nothing yet");
    await page.getByText("Three steps bring the first one to every region:").waitFor();
    await page.getByText("Nothing is moving.").waitFor();
  });

  it("draws only what is in sight of 2,000 scripts, and finds the last one", async () => {
    const scripts = Array.from({ length: 2000 }, (_, index) =>
      cannedScript(`script-${String(index).padStart(4, "0")}`, "1", `team-${index % 40}`),
    );
    server.set(cannedOverview({ scripts }));
    await open();
    expect(await page.locator("tbody tr").count()).toBeLessThan(100);
    const table = page.getByRole("region", { name: "Scripts by region" });
    await table.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await page.getByTitle("script-1999@1", { exact: true }).waitFor();
    expect(await page.locator("tr[aria-rowindex='2001']").count()).toBe(1);
    await page.getByRole("searchbox").fill("1234");
    await page.getByTitle("script-1234@1", { exact: true }).waitFor();
    expect(await rowNames()).toEqual(["script-1234@1"]);
  });

  it("fits a phone", async () => {
    server.set(cannedOverview());
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await phone.goto(server.url);
    await phone.getByRole("heading", { level: 1 }).waitFor();
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await phone.close();
  });

  it("breaks no rule of its own content policy and throws nothing", () => {
    expect(complaints).toEqual([]);
  });
});
