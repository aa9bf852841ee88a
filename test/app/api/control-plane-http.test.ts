import { createHash, createHmac, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { Probot, createNodeMiddleware } from "probot";
import { createFolderBundleStore } from "#adapters/bundles/folder-bundle-store.ts";
import { loadSigner, verifySignature, type Signer } from "#adapters/bundles/signing.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { putRegionDocument } from "#adapters/store/region-documents.ts";
import { readPromises } from "#app/api/read-promises.ts";
import { createServer } from "#app/api/server.ts";
import { createBot } from "#app/bot/bot.ts";
import type { BundleStore } from "#domain/ports.ts";
import type { NodeReport } from "#schemas/types.ts";
import { silentLogger } from "../../adapters/store/store-template.ts";
import { describeOnEachStore } from "../../adapters/store/temporary-store.ts";

const secret = "hush";
const nowMs = Date.parse("2026-11-02T10:00:00Z");
const bearer = { authorization: "Bearer region-token" };

const noFleet = () => Promise.reject(new Error("there is no fleet here"));

describeOnEachStore("the control plane's HTTP side", (place) => {
  const folder = mkdtempSync(join(tmpdir(), "showrunner-http-"));
  let store: Store;
  let app: FastifyInstance;
  let url: string;
  let signer: Signer;
  let bundles: BundleStore;

  beforeAll(async () => {
    store = await place.open();
    signer = await loadSigner({ key: null, dir: folder });
    bundles = createFolderBundleStore(join(folder, "bundles"));
    const clock = { now: () => nowMs };
    const probot = new Probot({ appId: 1, privateKey: pem(), secret, logLevel: "fatal" });
    const fleet = { current: () => Promise.resolve(null) };
    app = await createServer({
      version: "0",
      logger: silentLogger,
      webhooks: await createNodeMiddleware(createBot({ store, clock }), {
        probot,
        webhooksPath: "/api/github/webhooks",
      }),
      api: {
        store,
        clock,
        fleet,
        measurementSource: { measurements: () => Promise.resolve([]), history: () => Promise.resolve({}) },
        campaigns: { read: noFleet, start: noFleet, ship: noFleet, rollBack: noFleet, change: noFleet },
        experiments: { state: noFleet, change: noFleet },
        webUrl: "http://127.0.0.1",
        operate: () => Promise.resolve({ kind: "unavailable", message: "there is no fleet here" }),
      },
      nodes: { store, clock, bundles, signer, registrationTokens: new Map([["eu-west-1", "region-token"]]) },
      guard: { token: "api-token", hosts: new Set(["127.0.0.1"]), openForReading: true },
      promises: () => readPromises(store.db),
      unready: () => Promise.resolve(["no valid fleet.yaml was read yet"]),
    });
    url = await app.listen({ port: 0, host: "127.0.0.1" });
  }, 120_000);

  afterAll(async () => {
    app.server.closeAllConnections();
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const keys = generateKeyPairSync("ed25519");
  const publicKey = keys.publicKey.export({ type: "spki", format: "pem" }).toString();

  function register(headers: Record<string, string>, change: object = {}): Promise<Response> {
    const body = {
      node: "eu-west-1-a",
      region: "eu-west-1",
      publicKey,
      claimedSlot: null,
      gatewayUrl: "http://127.0.0.1:1",
      adminUrl: "http://127.0.0.1:2",
      ...change,
    };
    return fetch(`${url}/api/nodes/register`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  function report(
    sequence: number,
    change: Partial<NodeReport> = {},
    privateKey = keys.privateKey,
  ): Promise<Response> {
    const body = JSON.stringify({
      schema: 1,
      node: "eu-west-1-a",
      region: "eu-west-1",
      bootId: "0f0f0f0f",
      sequence,
      reportedAt: new Date(nowMs).toISOString(),
      state: "ready",
      document: null,
      instances: [],
      problems: [],
      ...change,
    });
    const signature = sign(
      null,
      Buffer.concat([Buffer.from("showrunner-report-v1\n"), Buffer.from(body)]),
      privateKey,
    ).toString("base64");
    return fetch(`${url}/api/nodes/eu-west-1-a/reports`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-showrunner-signature": signature },
      body,
    });
  }

  it("registers a node with the region's token alone, and keeps its slot", async () => {
    expect((await register({})).status).toBe(401);
    expect((await register({ authorization: "Bearer wrong-token!" })).status).toBe(401);
    expect((await register(bearer, { region: "us-east-1" })).status).toBe(401);
    expect((await register(bearer, { node: "NOT A NAME" })).status).toBe(400);
    const first = await register(bearer);
    expect(await first.json()).toMatchObject({ slot: 0, signingKey: signer.publicKeyPem });
    expect(await (await register(bearer, { claimedSlot: 0 })).json()).toMatchObject({ slot: 0 });
  });

  it("takes a report only when its node signed it and it is newer than the last", async () => {
    expect((await report(1)).status).toBe(204);
    expect((await report(1)).status).toBe(409);
    expect((await report(2, {}, generateKeyPairSync("ed25519").privateKey)).status).toBe(401);
    expect((await report(2, { node: "eu-west-1-b" })).status).toBe(400);
    expect((await report(2)).status).toBe(204);
  });

  it("refuses another key under a name that is alive", async () => {
    const other = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString();
    expect((await register(bearer, { publicKey: other })).status).toBe(409);
  });

  it("wakes a script when a node says something new about it, and not at every heartbeat", async () => {
    const instance = {
      script: "artwork",
      version: "4",
      role: "stable",
      digest: `sha256:${"a".repeat(64)}`,
      state: "serving" as const,
      since: new Date(nowMs).toISOString(),
      requests: 0,
      errors: 0,
    };
    await report(3, { instances: [instance] });
    expect(await waitingKeys()).toContain("script:artwork@4");
    await store.db.deleteFrom("reconcile_keys").execute();
    await report(4, { instances: [{ ...instance, requests: 9 }] });
    expect(await waitingKeys()).toEqual([]);
  });

  it("serves the region's document by ETag with its signature, and announces it", async () => {
    const path = `${url}/api/regions/eu-west-1/document`;
    expect((await fetch(path)).status).toBe(401);
    expect((await fetch(path, { headers: bearer })).status).toBe(404);
    const bytes = new TextEncoder().encode('{"schema":1}');
    const signature = signer.sign("showrunner-document-v1", bytes);
    const stream = await fetch(`${url}/api/regions/eu-west-1/events`, { headers: bearer });
    await putRegionDocument(store.db, {
      region: "eu-west-1",
      epoch: 1,
      generation: 5,
      etag: '"one"',
      bytes,
      signature,
      updatedAtMs: nowMs,
    });
    const heard = await readUntil(stream, /event: document\ndata: (.*)\n/);
    expect(JSON.parse(heard)).toEqual({ etag: '"one"', generation: 5 });
    const document = await fetch(path, { headers: bearer });
    const received = new Uint8Array(await document.arrayBuffer());
    expect(
      verifySignature(
        signer.publicKeyPem,
        "showrunner-document-v1",
        received,
        document.headers.get("x-showrunner-signature") ?? "",
      ),
    ).toBe(true);
    expect((await fetch(path, { headers: { ...bearer, "if-none-match": '"one"' } })).status).toBe(304);
  });

  it("serves bundles by digest, signed, to nodes only", async () => {
    const digest = await bundles.put(new TextEncoder().encode("//showrunner {}"));
    const path = `${url}/bundles/${digest.replace(":", "/")}`;
    expect((await fetch(path)).status).toBe(401);
    const bundle = await fetch(path, { headers: bearer });
    expect(bundle.headers.get("cache-control")).toContain("immutable");
    const bytes = new Uint8Array(await bundle.arrayBuffer());
    expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
    expect(
      verifySignature(
        signer.publicKeyPem,
        "showrunner-bundle-v1",
        Buffer.from(digest),
        bundle.headers.get("x-showrunner-signature") ?? "",
      ),
    ).toBe(true);
    expect((await fetch(`${url}/bundles/sha256/..%2f..%2fkeys`, { headers: bearer })).status).toBe(404);
    expect((await fetch(`${url}/bundles/sha256/${"0".repeat(64)}`, { headers: bearer })).status).toBe(404);
  });

  it("stores a webhook once by its GUID, wakes its keys and answers", async () => {
    await store.db.deleteFrom("reconcile_keys").execute();
    const push = JSON.stringify({
      ref: "refs/heads/main",
      repository: { id: 12, full_name: "acme/artwork" },
    });
    for (let time = 0; time < 5; time += 1) expect((await deliver(push, secret, "guid-1")).status).toBe(200);
    expect(await waitingKeys()).toEqual(["repo:12"]);
    expect(await store.db.selectFrom("deliveries").select("guid").execute()).toEqual([{ guid: "guid-1" }]);
  });

  it("refuses a webhook that is not signed by GitHub, or too large, before reading it", async () => {
    expect((await deliver("{}", "wrong", "guid-2")).status).toBe(400);
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { "content-length": String(26 * 1024 * 1024), "content-type": "application/json" };
      const sent = httpRequest(`${url}/api/github/webhooks`, { method: "POST", headers }, (answer) => {
        resolve(answer.statusCode ?? 0);
        sent.destroy();
      });
      sent.on("error", reject);
      sent.flushHeaders();
    });
    expect(status).toBe(413);
  });

  it.each([
    ["a foreign Host", "GET", { host: "evil.example" }, 403],
    ["a foreign Origin", "GET", { origin: "http://evil.example" }, 403],
    ["a write without the token", "POST", {}, 401],
  ])("refuses %s", async (_name, method, headers, expected) => {
    const status = await new Promise<number>((resolve, reject) => {
      httpRequest(`${url}/api/overview`, { method, headers: { ...headers } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on("error", reject)
        .end();
    });
    expect([expected, 404]).toContain(status);
    expect(status).not.toBe(200);
  });

  it("says why it is not ready, describes its API, and counts", async () => {
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ready: false, reasons: ["no valid fleet.yaml was read yet"] },
    ]);
    const openapi: { paths: object } = await (await fetch(`${url}/api/openapi.json`)).json();
    expect(Object.keys(openapi.paths)).toEqual(expect.arrayContaining(["/api/overview", "/api/fleet"]));
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain("process_cpu_seconds_total");
    expect(metrics).toContain("showrunner_rollouts_on_time 0");
  });

  it("streams events from after the last one a reader saw", async () => {
    const { appendEvent } = await import("#adapters/store/events.ts");
    const first = await appendEvent(store.db, { atMs: nowMs, type: "change", data: { n: 1 } });
    await appendEvent(store.db, { atMs: nowMs, type: "change", data: { n: 2 } });
    const stream = await fetch(`${url}/api/events`, { headers: { "last-event-id": String(first) } });
    const heard = await readUntil(stream, /event: change\ndata: (.*)\n/);
    expect(JSON.parse(heard)).toMatchObject({ n: 2 });
  });

  async function waitingKeys(): Promise<string[]> {
    const rows = await store.db.selectFrom("reconcile_keys").select("key").orderBy("key").execute();
    return rows.map((row) => row.key);
  }

  function deliver(body: string, key: string, guid: string): Promise<Response> {
    return fetch(`${url}/api/github/webhooks`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-github-event": "push",
        "x-github-delivery": guid,
        "x-hub-signature-256": `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
      },
      body,
    });
  }
});

async function readUntil(response: Response, pattern: RegExp): Promise<string> {
  const reader = response.body?.getReader();
  let text = "";
  for (;;) {
    const chunk = await reader?.read();
    text += new TextDecoder().decode(chunk?.value);
    const found = pattern.exec(text)?.[1];
    if (found !== undefined || chunk?.done !== false) {
      await reader?.cancel();
      return found ?? "";
    }
  }
}

function pem(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return createPrivateKey(privateKey.export({ type: "pkcs1", format: "pem" }))
    .export({ type: "pkcs1", format: "pem" })
    .toString();
}
