import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { hostFetch, type Resolve } from "#runtime/isolates/host-fetch.ts";
import type { FetchRedirect, WireFetchReply } from "#runtime/sandbox/messages.ts";

let server: Server;
let port: number;
let seen: IncomingMessage[];
let listener: RequestListener;

beforeEach(async () => {
  seen = [];
  listener = (_request, response) => response.end("hello");
  server = createServer((request, response) => {
    seen.push(request);
    listener(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Call {
  url?: string;
  allow?: string[];
  resolve?: Resolve;
  redirect?: FetchRedirect;
  headers?: [string, string][];
}

const noNames: Resolve = () => Promise.reject(new Error("nothing resolves here"));

async function call({ url, allow, resolve, redirect, headers }: Call): Promise<WireFetchReply> {
  const rules = {
    scriptAllow: allow ?? [`127.0.0.1:${port}`],
    fleetAllow: allow ?? [`127.0.0.1:${port}`],
    denied: [],
  };
  const request = {
    method: "GET",
    url: url ?? `http://127.0.0.1:${port}/`,
    headers: headers ?? [],
    body: { kind: "none" } as const,
  };
  return hostFetch(rules, resolve ?? noNames, request, redirect ?? "follow", new AbortController().signal);
}

const redirectTo = (location: string): void => {
  listener = (request, response) => {
    if (request.url === "/") response.writeHead(302, { location }).end();
    else response.end("arrived");
  };
};

describe("hostFetch", () => {
  it("brings the answer of an allowed target", async () => {
    const reply = await call({});
    expect(reply).toMatchObject({
      ok: true,
      response: { status: 200, body: { kind: "text", text: "hello" } },
    });
  });

  it("makes no connection for a target that is not listed", async () => {
    expect(await call({ allow: [] })).toMatchObject({
      ok: false,
      message: expect.stringContaining("egress list"),
    });
    expect(seen).toHaveLength(0);
  });

  it("connects to the address it checked, not to what the name says a moment later", async () => {
    let answers = 0;
    const reply = await call({
      url: `http://rebind.internal:${port}/`,
      allow: [`rebind.internal:${port}`, "127.0.0.1/32"],
      resolve: () => {
        answers += 1;
        return Promise.resolve([answers === 1 ? "127.0.0.1" : "169.254.169.254"]);
      },
    });
    expect(reply).toMatchObject({ ok: true });
    expect(answers).toBe(1);
    expect(seen[0]?.headers.host).toBe(`rebind.internal:${port}`);
  });

  it("refuses a listed public name that resolves to loopback", async () => {
    const reply = await call({
      url: `http://www.example.com:${port}/`,
      allow: [`www.example.com:${port}`],
      resolve: () => Promise.resolve(["127.0.0.1"]),
    });
    expect(reply).toMatchObject({ ok: false });
    expect(seen).toHaveLength(0);
  });

  it("follows a redirect to an allowed place", async () => {
    redirectTo("/next");
    expect(await call({})).toMatchObject({
      ok: true,
      redirected: true,
      response: { body: { text: "arrived" } },
    });
  });

  it.each([
    ["the metadata service", "http://169.254.169.254/latest/meta-data/"],
    ["a place that is not listed", "http://127.0.0.1:1/"],
    ["a file", "file:///etc/passwd"],
  ])("refuses a redirect to %s", async (_case, location) => {
    redirectTo(location);
    expect(await call({})).toMatchObject({ ok: false });
  });

  it("gives up on a circle of redirects", async () => {
    redirectTo("/");
    expect(await call({})).toMatchObject({ ok: false, message: "more than 5 redirects" });
  });

  it("hands a redirect over when asked to", async () => {
    redirectTo("/next");
    expect(await call({ redirect: "manual" })).toMatchObject({ ok: true, response: { status: 302 } });
    expect(await call({ redirect: "error" })).toMatchObject({ ok: false });
  });

  it("refuses an answer over its bound", async () => {
    listener = (_request, response) => response.end(Buffer.alloc(9 * 1024 * 1024));
    expect(await call({})).toMatchObject({ ok: false, message: expect.stringContaining("over") });
  });

  it("says so when nobody answers", async () => {
    server.close();
    server.closeAllConnections();
    expect(await call({})).toMatchObject({ ok: false, message: expect.stringContaining("ECONNREFUSED") });
  });
});
