import { randomUUID } from "node:crypto";
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { BalancedNode, BalancedRegion } from "./balanced-region.ts";
import { forwardRequest, isReplayable, type ForwardOutcome } from "./forward-request.ts";

export interface RegionBalancer {
  /** Where it listens; differs from the wanted port when that was 0. */
  readonly port: number;
  /** Takes no new request, lets those in flight finish for so long, then ends. */
  close(patienceMs: number): Promise<void>;
}

interface Backend {
  readonly node: BalancedNode;
  ready: boolean;
}

const PROBE_EVERY_MS = 1_000;
const PROBE_TIMEOUT_MS = 900;
const IN_FLIGHT_MAX = 2_000;
const SOCKETS_PER_NODE_MAX = 512;

/**
 * Stands for a region's load balancer: takes requests on one port and hands them to the region's ready nodes in turn.
 * A node that refuses connections is passed over at once and asked again at the next probe of its /readyz.
 */
export async function startRegionBalancer(region: BalancedRegion): Promise<RegionBalancer> {
  const backends = region.nodes.map((node): Backend => ({ node, ready: false }));
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_PER_NODE_MAX, maxFreeSockets: 64 });
  const probing = new AbortController();
  await probeAll(backends);
  const probes = probeUntilAborted(backends, probing.signal);
  let turn = 0;
  let inFlight = 0;
  const server = createServer((request, response) => {
    if (inFlight >= IN_FLIGHT_MAX) {
      refuse(response, 503, "overloaded", `${region.region} has ${IN_FLIGHT_MAX} requests in flight.`);
      return;
    }
    inFlight += 1;
    turn = (turn + 1) % backends.length;
    serve(region.region, inTurn(backends, turn), agent, request, response)
      .catch(() => response.destroy())
      .finally(() => {
        inFlight -= 1;
      });
  });
  const port = await listen(server, region.port);
  return {
    port,
    close: async (patienceMs) => {
      probing.abort();
      await closeServer(server, patienceMs);
      agent.destroy();
      await probes;
    },
  };
}

/** Ready nodes first; the others as a last resort, because they may still answer for themselves. */
function inTurn(backends: readonly Backend[], turn: number): Backend[] {
  const rotated = [...backends.slice(turn), ...backends.slice(0, turn)];
  return [...rotated.filter(({ ready }) => ready), ...rotated.filter(({ ready }) => !ready)];
}

async function serve(
  region: string,
  backends: readonly Backend[],
  agent: Agent,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const replayable = isReplayable(request);
  // A kept connection may have been closed by the node just now, so the second round makes new ones.
  const rounds = replayable ? [agent, false as const] : [false as const];
  for (const connections of rounds) {
    for (const backend of backends) {
      const outcome = await forwardRequest(request, response, backend.node.gatewayUrl, connections);
      if (isFinal(outcome, replayable)) {
        answerFor(outcome, region, backend, response);
        return;
      }
      backend.ready = false;
    }
  }
  refuse(response, 503, "no_node", `No node of ${region} accepts connections.`);
}

function isFinal(outcome: ForwardOutcome, replayable: boolean): boolean {
  return outcome.kind === "done" || outcome.kind === "timedOut" || (outcome.kind === "lost" && !replayable);
}

function answerFor(
  outcome: ForwardOutcome,
  region: string,
  backend: Backend,
  response: ServerResponse,
): void {
  switch (outcome.kind) {
    case "done":
      return;
    case "timedOut":
      refuse(response, 504, "node_silent", `Node ${backend.node.id} did not answer in time.`);
      return;
    case "lost":
      refuse(response, 502, "connection_lost", `The connection to node ${backend.node.id} broke.`);
      return;
    case "refused":
      refuse(response, 503, "no_node", `No node of ${region} accepts connections.`);
      return;
    default:
      outcome satisfies never;
  }
}

/** An answer of the platform's own, in the form that gateways use. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify({ error: { code, message, script: null, requestId: randomUUID() } });
  response.writeHead(status, { "content-type": "application/json", "retry-after": "1", connection: "close" });
  response.end(body);
}

async function probeUntilAborted(backends: readonly Backend[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(PROBE_EVERY_MS, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await probeAll(backends);
  }
}

async function probeAll(backends: readonly Backend[]): Promise<void> {
  await Promise.all(
    backends.map(async (backend) => {
      backend.ready = await isReady(backend.node);
    }),
  );
}

async function isReady(node: BalancedNode): Promise<boolean> {
  try {
    const answer = await fetch(`${node.adminUrl}/readyz`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, () => resolve());
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

async function closeServer(server: Server, patienceMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), patienceMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(timer);
}
