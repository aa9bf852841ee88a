import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { addNotice, claimNotices, recordAttempt } from "#adapters/store/notices.ts";
import { type Store, openStore } from "#adapters/store/open-store.ts";
import { noticeRoutes } from "#app/api/notice-routes.ts";
import type { Notice } from "#domain/notify/notice.ts";
import { silentLogger, temporaryStoreDir } from "../../adapters/store/store-template.ts";

const atMs = Date.parse("2026-11-02T10:00:00Z");
let dir = "";
let store: Store;
let app: FastifyInstance;

beforeAll(async () => {
  dir = await temporaryStoreDir();
  store = await openStore({ databaseUrl: null, dir, logger: silentLogger });
  app = Fastify();
  await app.register(noticeRoutes, { store, clock: { now: () => atMs + 60_000 } });
  for (const [index, id] of ["delivered", "dead", "other", "waiting"].entries()) {
    await addNotice(store.db, notice(id, atMs + index), ["releases"]);
    if (id === "waiting") continue;
    const [claimed] = await claimNotices(store.db, { limit: 1, leaseMs: 30_000, nowMs: atMs + index });
    if (!claimed) throw new Error(`${id} is not due`);
    const outcome =
      id === "delivered"
        ? { kind: "delivered" as const }
        : { kind: "dead" as const, reason: "it answered 410" };
    await recordAttempt(store.db, claimed, outcome, atMs + 1_000);
  }
}, 120_000);

afterAll(async () => {
  await app.close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

function notice(id: string, createdAtMs: number): Notice {
  const text = "it is everywhere";
  return { id, kind: "rollout.completed", subject: "artwork@4", atMs: createdAtMs, text, data: {} };
}

async function list(query = ""): Promise<{ id: string; state: string; [field: string]: unknown }[]> {
  const answer = await app.inject({ method: "GET", url: `/api/notices${query}` });
  return answer.json<{ notices: { id: string; state: string }[] }>().notices;
}

async function redeliver(body: object) {
  const answer = await app.inject({ method: "POST", url: "/api/notices/redeliver", payload: body });
  return { status: answer.statusCode, body: answer.json<object>() };
}

it("lists what is told outside, newest first, with how each went", async () => {
  const found = await list();
  expect(found.map(({ id }) => id)).toEqual(["waiting", "other", "dead", "delivered"]);
  expect(found[0]).toMatchObject({ state: "waiting", dueAt: "2026-11-02T10:00:00.003Z", endedAt: null });
  expect(found[2]).toEqual({
    id: "dead",
    endpoint: "releases",
    type: "dev.showrunner.rollout.completed",
    subject: "artwork@4",
    text: "it is everywhere",
    state: "dead",
    attempts: 1,
    error: "it answered 410",
    createdAt: "2026-11-02T10:00:00.001Z",
    dueAt: null,
    endedAt: "2026-11-02T10:00:01.000Z",
  });
});

it("lists those of one state, and refuses a state that there is not", async () => {
  expect((await list("?state=dead")).map(({ id }) => id)).toEqual(["other", "dead"]);
  expect((await app.inject({ method: "GET", url: "/api/notices?state=lost" })).statusCode).toBe(400);
});

it("makes due again what was given up: one by its id, or all, and nothing that was delivered", async () => {
  expect(await redeliver({ id: "delivered" })).toEqual({ status: 200, body: { redelivered: 0 } });
  expect(await redeliver({ id: "dead" })).toEqual({ status: 200, body: { redelivered: 1 } });
  expect((await list("?state=waiting")).find(({ id }) => id === "dead")).toMatchObject({
    attempts: 0,
    dueAt: "2026-11-02T10:01:00.000Z",
    endedAt: null,
  });
  expect(await redeliver({})).toEqual({ status: 200, body: { redelivered: 1 } });
  expect(await redeliver({})).toEqual({ status: 200, body: { redelivered: 0 } });
  expect(await list("?state=dead")).toEqual([]);
});
