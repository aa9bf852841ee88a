import { once } from "node:events";
import { rmSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { addNotice, claimNotices, listNotices, redeliverNotices } from "#adapters/store/notices.ts";
import { type Store, openStore } from "#adapters/store/open-store.ts";
import { Notifier } from "#app/notify/notifier.ts";
import type { Notice } from "#domain/notify/notice.ts";
import { silentLogger, temporaryStoreDir } from "../../adapters/store/store-template.ts";
import { until } from "../../adapters/store/until.ts";

const secret = `whsec_${Buffer.from("a secret of the receiver's").toString("base64")}`;
let dir = "";
let store: Store;
let server: Server;
let place = "";
let status = 204;
let ids: string[] = [];
let nowMs = Date.now();

beforeAll(async () => {
  dir = await temporaryStoreDir();
  store = await openStore({ databaseUrl: null, dir, logger: silentLogger });
  server = createServer((request, response) => {
    ids.push(String(request.headers["webhook-id"]));
    response.writeHead(status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port }: AddressInfo = Object(server.address());
  place = `127.0.0.1:${port}`;
}, 120_000);

afterAll(async () => {
  await store.close();
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

function notice(id: string): Notice {
  return {
    id,
    kind: "rollout.completed",
    subject: "artwork@4",
    atMs: nowMs,
    text: "it is everywhere",
    data: {},
  };
}

/** Lets a notifier work until something holds. */
async function working(holds: () => Promise<boolean>): Promise<void> {
  const notifier = new Notifier({
    store,
    clock: { now: () => nowMs },
    logger: silentLogger,
    secrets: async (name) => (name === "RELEASES" ? secret : null),
    endpoints: async () => [
      {
        name: "releases",
        format: "cloudevents",
        url: `http://${place}/`,
        urlSecret: null,
        signingSecret: "RELEASES",
        events: null,
      },
    ],
    source: "urn:showrunner:acme/fleet",
    allowed: new Set([place]),
  });
  notifier.start();
  try {
    await until(holds);
  } finally {
    await notifier.stop();
  }
}

const stateOf = async (id: string) => (await listNotices(store.db, null, 10)).find((one) => one.id === id);

it("sends again, with the same id, what a sender that crashed had sent and not recorded", async () => {
  ids = [];
  await addNotice(store.db, notice("one"), ["releases"]);
  await addNotice(store.db, notice("one"), ["releases"]);
  // A sender takes it, sends it, and dies.
  expect(await claimNotices(store.db, { limit: 8, leaseMs: 30_000, nowMs })).toHaveLength(1);
  expect(await claimNotices(store.db, { limit: 8, leaseMs: 30_000, nowMs })).toEqual([]);
  nowMs += 31_000;
  await working(async () => (await stateOf("one"))?.state === "delivered");
  expect(ids).toEqual(["one"]);
  expect(await stateOf("one")).toMatchObject({ attempts: 2, lastError: null });
});

it("tries again later and later, gives up, and sends it when somebody asks", async () => {
  ids = [];
  status = 503;
  await addNotice(store.db, notice("two"), ["releases"]);
  for (let attempts = 1; attempts <= 14; attempts += 1) {
    await working(async () => (await stateOf("two"))?.attempts === attempts);
    const { dueAtMs = 0, state } = (await stateOf("two")) ?? {};
    expect(state).toBe(attempts < 14 ? "waiting" : "dead");
    nowMs = Math.max(nowMs, dueAtMs);
  }
  expect(new Set(ids)).toEqual(new Set(["two"]));
  expect(await listNotices(store.db, "dead", 10)).toMatchObject([
    { id: "two", endpoint: "releases", lastError: "it answered 503, at the last of 14 tries" },
  ]);
  status = 204;
  expect(await redeliverNotices(store.db, "two", nowMs)).toBe(1);
  await working(async () => (await stateOf("two"))?.state === "delivered");
});

it("gives up what goes to an endpoint that fleet.yaml does not name any more", async () => {
  await addNotice(store.db, notice("three"), ["gone"]);
  await working(async () => (await stateOf("three"))?.state === "dead");
  expect((await stateOf("three"))?.lastError).toBe("fleet.yaml does not name the endpoint any more");
});
