import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { runAgainst } from "./cli-harness.ts";

const run = (args: readonly string[], answers: Parameters<typeof runAgainst>[1]) =>
  runAgainst(["campaign", ...args], answers);

const started = {
  dryRun: false,
  campaigns: [{ name: "edge-kit-1-2-4" }],
  files: ["campaigns/edge-kit-1-2-4.yaml"],
};

describe("showrunner campaign start", () => {
  it("sends what it is about, and tells what was written and how to follow it", async () => {
    const done = await run(
      ["start", "--library", "@acme/edge-kit", "--to", "1.2.4", "--selector", "team=web", "--reason", "why"],
      [[200, started]],
    );
    expect(done.asked).toEqual([
      {
        method: "POST",
        url: "/api/campaigns",
        authorization: "Bearer secret",
        body: {
          library: "@acme/edge-kit",
          to: "1.2.4",
          description: "why",
          selector: { team: "web" },
          by: "maya",
          dryRun: false,
        },
      },
    ]);
    expect(done.out).toBe(
      "Started edge-kit-1-2-4\n  written campaigns/edge-kit-1-2-4.yaml\nFollow it: showrunner campaign show edge-kit-1-2-4\n",
    );
    expect(done.code).toBe(0);
  });

  it("sends an advisory as it is in its file, and says what it would do", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "showrunner-cli-")), "osv.json");
    writeFileSync(file, '{ "id": "GHSA-1" }');
    const done = await run(["start", "--advisory", file, "--dry-run"], [[200, { ...started, dryRun: true }]]);
    expect(done.asked[0]?.body).toEqual({ advisory: { id: "GHSA-1" }, by: "maya", dryRun: true });
    expect(done.out).toMatch(/^Would start edge-kit-1-2-4\n/);
  });

  it.each<[string, readonly string[], RegExp]>([
    ["nothing to upgrade", ["start"], /Name a library and a version/],
    ["a library without a version", ["start", "--library", "zod"], /Name a library and a version/],
    ["an advisory that is not there", ["start", "--advisory", "/nowhere/osv.json"], /cannot be read/],
    ["labels that are none", ["start", "--library", "zod", "--to", "4.0.0", "-l", "web"], /is no selector/],
    ["a score that is none", ["ship", "kit", "--score", "ninety"], /from 0 to 100/],
  ])("finds the usage wrong with %s", async (_, args, message) => {
    const done = await run(args, [[200, started]]);
    expect([done.code, done.asked]).toEqual([2, []]);
    expect(done.log).toMatch(message);
  });

  it("says no in the control plane's own words", async () => {
    const message = "There is a campaign edge-kit-1-2-4 already.";
    const done = await run(
      ["start", "--library", "zod", "--to", "4.0.0"],
      [[409, { error: { code: "refused", message } }]],
    );
    expect([done.code, done.log]).toEqual([1, `${message}\n`]);
  });
});

const detail = {
  name: "edge-kit-1-2-4",
  library: "@acme/edge-kit",
  to: "1.2.4",
  state: "stopped",
  progress: "0 of 3 shipped, 3 left: 1 passed, 2 failed, 0 to go",
  stopped: { reason: "2 of 3 judged pull requests failed", by: "showrunner", at: "2026-01-01T00:00:00Z" },
  shipping: 0,
  units: [
    {
      repository: "acme/one",
      base: "main",
      state: "passed",
      stateText: "passed · 100/100",
      pullRequest: { number: 1 },
    },
    {
      repository: "acme/two",
      base: "main",
      state: "failed",
      stateText: "failed · 12/100 · errors",
      pullRequest: { number: 4 },
    },
    { repository: "acme/no", base: "main", state: "notNeeded", stateText: "not needed", pullRequest: null },
  ],
};

describe("showrunner campaign show and list", () => {
  it("show what failed first, and leave out what needs nothing", async () => {
    const done = await run(["show", "edge-kit-1.2.4"], [[200, detail]]);
    expect(done.asked[0]?.url).toBe("/api/campaigns/edge-kit-1-2-4");
    const lines = done.out.trimEnd().split("\n");
    expect(lines.slice(0, 3)).toEqual([
      "edge-kit-1-2-4  @acme/edge-kit to 1.2.4  stopped",
      "0 of 3 shipped, 3 left: 1 passed, 2 failed, 0 to go",
      "Stopped by showrunner: 2 of 3 judged pull requests failed",
    ]);
    expect(lines.slice(4).map((line) => line.trim().split(/\s+/)[0])).toEqual(["acme/two#4", "acme/one#1"]);
  });

  it("show why one has nothing to go by", async () => {
    const lost = { ...detail, stopped: null, problem: "its advisory GHSA-1 was withdrawn" };
    const shown = await run(["show", "kit"], [[200, lost]]);
    expect(shown.out.split("\n")[2]).toBe(`Nothing to go by: ${lost.problem}`);
    const listed = await run(["list"], [[200, { campaigns: [lost] }]]);
    expect(listed.out.split("\n")[1]).toBe(`  Nothing to go by: ${lost.problem}`);
  });

  it("list each campaign in a line, or say how to start one", async () => {
    const one = await run(["list"], [[200, { campaigns: [detail] }]]);
    expect(one.out).toBe(`edge-kit-1-2-4  stopped  ${detail.progress}\n`);
    const none = await run(["list"], [[200, { campaigns: [] }]]);
    expect(none.out).toMatch(/^There is no campaign\. Start one: /);
  });

  it("print the answer itself with --json, and end with 1 when there is no such campaign", async () => {
    const done = await run(["show", "kit", "--json"], [[200, detail]]);
    expect(JSON.parse(done.out)).toEqual(detail);
    const message = "There is no campaign nothing.";
    const gone = await run(["show", "nothing"], [[404, { error: { code: "unknown_campaign", message } }]]);
    expect([gone.code, gone.log]).toEqual([1, `${message}\n`]);
  });
});

describe("orders to a campaign", () => {
  const shipped = {
    campaign: "kit",
    dryRun: false,
    score: 90,
    atOnce: 25,
    ships: [{ repository: "acme/one", pullRequest: 1, score: 100 }],
    left: [{ repository: "acme/two", pullRequest: 4, why: "it scores 12, below 90" }],
  };

  it("ship by score, and tell what goes, what stays and why", async () => {
    const done = await run(["ship", "kit", "--score", "90", "--reason", "ready"], [[200, shipped]]);
    expect(done.asked).toEqual([
      {
        method: "POST",
        url: "/api/campaigns/kit/ship",
        authorization: "Bearer secret",
        body: { score: 90, reason: "ready", by: "maya", dryRun: false },
      },
    ]);
    expect(done.out).toBe(
      [
        "Shipping 1 that score 90 or more, 25 rollouts at once",
        "  acme/one#1  100/100",
        "  left: acme/two#4  it scores 12, below 90",
        "Undo what was not merged yet: showrunner campaign stop kit\n",
      ].join("\n"),
    );
  });

  it("wait until everything was merged, when asked to", async () => {
    const under = { ...detail, shipping: 1, progress: "0 of 1 shipped" };
    const over = { ...detail, shipping: 0, progress: "Done: 1 of 1 shipped" };
    const done = await run(
      ["ship", "kit", "--wait"],
      [
        [200, shipped],
        [200, under],
        [200, over],
      ],
    );
    expect(done.log).toBe("0 of 1 shipped\nDone: 1 of 1 shipped\n");
    expect(done.code).toBe(0);
  });

  it.each(["stop", "resume"])("%s it, or say what that would do", async (verb) => {
    const done = await run([verb, "kit"], [[200, { campaign: "kit" }]]);
    expect([done.asked[0]?.url, done.out, done.code]).toEqual([
      `/api/campaigns/kit/${verb}`,
      `${verb} kit\n`,
      0,
    ]);
    const dry = await run([verb, "kit", "--dry-run"], [[200, { campaign: "kit" }]]);
    expect(dry.asked[0]?.body).toEqual({ by: "maya", dryRun: true });
    expect(dry.out).toBe(`Would do: ${verb} kit\n`);
  });

  it("take back what was shipped, and tell what goes, what stays and why", async () => {
    const taken = {
      campaign: "kit",
      dryRun: false,
      atOnce: 25,
      takesBack: [
        { repository: "acme/one", pullRequest: 1, script: "one@4", from: "1f0c9e2aaaa", to: "9e2d1f0bbbb" },
        { repository: "acme/two", pullRequest: 2, script: "two@4", from: "1f0c9e2aaaa", to: null },
      ],
      coming: 1,
      left: [{ repository: "acme/six", pullRequest: 6, script: "six@4", why: "it has moved on to 77f0c01" }],
      open: 3,
    };
    const done = await run(["rollback", "kit", "--reason", "logins break"], [[200, taken]]);
    expect(done.asked).toEqual([
      {
        method: "POST",
        url: "/api/campaigns/kit/rollback",
        authorization: "Bearer secret",
        body: { reason: "logins break", by: "maya", dryRun: false },
      },
    ]);
    const list = [
      "  acme/one#1  one@4  from 1f0c9e2 to 9e2d1f0",
      "  acme/two#2  two@4  from 1f0c9e2",
      "  left: acme/six#6  six@4  it has moved on to 77f0c01",
      "  1 merged and not built yet: back once they roll out",
      "  3 open pull requests: not merged",
    ];
    expect(done.out.trimEnd().split("\n")).toEqual([
      "Taking 2 back, 25 rollouts at once",
      ...list,
      "Stop taking back: showrunner campaign resume kit",
      "Send one out again: showrunner promote SCRIPT --reason REASON",
    ]);
    const dry = await run(["rollback", "kit", "--dry-run"], [[200, { ...taken, dryRun: true }]]);
    expect(dry.asked[0]?.body).toEqual({ by: "maya", dryRun: true });
    expect(dry.out.trimEnd().split("\n")).toEqual(["Would take 2 back, 25 rollouts at once", ...list]);
  });

  it("end with 1 when it is that way already", async () => {
    const message = "kit is stopped already";
    const done = await run(["stop", "kit"], [[409, { error: { code: "nothing_to_do", message } }]]);
    expect([done.code, done.log]).toEqual([1, `${message}\n`]);
  });
});
