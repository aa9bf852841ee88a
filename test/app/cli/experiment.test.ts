import { describe, expect, it } from "@jest/globals";
import { runAgainst } from "./cli-harness.ts";

const run = (args: readonly string[], answers: Parameters<typeof runAgainst>[1]) =>
  runAgainst(["experiment", ...args], answers);

const metric = { label: "errors", reason: "5.3% against 0.41% of requests, +1210%." };
const cards = {
  name: "cards",
  script: "title-card",
  version: "1",
  headline: "Running, 30 min left: quote is better than the control",
  pullRequest: null,
  cells: [
    {
      name: "plain",
      sharePct: 20,
      requests: 5410,
      isControl: true,
      outcome: null,
      goal: null,
      guardrails: [],
    },
    {
      name: "quote",
      sharePct: 20,
      requests: 5423,
      isControl: false,
      outcome: "better",
      goal: { label: "plays", reason: "3.75 against 3.12, +20%." },
      guardrails: [metric],
    },
    { name: "bold", sharePct: 20, requests: 0, isControl: false, outcome: null, goal: null, guardrails: [] },
  ],
};

describe("showrunner experiment list and show", () => {
  it("list each experiment in a line, or say how one begins", async () => {
    const one = await run(["list"], [[200, { experiments: [cards] }]]);
    expect(one.out).toBe(`cards  title-card@1  ${cards.headline}\n`);
    expect(one.asked).toMatchObject([{ method: "GET", url: "/api/experiments" }]);
    const none = await run(["list"], [[200, { experiments: [] }]]);
    expect(none.out).toMatch(/^There is no experiment\. One begins with a file under experiments\//);
  });

  it("show every cell with what was found in it, metric by metric", async () => {
    const done = await run(["show", "cards"], [[200, cards]]);
    expect(done.out.split("\n")).toEqual([
      "cards  title-card@1",
      cards.headline,
      "",
      "  plain                    20%  5410 requests  control",
      "  quote                    20%  5423 requests  better",
      "    plays: 3.75 against 3.12, +20%.",
      "    errors: 5.3% against 0.41% of requests, +1210%.",
      "  bold                     20%  0 requests  not judged yet",
      "",
    ]);
    expect(done.code).toBe(0);
  });

  it("name the pull request of a promoted cell, and let no text steer the terminal", async () => {
    const promoted = { ...cards, headline: "\u001b[31mred", pullRequest: 31 };
    const done = await run(["show", "cards"], [[200, promoted]]);
    expect(done.out.split("\n").slice(1, 3)).toEqual(["·[31mred", "Pull request #31"]);
  });

  it("print the answer itself with --json, and end with 1 when there is no such experiment", async () => {
    expect(JSON.parse((await run(["show", "cards", "--json"], [[200, cards]])).out)).toEqual(cards);
    const list = { experiments: [cards] };
    expect(JSON.parse((await run(["list", "--json"], [[200, list]])).out)).toEqual(list);
    const message = "There is no experiment nothing.";
    const gone = await run(["show", "nothing"], [[404, { error: { code: "unknown_experiment", message } }]]);
    expect([gone.code, gone.log, gone.out]).toEqual([1, `${message}\n`, ""]);
  });
});

describe("orders to an experiment", () => {
  it.each([
    [
      "stop it",
      ["stop", "cards"],
      "/api/experiments/cards/stop",
      { reason: "why", by: "maya" },
      "Stopped: cards\n",
    ],
    [
      "promote a cell",
      ["promote", "cards", "quote"],
      "/api/experiments/cards/promote",
      { cell: "quote", reason: "why", by: "maya" },
      "Ended, and proposed: cards\n",
    ],
  ])("%s with the reason and who asks, and tell what was done", async (_what, args, url, body, out) => {
    const done = await run([...args, "--reason", "why"], [[200, { experiment: "cards" }]]);
    expect(done.asked).toEqual([{ method: "POST", url, authorization: "Bearer secret", body }]);
    expect([done.out, done.code]).toEqual([out, 0]);
  });

  it("print the answer itself with --json", async () => {
    const answer = { experiment: "cards", change: "stop" };
    const done = await run(["stop", "cards", "--reason", "why", "--json"], [[200, answer]]);
    expect(JSON.parse(done.out)).toEqual(answer);
  });

  it("say no in the control plane's own words, in JSON as well", async () => {
    const error = { code: "nothing_to_do", message: "cards has ended already: why" };
    const done = await run(["stop", "cards", "--reason", "why"], [[409, { error }]]);
    expect([done.code, done.log, done.out]).toEqual([1, `${error.message}\n`, ""]);
    const json = await run(["promote", "cards", "quote", "--reason", "why", "--json"], [[409, { error }]]);
    expect([json.code, JSON.parse(json.out)]).toEqual([1, { error }]);
  });

  it.each<[string, readonly string[], RegExp]>([
    ["a stop without a reason", ["stop", "cards"], /--reason/],
    [
      "a promotion without a cell",
      ["promote", "cards", "--reason", "why"],
      /missing required argument 'cell'/,
    ],
    ["an order that there is not", ["begin", "cards"], /begin/],
  ])("ask nobody for %s", async (_what, args, message) => {
    const done = await run(args, [[200, {}]]);
    expect([done.code, done.asked]).toEqual([2, []]);
    expect(done.log).toMatch(message);
  });

  it("keep a name in its own part of the address", async () => {
    const done = await run(["stop", "../campaigns", "--reason", "why"], [[200, {}]]);
    expect(done.asked[0]?.url).toBe("/api/experiments/..%2Fcampaigns/stop");
  });

  it("end with 3 when nobody can say what became of it", async () => {
    const error = { code: "unavailable", message: "GitHub cannot be reached" };
    const done = await run(["stop", "cards", "--reason", "why"], [[503, { error }]]);
    expect(done.code).toBe(3);
    expect(done.log).toContain(error.message);
  });
});
