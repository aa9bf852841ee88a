import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fastify, { type FastifyInstance } from "fastify";
import { listAudit } from "#adapters/store/audit.ts";
import { createExperimentRecords } from "#adapters/store/experiments.ts";
import { experimentRoutes } from "#app/api/experiment-routes.ts";
import { createExperimentDesk } from "#app/experiment/experiment-desk.ts";
import { type ControlRoom, openControlRoom } from "../operations/control-room.ts";

const path = "experiments/cards.yaml";
const cards = `# What people wrote stays.
kind: Experiment
name: cards
owner: team-art
script: title-card
cells:
  - { name: plain, sharePct: 20, control: true }
  - { name: quote, sharePct: 20, values: { card: quote } }
`;
const overByDate = `${cards}ended: { at: "2026-11-02T10:00:00Z", by: showrunner, outcome: date, reason: its time is over }\n`;

let room: ControlRoom;
let app: FastifyInstance;
let context: ControlRoom["context"];

beforeAll(async () => {
  room = await openControlRoom();
  context = { ...room.context, experiments: createExperimentRecords(room.store.db) };
  app = fastify();
  await app.register(experimentRoutes, {
    store: room.store,
    clock: context.clock,
    fleet: context.fleet,
    experiments: createExperimentDesk(context),
    webUrl: "https://github.example",
  });
}, 120_000);

afterAll(async () => {
  await app?.close();
  await room?.end();
});

beforeEach(async () => {
  room.host.intercept = () => Promise.resolve(null);
  await room.commit({ [path]: cards });
  await context.fleet.refresh();
});

async function ask(method: "GET" | "POST", url: string, payload?: object) {
  const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
  const body: Record<string, unknown> = answer.json();
  return { status: answer.statusCode, body };
}

const order = (kind: "stop" | "promote", body: object, name = "cards") =>
  ask("POST", `/api/experiments/${name}/${kind}`, body);
const why = { reason: "the copy is wrong", by: "@maya" };

describe("GET /api/experiments", () => {
  it("lists them by name, also those that nobody looked at yet", async () => {
    await room.commit({ "experiments/art.yaml": cards.replace("name: cards", "name: art") });
    await context.fleet.refresh();
    expect(await ask("GET", "/api/experiments")).toMatchObject({
      status: 200,
      body: {
        experiments: [
          { name: "art", script: "title-card", version: "1", owner: "team-art", winner: null },
          { name: "cards", phase: "blocked", outcome: null, headline: "Waits: it was not looked at yet" },
        ],
      },
    });
    await room.commit({ "experiments/art.yaml": null });
  });

  it("shows one with its cells, and where its pull request is", async () => {
    await room.store.records.upsertRepository({
      ...room.host.repository,
      head: null,
      kind: "scripts",
      seenAtMs: 0,
      removedAtMs: null,
      settledState: null,
    });
    await room.store.records.upsertScript({
      name: "title-card",
      version: "1",
      repositoryId: room.host.repository.id,
      path: ".",
      manifest: null,
      commit: "3".repeat(40),
      declared: true,
      problems: [],
    });
    const end = { at: "2026-11-02T10:00:00Z", by: "@maya", outcome: "promoted", reason: "x" } as const;
    await context.experiments.save(
      "cards",
      {
        phase: { kind: "ended", end: { ...end, cell: "quote" } },
        verdict: null,
        requests: { plain: 7 },
        pull: 31,
      },
      false,
      0,
    );
    expect((await ask("GET", "/api/experiments/cards")).body).toMatchObject({
      headline: "quote promoted by @maya: x",
      phase: "ended",
      outcome: "promoted",
      cells: [
        { name: "plain", isControl: true, requests: 7, values: {}, commit: null, outcome: null },
        { name: "quote", isControl: false, requests: 0, values: { card: "quote" }, guardrails: [] },
      ],
      pullRequest: 31,
      pull: { text: "#31", url: "https://github.example/alice/scripts/pull/31" },
    });
  });

  it("has nothing for a name that is none", async () => {
    expect(await ask("GET", "/api/experiments/nothing")).toMatchObject({
      status: 404,
      body: { error: { code: "unknown_experiment" } },
    });
  });
});

describe("orders to an experiment", () => {
  it("stop it by one commit and one audit record, once", async () => {
    const before = (await room.messages()).length;
    expect(await order("stop", why)).toEqual({ status: 200, body: { experiment: "cards", change: "stop" } });
    const messages = await room.messages();
    expect(messages.length).toBe(before + 1);
    expect(messages[0]).toMatch(/^The experiment cards is stopped\n/);
    const text = (await room.file(path)) ?? "";
    expect(text).toContain("# What people wrote stays.");
    expect(text).toMatch(
      /ended:\n {2}at: .*\n {2}by: "@maya"\n {2}outcome: stopped\n {2}reason: the copy is wrong/,
    );
    expect((await listAudit(room.store.db, 1))[0]).toMatchObject({
      actor: "@maya",
      action: "experiment stopped",
      subject: "experiment:cards",
      cause: why.reason,
      undo: expect.stringContaining("begins anew"),
    });
    const woken = await room.store.db.selectFrom("reconcile_keys").select("key").execute();
    expect(woken.map(({ key }) => key)).toEqual(expect.arrayContaining(["fleet", "experiment:cards"]));
    expect(await order("stop", why)).toEqual({
      status: 409,
      body: {
        error: { code: "nothing_to_do", message: "cards has ended already: the copy is wrong" },
      },
    });
    expect(await order("promote", { ...why, cell: "quote" })).toMatchObject({ status: 409 });
    expect((await room.messages()).length).toBe(before + 1);
  });

  it("promote a cell that it has, also after it ended by its date", async () => {
    expect(await order("promote", { ...why, cell: "red" })).toEqual({
      status: 404,
      body: {
        error: { code: "unknown_experiment", message: "cards has no cell red; it has plain, quote." },
      },
    });
    await room.commit({ [path]: overByDate });
    expect((await order("stop", why)).status).toBe(409);
    expect((await order("promote", { ...why, cell: "quote" })).status).toBe(200);
    expect(await room.file(path)).toMatch(
      /outcome: promoted\n {2}reason: the copy is wrong\n {2}cell: quote/,
    );
  });

  it("hold although somebody changes the file at the same moment, and keep that change", async () => {
    let isFirst = true;
    room.host.intercept = async ({ method, path: sentTo }) => {
      if (method !== "GET" && sentTo.includes("/git/") && isFirst) {
        isFirst = false;
        await room.commit({ [path]: cards.replaceAll("sharePct: 20", "sharePct: 30") });
      }
      return null;
    };
    expect((await order("stop", why)).status).toBe(200);
    expect(isFirst).toBe(false);
    const text = await room.file(path);
    expect(text).toContain("outcome: stopped");
    expect(text).toContain("sharePct: 30");
  });

  it.each<[string, "stop" | "promote", object, RegExp]>([
    ["no reason", "stop", {}, /reason must say why/],
    ["an empty reason", "stop", { reason: " " }, /reason must say why/],
    ["a reason that is a book", "stop", { reason: "x".repeat(501) }, /reason must say why/],
    ["a name that is none", "stop", { reason: "x", by: "a b" }, /by must be a user's name/],
    ["no cell", "promote", { reason: "x" }, /cell must be/],
    ["a cell that is no name", "promote", { reason: "x", cell: 1 }, /cell must be/],
  ])("are refused with %s", async (_what, kind, body, message) => {
    const answer = await order(kind, body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_request" } } });
    expect(JSON.stringify(answer.body)).toMatch(message);
  });

  it("are told of an experiment that is not there, and of a GitHub that is not", async () => {
    expect(await order("stop", why, "nothing")).toMatchObject({
      status: 404,
      body: { error: { code: "unknown_experiment" } },
    });
    room.host.intercept = ({ path: sentTo }) =>
      Promise.resolve(sentTo.includes("/git/") ? new Response("{}", { status: 502 }) : null);
    expect(await order("stop", why)).toMatchObject({ status: 503, body: { error: { code: "unavailable" } } });
    room.host.intercept = () => Promise.resolve(null);
    expect((await order("stop", why)).status).toBe(200);
  });
});
