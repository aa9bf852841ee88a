import { type IncomingHttpHeaders, type Server, createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { type Sending, sendNotice } from "#adapters/notify/send-notice.ts";

const secret = `whsec_${Buffer.from("a secret of the receiver's").toString("base64")}`;
const body = JSON.stringify({ specversion: "1.0", id: "one" });
let server: Server;
let place = "";
let answer: { status: number; headers?: Record<string, string> } = { status: 204 };
let got: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      got.push({ path: request.url ?? "", headers: request.headers, body: text });
      response.writeHead(answer.status, answer.headers).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port }: AddressInfo = Object(server.address());
  place = `127.0.0.1:${port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  answer = { status: 204 };
  got = [];
});

function sending(over: Partial<Sending> = {}): Sending {
  return {
    url: `http://${place}/hook`,
    signingSecret: secret,
    id: "artwork@4-9e2d.completed.0",
    message: { contentType: "application/cloudevents+json; charset=utf-8", body },
    nowMs: Date.now(),
    allowed: new Set([place]),
    ...over,
  };
}

describe("a notice that is sent", () => {
  it("arrives whole, with a signature that the receiver's library accepts", async () => {
    expect(await sendNotice(sending())).toEqual({ kind: "delivered" });
    const [one] = got;
    expect(one).toMatchObject({
      path: "/hook",
      body,
      headers: { "webhook-id": "artwork@4-9e2d.completed.0" },
    });
    const verified = new Webhook(secret).verify(one?.body ?? "", Object(one?.headers));
    expect(verified).toEqual(JSON.parse(body));
  });

  it.each([
    [200, {}, { kind: "delivered" }],
    [410, {}, { kind: "refused", reason: "it answered 410: it wants nothing any more" }],
    [429, { "retry-after": "60" }, { kind: "failed", reason: "it answered 429", retryAfterMs: 60_000 }],
    [500, {}, { kind: "failed", reason: "it answered 500", retryAfterMs: null }],
  ])("and answered with %d ends so", async (status, headers, outcome) => {
    answer = { status, headers };
    expect(await sendNotice(sending())).toEqual(outcome);
  });

  it("follows no redirect, wherever it leads", async () => {
    answer = { status: 307, headers: { location: `http://${place}/elsewhere` } };
    expect(await sendNotice(sending())).toMatchObject({ kind: "failed", reason: "it answered 307" });
    expect(got).toHaveLength(1);
  });

  it.each([
    ["this machine", () => `https://${place}/`],
    ["this machine by its name", () => "https://localhost/"],
    ["this machine in version 6", () => "https://[::1]/"],
    ["this machine hidden in version 6", () => "https://[::ffff:127.0.0.1]/"],
    ["a private network", () => "https://10.1.2.3/"],
    ["a cloud's metadata", () => "https://169.254.169.254/latest/meta-data"],
    ["this machine as a number", () => "https://2130706433/"],
  ])("does not go to %s", async (_where, url) => {
    const outcome = await sendNotice(sending({ url: url(), allowed: new Set() }));
    expect(outcome).toMatchObject({ kind: "refused", reason: expect.stringContaining("not public") });
    expect(got).toEqual([]);
  });

  it("goes by https alone, and with no name or password in the address", async () => {
    const plain = sending({ allowed: new Set() });
    expect(await sendNotice(plain)).toMatchObject({ reason: "its address does not begin with https://" });
    const named = sending({ url: `http://maya:x@${place}/` });
    expect(await sendNotice(named)).toMatchObject({ kind: "refused" });
    expect(got).toEqual([]);
  });

  it("says what is wrong without the address, which may be a secret", async () => {
    const nobody = sending({ url: "http://127.0.0.1:9/secret-path", allowed: new Set(["127.0.0.1:9"]) });
    expect(await sendNotice(nobody)).toEqual({
      kind: "failed",
      reason: "it cannot be reached: ECONNREFUSED",
      retryAfterMs: null,
    });
    const unsigned = await sendNotice(sending({ signingSecret: "not base64!" }));
    expect(unsigned).toMatchObject({ kind: "refused", reason: expect.not.stringContaining("base64!") });
  });
});
