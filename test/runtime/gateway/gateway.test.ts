import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { RuntimeNode } from "#runtime/node.ts";
import { FakeControlPlane, script } from "../fake-control-plane.ts";
import { makeTestFolder, startNode, until, type TestFolder } from "../test-node.ts";

const SCRIPTS: Record<string, string> = {
  echo: `const handler = { async fetch(request) {
    return Response.json({ method: request.method, path: new URL(request.url).pathname, body: await request.text() });
  } };`,
  throws: "const handler = { fetch() { throw new Error('private detail') } };",
  loops: "const handler = { fetch() { for (;;); } };",
  hungry: "const handler = { fetch() { const all = []; for (;;) all.push(new Array(1e5).fill(1.5)); } };",
  silent: "const handler = { fetch: () => new Promise(() => {}) };",
  large: "const handler = { fetch: () => new Response('x'.repeat(2 ** 20 + 1)) };",
  slow: "const handler = { async fetch() { await new Promise((r) => setTimeout(r, 300)); return new Response('slow') } };",
  injects: `const handler = { fetch: () => new Response("body", { headers: { "x-a": "b\\r\\nset-cookie: evil=1" } }) };`,
  framing: `const handler = { fetch: () => new Response("body", { headers: {
    "content-length": "1", "transfer-encoding": "chunked", connection: "close", "x-showrunner-node": "forged", "x-kept": "1",
  } }) };`,
  cookies: `const handler = { fetch() {
    const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
    return new Response(null, { status: 204, headers });
  } };`,
};

let controlPlane: FakeControlPlane;
let folder: TestFolder;
let node: RuntimeNode;
let upstream: Server;

beforeAll(async () => {
  controlPlane = new FakeControlPlane();
  await controlPlane.start();
  folder = await makeTestFolder(controlPlane);
  upstream = createServer((request, response) => {
    if (request.url === "/redirect")
      response.writeHead(302, { location: "http://169.254.169.254/latest" }).end();
    else response.end("from upstream");
  });
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const address = upstream.address();
  const place = `127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const calls = controlPlane.addBundle(
    { name: "calls", egress: [place, "169.254.169.254:80"] },
    `const handler = { async fetch(request) {
      const target = new URL(request.url).searchParams.get("to").replace("UPSTREAM", "${place}");
      try { return new Response(await (await fetch(target)).text()) } catch (error) { return new Response(error.message) }
    } };`,
  );
  const published = Object.entries(SCRIPTS).map(([name, handler]) => {
    const limits = {
      wallMs: name === "loops" || name === "silent" ? 300 : 2000,
      concurrency: name === "slow" ? 2 : 64,
    };
    return script(name, controlPlane.addBundle({ name, limits }, handler));
  });
  const older = controlPlane.addBundle(
    { name: "echo", version: "0" },
    "const handler = { fetch: (request) => new Response('older ' + new URL(request.url).pathname) };",
  );
  published.push(script("echo", older, "0", false), script("calls", calls));
  controlPlane.publish(published, { egressAllow: [place, "169.254.169.254:80"] });
  node = await startNode(controlPlane, folder);
  await controlPlane.waitForReport(({ state }) => state === "ready");
});

afterAll(async () => {
  await node.stop();
  await controlPlane.stop();
  upstream.closeAllConnections();
  upstream.close();
  await folder.remove();
});

async function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${node.gatewayUrl}${path}`, init);
}

interface ErrorBody {
  error: { code: string; message: string; script: string | null; requestId: string };
}

async function errorOf(response: Response): Promise<ErrorBody["error"]> {
  const { error }: ErrorBody = await response.json();
  return error;
}

describe("the gateway", () => {
  it("hands the request to the script as it came", async () => {
    const response = await get("/echo/deep?x=1", { method: "POST", body: "bödy" });
    expect(await response.json()).toEqual({ method: "POST", path: "/echo/deep", body: "bödy" });
  });

  it.each([
    ["by path", "/echo@0/x", {}],
    ["by header", "/echo/x", { "x-showrunner-version": "0" }],
  ])("selects another version %s", async (_how, path, headers: Record<string, string>) => {
    expect(await (await get(path, { headers })).text()).toBe("older /echo/x");
  });

  it("has its own health, and keeps its own paths", async () => {
    expect((await get("/healthz")).status).toBe(200);
    expect((await get("/_showrunner/x")).status).toBe(404);
  });

  it.each([
    ["/nowhere", 404, "not_found", null],
    ["/echo@7", 404, "unknown_version", "echo"],
    ["/throws", 500, "script_error", "throws"],
    ["/large", 502, "response_too_large", "large"],
    ["/hungry", 503, "memory_exceeded", "hungry"],
    ["/silent", 504, "script_timeout", "silent"],
    ["/loops", 504, "script_timeout", "loops"],
    ["/injects", 500, "script_error", "injects"],
  ])("answers %s with %s %s", async (path, status, code, name) => {
    const response = await get(path);
    const error = await errorOf(response);
    expect(response.status).toBe(status);
    expect(error).toMatchObject({ code, script: name, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(JSON.stringify(error)).not.toContain("private detail");
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  it("brings a script back after it ran out of memory", async () => {
    await get("/hungry");
    await until(async () => (await errorOf(await get("/hungry"))).code === "memory_exceeded");
  });

  it("answers for others while a script loops and another eats memory", async () => {
    const bad = [get("/loops"), get("/loops"), get("/hungry")];
    for (let turn = 0; turn < 10; turn += 1) expect((await get("/echo")).status).toBe(200);
    expect((await Promise.all(bad)).map(({ status }) => status >= 500)).toEqual([true, true, true]);
  });

  it("refuses what is over a script's concurrency, and says when to come again", async () => {
    const responses = await Promise.all(Array.from({ length: 5 }, async () => get("/slow")));
    const refused = responses.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(3);
    expect(refused[0]?.headers.get("retry-after")).toBe("1");
  });

  it("lets no script frame its response or speak for the platform", async () => {
    const response = await get("/framing");
    expect(await response.text()).toBe("body");
    expect(response.headers.get("x-showrunner-node")).toBe("node-1");
    expect(response.headers.get("x-kept")).toBe("1");
    expect(response.headers.get("content-length")).toBe("4");
  });

  it("sends each cookie in a header of its own", async () => {
    const response = await get("/cookies");
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it("answers HEAD without a body", async () => {
    const response = await get("/echo", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  it("refuses a body over its bound, declared or not", async () => {
    const bytes = Buffer.alloc(9 * 1024 * 1024);
    const declared = await postRaw("/echo", bytes, { "content-length": bytes.length });
    const chunked = await postRaw("/echo", bytes, { "transfer-encoding": "chunked" });
    expect([declared, chunked]).toEqual([413, 413]);
  });

  it("survives a request that is no HTTP", async () => {
    const socket = connect(Number(new URL(node.gatewayUrl).port), "127.0.0.1");
    socket.end("nonsense\r\n\r\n");
    const answer = Buffer.concat(await socket.toArray()).toString();
    expect(answer).toContain("400 Bad Request");
    expect((await get("/echo")).status).toBe(200);
  });

  it.each([
    ["an allowed place", "http://UPSTREAM/", "from upstream"],
    ["a redirect to the metadata service", "http://UPSTREAM/redirect", "which no script may call"],
    ["the metadata service, though listed", "http://169.254.169.254/latest", "which no script may call"],
    ["a place that is not listed", "http://127.0.0.1:1/", "not in the script's egress list"],
  ])("lets a script call only what it may: %s", async (_case, target, expected) => {
    expect(await (await get(`/calls?to=${encodeURIComponent(target)}`)).text()).toContain(expected);
  });

  it("lets no script call the control plane or the node's admin side", async () => {
    for (const url of [controlPlane.url, node.adminUrl]) {
      expect(await (await get(`/calls?to=${url}/metrics`)).text()).toContain("belongs to the platform");
    }
  });

  it("counts what it answered", async () => {
    await get("/echo");
    const metrics = await (await fetch(`${node.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(
      /showrunner_requests_total\{script="echo",version="1",revision="[0-9a-f]{12}",role="stable",region="eu-west-1",node="node-1",status_class="2xx"\} \d+/,
    );
    expect(metrics).toMatch(/showrunner_document_generation\{[^}]*\} 1/);
    expect(metrics).toMatch(/showrunner_instance_heap_bytes\{script="echo"[^}]*\} \d+/);
    const report = await controlPlane.waitForReport(({ instances }) =>
      instances.some(
        ({ script: name, requests, latencyP95Ms }) =>
          name === "echo" && requests > 0 && latencyP95Ms !== undefined,
      ),
    );
    expect(report.instances.find(({ script: name }) => name === "throws")?.errors).toBeGreaterThan(0);
  });
});

/** Status of a POST whose answer may come before all of the body is taken. */
async function postRaw(
  path: string,
  body: Buffer,
  headers: Record<string, string | number>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${node.gatewayUrl}${path}`, { method: "POST", headers }, (response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
      outgoing.destroy();
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
