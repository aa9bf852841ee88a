import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";
import { startRegionBalancer, type RegionBalancer } from "#local/region-balancer.ts";
import { eventually } from "./temporary-home.ts";

const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

interface FakeNode {
  readonly id: string;
  readonly gatewayUrl: string;
  readonly adminUrl: string;
  ready: boolean;
  served: number;
  /** As a node does on SIGTERM: answers what it has, accepts nothing more. */
  drain(): Promise<void>;
  listenAgain(): Promise<void>;
}

type Answer = (request: IncomingMessage, body: string) => { status: number; headers: string[]; body: string };

async function startNode(
  id: string,
  answer: Answer = () => ({ status: 200, headers: [], body: id }),
): Promise<FakeNode> {
  const node = { ready: true, served: 0 };
  const gateway = createServer((request, response) => {
    void respond(request, response);
  });
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    node.served += 1;
    const { status, headers, body: out } = answer(request, body);
    response.writeHead(status, ["x-showrunner-node", id, ...headers]);
    response.end(out);
  };
  const admin = createServer((_request, response) => {
    response.writeHead(node.ready ? 200 : 503).end();
  });
  const port = await listen(gateway, 0);
  const adminPort = await listen(admin, 0);
  cleanUps.push(() => close(gateway));
  cleanUps.push(() => close(admin));
  return Object.assign(node, {
    id,
    gatewayUrl: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    drain: async () => {
      node.ready = false;
      await close(gateway);
    },
    listenAgain: async () => {
      await listen(gateway, port);
      node.ready = true;
    },
  });
}

async function balance(...nodes: FakeNode[]): Promise<RegionBalancer & { url: string }> {
  const balancer = await startRegionBalancer({ region: "eu-west-1", port: 0, nodes });
  cleanUps.push(async () => await balancer.close(200));
  return { ...balancer, url: `http://127.0.0.1:${balancer.port}` };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

async function askedNode(url: string): Promise<string | null> {
  const answer = await fetch(url);
  await answer.text();
  return answer.headers.get("x-showrunner-node");
}

describe("the balancer of a region", () => {
  it("lets ready nodes take turns", async () => {
    const balancer = await balance(await startNode("a"), await startNode("b"));
    const nodes = await Promise.all([1, 2, 3, 4].map(async () => await askedNode(balancer.url)));
    expect(nodes.toSorted((left, right) => String(left).localeCompare(String(right)))).toEqual([
      "a",
      "a",
      "b",
      "b",
    ]);
  });

  it("loses no request while its nodes restart gracefully, one after the other", async () => {
    const [a, b] = [await startNode("a"), await startNode("b")];
    const balancer = await balance(a, b);
    const statuses: number[] = [];
    const stopping = new AbortController();
    const clients = [1, 2, 3].map(async () => {
      while (!stopping.signal.aborted) {
        const answer = await fetch(`${balancer.url}/work`);
        await answer.text();
        statuses.push(answer.status);
      }
    });
    for (const node of [a, b, a]) {
      const served = statuses.length;
      await node.drain();
      await eventually(() => statuses.length > served + 30);
      await node.listenAgain();
      const before = node.served;
      await eventually(() => node.served > before + 10);
    }
    stopping.abort();
    await Promise.all(clients);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  it("does not send a body to a node that is gone", async () => {
    const [a, b] = [
      await startNode("a"),
      await startNode("b", (_request, body) => ({ status: 201, headers: [], body })),
    ];
    const balancer = await balance(a, b);
    await a.drain();
    for (const body of ["first", "second", "third"]) {
      const answer = await fetch(balancer.url, { method: "POST", body });
      expect([answer.status, await answer.text()]).toEqual([201, body]);
    }
  });

  it("passes on status, repeated headers, path and body as they are, and says for whom", async () => {
    const node = await startNode("a", (request) => ({
      status: 418,
      headers: ["set-cookie", "a=1", "set-cookie", "b=2"],
      body: JSON.stringify({
        url: request.url,
        host: request.headers.host,
        from: request.headers["x-forwarded-for"],
      }),
    }));
    const balancer = await balance(node);
    const answer = await fetch(`${balancer.url}/artwork?id=%201`);
    expect(answer.status).toBe(418);
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await answer.json()).toEqual({
      url: "/artwork?id=%201",
      host: `127.0.0.1:${balancer.port}`,
      from: "127.0.0.1",
    });
  });

  it("streams bodies of unknown length", async () => {
    const node = await startNode("a", (request, body) => ({
      status: 200,
      headers: [],
      body: `${request.headers["transfer-encoding"]} ${body}`,
    }));
    const balancer = await balance(node);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest(balancer.url, { method: "PUT" }, resolve);
      request.on("error", reject);
      request.write("one ");
      request.end("two");
    });
    expect(await text(answer)).toBe("chunked one two");
  });

  it("asks a node that is not ready only when no other answers", async () => {
    const [a, b] = [await startNode("a"), await startNode("b")];
    a.ready = false;
    const balancer = await balance(a, b);
    expect([await askedNode(balancer.url), await askedNode(balancer.url)]).toEqual(["b", "b"]);
    await b.drain();
    expect(await askedNode(balancer.url)).toBe("a");
  });

  it("says so in the platform's own form when no node accepts connections", async () => {
    const a = await startNode("a");
    const balancer = await balance(a);
    await a.drain();
    const answer = await fetch(balancer.url);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: "no_node", script: null } });
  });
});
