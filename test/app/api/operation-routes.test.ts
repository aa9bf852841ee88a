import { createExperimentDesk } from "#app/experiment/experiment-desk.ts";
import { createCampaignDesk } from "#app/campaign/campaign-desk.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { readPromises } from "#app/api/read-promises.ts";
import { createServer } from "#app/api/server.ts";
import { performOperation } from "#app/operations/perform-operation.ts";
import type { Digest } from "#schemas/types.ts";
import { silentLogger } from "../../adapters/store/store-template.ts";
import { type ControlRoom, openControlRoom, releasesAt } from "../operations/control-room.ts";

let room: ControlRoom;
let app: FastifyInstance;
let url: string;

beforeAll(async () => {
  room = await openControlRoom();
  const { store, context } = room;
  app = await createServer({
    version: "0",
    logger: silentLogger,
    webhooks: () => undefined,
    api: {
      store,
      clock: context.clock,
      fleet: context.fleet,
      measurementSource: room.context.measurementSource,
      campaigns: createCampaignDesk(context),
      experiments: createExperimentDesk(context),
      webUrl: room.host.github.url,
      operate: (operation, how) => performOperation(context, operation, how),
    },
    nodes: {
      store,
      clock: context.clock,
      bundles: context.bundles,
      signer: context.signer,
      registrationTokens: new Map(),
    },
    guard: { token: "api-token", hosts: new Set(["127.0.0.1"]), openForReading: true },
    promises: () => readPromises(store.db),
    unready: () => Promise.resolve([]),
  });
  url = await app.listen({ port: 0, host: "127.0.0.1" });
}, 120_000);

afterAll(async () => {
  app.server.closeAllConnections();
  await app.close();
  await room.end();
});

beforeEach(async () => {
  const gone = ["holds/artwork@1.yaml", "freezes/fleet.yaml", "kills/script-artwork.yaml"];
  const present = await Promise.all(gone.map(async (path) => [path, await room.file(path)] as const));
  const left = present.filter(([, text]) => text !== null).map(([path]) => [path, null] as const);
  if (left.length > 0) await room.commit(Object.fromEntries(left));
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function operate(body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${url}/api/operations`, {
    method: "POST",
    headers: { authorization: "Bearer api-token", "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const answered: Record<string, unknown> = await response.json();
  return { status: response.status, body: answered };
}

async function revision(text: string, commit: string): Promise<{ digest: Digest; commit: string }> {
  return {
    digest: await room.context.bundles.put(new TextEncoder().encode(text)),
    commit: commit.repeat(40),
  };
}

describe("POST /api/operations", () => {
  it("makes one commit in the fleet repository, tells why in it and in the audit, and how to undo it", async () => {
    await room.commit(releasesAt("artwork", await revision("one", "a")));
    const before = (await room.messages()).length;
    const answer = await operate({
      kind: "pause",
      target: "artwork",
      reason: "checkout\nerrors",
      by: "maya",
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        kind: "pause",
        target: "artwork",
        dryRun: false,
        affected: ["artwork@1"],
        files: [{ path: "holds/artwork@1.yaml", change: "written" }],
        undo: "showrunner resume artwork",
      },
    });
    const messages = await room.messages();
    expect(messages.length).toBe(before + 1);
    expect(messages[0]).toBe("Pause artwork@1: checkout errors\n\nShowrunner-Cause: api by api/maya");
    expect(await room.file("holds/artwork@1.yaml")).toContain("by: api/maya");
    const audit: { operations: unknown[] } = await (await fetch(`${url}/api/operations?limit=1`)).json();
    expect(audit.operations).toMatchObject([
      { actor: "api/maya", action: "pause", subject: "artwork", undo: "showrunner resume artwork" },
    ]);
    const woken = await room.store.db.selectFrom("reconcile_keys").select("key").execute();
    expect(woken.map((row) => row.key)).toEqual(expect.arrayContaining(["fleet", "script:artwork@1"]));
  });

  it("changes nothing on a dry run", async () => {
    const before = (await room.messages()).length;
    const answer = await operate({
      kind: "freeze",
      target: "fleet",
      reason: "launch",
      for: "2h",
      dryRun: true,
    });
    expect(answer).toMatchObject({ status: 200, body: { dryRun: true, affected: ["fleet"] } });
    expect((await room.messages()).length).toBe(before);
  });

  it("goes back to a revision that was stable everywhere, and not to one that was taken back half-way", async () => {
    const [one, two, bad] = [
      await revision("one", "a"),
      await revision("two", "b"),
      await revision("bad", "c"),
    ];
    await room.commit(releasesAt("home", one));
    await room.commit(releasesAt("home", two));
    const [firstRegion] = Object.entries(releasesAt("home", bad));
    await room.commit(Object.fromEntries([firstRegion ?? []]));
    await room.commit(releasesAt("home", two));
    const lost = { digest: `sha256:${"9".repeat(64)}`, commit: "9".repeat(40) };
    expect(await operate({ kind: "rollback", target: "home", to: lost.commit, reason: "x" })).toMatchObject({
      status: 409,
      body: { error: { code: "unknown_revision" } },
    });
    expect(
      await operate({ kind: "rollback", target: { script: "home", version: "1" }, reason: "slow" }),
    ).toMatchObject({ status: 200, body: { summary: "Roll home@1 back from bbbbbbb to aaaaaaa" } });
    expect(await room.file("holds/home@1.yaml")).toContain(one.digest);
  });

  it("plans anew when somebody else got in between, so both changes hold", async () => {
    await room.commit(releasesAt("artwork", await revision("one", "a")));
    await Promise.all([
      operate({ kind: "kill", target: "artwork", reason: "leak" }),
      operate({ kind: "freeze", target: "fleet", reason: "launch" }),
      operate({ kind: "pause", target: "artwork", reason: "look" }),
    ]);
    expect(await room.file("kills/script-artwork.yaml")).toContain("leak");
    expect(await room.file("freezes/fleet.yaml")).toContain("launch");
    expect(await room.file("holds/artwork@1.yaml")).toContain("look");
  });

  it.each<[string, object, number, string]>([
    ["an unknown kind", { kind: "explode", target: "fleet", reason: "x" }, 400, "invalid_request"],
    ["no reason", { kind: "pause", target: "artwork", reason: " " }, 400, "invalid_request"],
    ["a target that is none", { kind: "pause", target: "../x", reason: "x" }, 400, "invalid_request"],
    [
      "a field it does not know",
      { kind: "pause", target: "a", reason: "x", force: 1 },
      400,
      "invalid_request",
    ],
    [
      "a duration without a unit",
      { kind: "freeze", target: "fleet", reason: "x", for: "2" },
      400,
      "invalid_request",
    ],
    ["a script that does not exist", { kind: "pause", target: "nobody", reason: "x" }, 404, "unknown_target"],
    ["what is like that already", { kind: "resume", target: "artwork", reason: "x" }, 409, "nothing_to_do"],
    ["pausing the fleet", { kind: "pause", target: "fleet", reason: "x" }, 409, "unsupported_target"],
  ])("refuses %s, and says so", async (_name, body, status, code) => {
    await room.commit(releasesAt("artwork", await revision("one", "a")));
    expect(await operate(body)).toMatchObject({ status, body: { error: { code } } });
  });

  it("refuses without the token, from another site, and anything but JSON", async () => {
    const body = { kind: "pause", target: "artwork", reason: "x" };
    expect((await operate(body, { authorization: "Bearer guess" })).status).toBe(401);
    expect((await operate(body, { origin: "http://evil.example" })).status).toBe(403);
    expect((await operate(body, { "content-type": "text/plain" })).status).toBe(400);
  });

  it("says that GitHub cannot be reached, and acts when it is asked again", async () => {
    await room.commit(releasesAt("artwork", await revision("one", "a")));
    room.host.intercept = ({ path }) =>
      Promise.resolve(path.includes("/git/") ? new Response("{}", { status: 502 }) : null);
    const body = { kind: "pause", target: "artwork", reason: "x" };
    expect(await operate(body)).toMatchObject({ status: 503, body: { error: { code: "unavailable" } } });
    room.host.intercept = () => Promise.resolve(null);
    expect((await operate(body)).status).toBe(200);
  });

  it("is in the API's description", async () => {
    const openapi: { paths: Record<string, object> } = await (await fetch(`${url}/api/openapi.json`)).json();
    expect(openapi.paths).toMatchObject({
      "/api/operations": { get: {}, post: { requestBody: {} } },
      "/api/rollouts": { get: {} },
      "/api/scripts/{name}/rollouts": { get: {} },
    });
  });
});

describe("GET /api/rollouts", () => {
  it("tells what was promised and what came of it", async () => {
    const startedAtMs = Date.parse("2026-11-02T10:00:00Z");
    const rollout = {
      script: "artwork",
      version: "1",
      repositoryId: room.host.repository.id,
      digest: `sha256:${"a".repeat(64)}`,
      pullNumber: 7,
      startedAtMs,
      promisedByMs: startedAtMs + 60_000,
      bake: {},
      updatedAtMs: startedAtMs,
    };
    const state = { regions: [], waves: 2, percent: 100, expectedByMs: startedAtMs, unproven: false };
    const completed = { kind: "completed", unproven: false } as const;
    const { records } = room.store;
    const ended = [
      { id: "artwork@1-1", commit: "1".repeat(40), completedAtMs: startedAtMs + 40_000 },
      { id: "artwork@1-2", commit: "2".repeat(40), completedAtMs: startedAtMs + 80_000 },
    ];
    for (const one of ended)
      await records.upsertRollout({ ...rollout, ...one, state: { ...state, phase: completed } });
    await records.upsertRollout({
      ...rollout,
      id: "artwork@1-3",
      commit: "3".repeat(40),
      startedAtMs: startedAtMs + 1,
      completedAtMs: null,
      state: {
        ...state,
        percent: 10,
        phase: { kind: "held", wave: 1, requests: 1, minRequests: 5, reason: "1 of 5" },
      },
    });
    await records.upsertRepository({
      ...room.host.repository,
      head: null,
      kind: "scripts",
      seenAtMs: startedAtMs,
      removedAtMs: null,
      settledState: null,
    });
    await records.upsertScript({
      name: "artwork",
      version: "1",
      repositoryId: room.host.repository.id,
      path: ".",
      manifest: null,
      commit: "3".repeat(40),
      declared: true,
      problems: [],
    });
    const all = await (await fetch(`${url}/api/scripts/artwork/rollouts`)).json();
    expect(all).toMatchObject({
      rollouts: [
        { id: "artwork@1-3", phase: "held", actualMs: null, onTime: null },
        { id: "artwork@1-1", promisedMs: 60_000, actualMs: 40_000, onTime: true },
        { id: "artwork@1-2", promisedMs: 60_000, actualMs: 80_000, onTime: false },
      ],
      completed: 2,
      onTimePct: 50,
    });
    const active: { rollouts: { id: string }[] } = await (
      await fetch(`${url}/api/rollouts?active=true`)
    ).json();
    expect(active.rollouts.map(({ id }) => id)).toEqual(["artwork@1-3"]);
    expect((await fetch(`${url}/api/scripts/nobody/rollouts`)).status).toBe(404);
  });
});
