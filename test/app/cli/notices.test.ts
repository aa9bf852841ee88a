import { describe, expect, it } from "@jest/globals";
import { type CliRun, runAgainst } from "./cli-harness.ts";

const lost = {
  id: "rollout.completed.artwork@4-1f0c9e2",
  endpoint: "releases",
  type: "dev.showrunner.rollout.completed",
  subject: "artwork@4",
  text: "artwork@4 is everywhere",
  state: "dead",
  attempts: 14,
  error: "it answered 503, at the last of 14 tries",
  createdAt: "2026-11-02T10:00:00.000Z",
  dueAt: null,
  endedAt: "2026-11-02T22:00:00.000Z",
};
const sent = { ...lost, id: "two", endpoint: "chat", state: "delivered", attempts: 1, error: null };

/** Runs a command against a control plane that gives this one answer; what it was asked. */
async function notices(
  args: readonly string[],
  answer: object,
  status = 200,
): Promise<CliRun & { readonly asked: readonly string[] }> {
  const run = await runAgainst(["notices", ...args], [[status, answer]]);
  const asked = run.asked.map(
    ({ method, url, body }) => `${method} ${url}${body === null ? "" : ` ${JSON.stringify(body)}`}`,
  );
  return { ...run, asked };
}

describe("showrunner notices", () => {
  it("lists them, with why the lost ones were lost and the id to send them again by", async () => {
    const run = await notices(["list"], { notices: [lost, sent] });
    expect(run.asked).toEqual(["GET /api/notices"]);
    expect(run.out.split("\n")).toEqual([
      "dead       releases          artwork@4 is everywhere (14 tries: it answered 503, at the last of 14 tries)",
      "           rollout.completed.artwork@4-1f0c9e2",
      "delivered  chat              artwork@4 is everywhere",
      "           two",
      "",
    ]);
    expect(run.code).toBe(0);
  });

  it("lists those of one state, and says when there is none", async () => {
    const run = await notices(["list", "--state", "dead"], { notices: [] });
    expect(run).toMatchObject({ code: 0, out: "None.\n", asked: ["GET /api/notices?state=dead"] });
  });

  it("prints one JSON document with all that the API tells", async () => {
    const run = await notices(["--json"], { notices: [lost] });
    expect(JSON.parse(run.out)).toEqual({ notices: [lost] });
  });

  it.each<[string, readonly string[], number, string, string, number]>([
    ["one by its id", ["two"], 1, 'POST /api/notices/redeliver {"id":"two"}', "1 on its way again.\n", 0],
    ["all that were given up", ["--all"], 3, "POST /api/notices/redeliver {}", "3 on their way again.\n", 0],
    [
      "none, and says no, where the id is not one that was given up",
      ["two"],
      0,
      'POST /api/notices/redeliver {"id":"two"}',
      "0 on their way again.\n",
      1,
    ],
  ])("sends again %s", async (_what, args, redelivered, asked, out, code) => {
    const run = await notices(["redeliver", ...args], { redelivered });
    expect(run).toMatchObject({ asked: [asked], out, code });
  });

  it.each<[string, readonly string[], RegExp]>([
    ["a state that there is not", ["list", "--state", "lost"], /waiting, delivered, dead/],
    ["nothing to send again", ["redeliver"], /an id, or --all/],
    ["both an id and all", ["redeliver", "two", "--all"], /an id, or --all/],
  ])("asks nobody for %s", async (_what, args, message) => {
    const run = await notices(args, { notices: [] });
    expect(run.code).toBe(2);
    expect(run.log).toMatch(message);
    expect(run.asked).toEqual([]);
  });

  it.each([
    ["list", ["list"]],
    ["redeliver", ["redeliver", "--all"]],
  ])("%s ends with 3 where the control plane knows nothing of notices", async (_what, args) => {
    expect((await notices(args, { error: { code: "not_found", message: "no" } }, 404)).code).toBe(3);
  });
});
