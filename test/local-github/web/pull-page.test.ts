import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { chromiumPath, complaintsOf, launchChromium } from "../../chromium.ts";
import { type Bench, startBench } from "../harness.ts";

let bench: Bench;
let repo: string;
let head: string;

beforeAll(async () => {
  bench = await startBench();
  const clone = await bench.repository("acme", "artwork", {
    "showrunner.yaml": "kind: Script\nname: artwork\n",
  });
  await bench.git(clone, "checkout", "-q", "-b", "topic");
  head = await bench.commit(clone, { "showrunner.yaml": "kind: Script\nname: artwork\nroute: /art\n" });
  await bench.git(clone, "push", "-q", "origin", "topic");
  repo = "/repos/acme/artwork";
  await bench.api("PUT", `${repo}/collaborators/bob`, { body: { permission: "pull" } });
  await bench.api("POST", `${repo}/pulls`, {
    body: {
      title: "A <b>new</b> route",
      body: "Serves **art**.\n\n<script>window.hurt = 1</script>",
      head: "topic",
      base: "main",
    },
  });
  const token = await bench.installationToken("acme");
  await bench.api("POST", `${repo}/check-runs`, {
    token,
    body: {
      name: "showrunner",
      head_sha: head,
      conclusion: "action_required",
      output: {
        title: "Marginal · 81/100 · a person decides",
        summary: "| metric | change |\n| --- | --- |\n| CPU | **+26%** |",
        text: '```mermaid\nxychart-beta\n  title "CPU a request"\n  x-axis [1, 2, 3]\n  line [3.1, 3.4, 3.9]\n```',
        annotations: [
          {
            path: "showrunner.yaml",
            start_line: 3,
            end_line: 3,
            annotation_level: "warning",
            message: "a new route",
          },
        ],
      },
      actions: [{ label: "Roll out", description: "Merge exactly this commit", identifier: "rollout" }],
    },
  });
}, 60_000);

afterAll(async () => {
  await bench.close();
});

const basic = (name: string) => `Basic ${Buffer.from(`${name}:${name}-token`).toString("base64")}`;
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${bench.url}${path}`, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers,
    redirect: "manual",
  });

/** Where signing in leads from there. */
const afterSignIn = async (back: string) => {
  const path = `/login?back=${encodeURIComponent(back)}`;
  const answer = await fetch(`${bench.url}${path}`, {
    headers: { authorization: basic("bob") },
    redirect: "manual",
  });
  return answer.headers.get("location");
};

describe("the forms of a pull request's page", () => {
  it("want a name, the right to do it, and their own page", async () => {
    const merge = "/acme/artwork/pull/1/merge";
    expect((await post(merge, { sha: head })).status).toBe(401);
    expect((await post(merge, { sha: head }, { authorization: basic("bob") })).status).toBe(403);
    const foreign = { authorization: basic("alice"), origin: "http://evil.example" };
    expect((await post(merge, { sha: head }, foreign)).status).toBe(403);
    expect((await bench.api("GET", `${repo}/pulls/1`)).body.merged).toBe(false);
  });

  it("merge only the head that the person saw, and say why not in words", async () => {
    const headers = { authorization: basic("alice"), accept: "text/html" };
    const answer = await post("/acme/artwork/pull/1/merge", { sha: "0".repeat(40) }, headers);
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain("Head branch was modified");
  });

  it("lead nowhere else after signing in", async () => {
    expect(await afterSignIn("/acme/artwork/pull/1")).toBe("/acme/artwork/pull/1");
    for (const elsewhere of ["//evil.example", "/\\evil.example", "https://evil.example", "x\r\ny"]) {
      expect(await afterSignIn(elsewhere)).toBe("/");
    }
  });
});

const describeWithChromium = chromiumPath === null ? describe.skip : describe;

describeWithChromium("a pull request in Chromium", () => {
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchChromium();
    const context = await browser.newContext({
      httpCredentials: { username: "alice", password: "alice-token" },
      viewport: { width: 1100, height: 900 },
    });
    page = await context.newPage();
    complaints = complaintsOf(page);
  }, 60_000);

  afterAll(async () => {
    await browser.close();
  });

  it("tells the story, and runs nothing that somebody wrote into it", async () => {
    await page.goto(`${bench.url}/acme/artwork/pull/1`);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("A <b>new</b> route");
    await page.getByText("Marginal · 81/100 · a person decides").waitFor();
    expect(await page.locator(".text strong", { hasText: "art" }).count()).toBe(1);
    expect(await page.evaluate(() => "hurt" in window)).toBe(false);
    await page.getByRole("link", { name: "Files changed" }).click();
    await page.getByText("+route: /art").waitFor();
    await page.getByText("a new route").waitFor();
  });

  it("draws a check's plot and sends its button's webhook", async () => {
    await page.goto(`${bench.url}/login?back=/acme/artwork/pull/1/checks`);
    await page.locator("pre.mermaid svg").waitFor();
    await page.getByRole("button", { name: "Roll out" }).click();
    await page.waitForURL(/\/pull\/1\/checks$/);
    await bench.github.webhooksSent();
    const pressed = bench.receiver.hooks.find(({ body }) => body["action"] === "requested_action");
    expect(pressed?.body).toMatchObject({
      requested_action: { identifier: "rollout" },
      sender: { login: "alice" },
    });
  });

  it("takes a comment, shows what others write without being loaded anew, and merges", async () => {
    await page.goto(`${bench.url}/login?back=/acme/artwork/pull/1`);
    await page.getByLabel("Add a comment").fill("/plan, please");
    await page.getByRole("button", { name: "Comment", exact: true }).click();
    await page.getByText("/plan, please").waitFor();
    await bench.api("POST", `${repo}/issues/1/comments`, {
      token: "bob-token",
      body: { body: "looks **good**" },
    });
    await page.locator("#comments strong", { hasText: "good" }).waitFor();
    await page.getByRole("button", { name: "Merge pull request" }).click();
    await page.locator(".state.merged").waitFor();
    expect((await bench.api("GET", `${repo}/pulls/1`)).body).toMatchObject({
      merged: true,
      merged_by: { login: "alice" },
    });
    expect(complaints).toEqual([]);
  });
});
