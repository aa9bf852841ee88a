import { createServer, type Server, type ServerResponse } from "node:http";
import type { RolloutView } from "#app/cli/read-rollouts.ts";

/** A control plane that says what the test wants, and can go away and come back at the same address. */
export interface CannedControlPlane {
  url: string;
  rollouts: RolloutView[];
  served: Record<string, string | null>;
  /** null means that it knows the script. */
  unknown: string | null;
  /** How often the rollouts were asked for. */
  asked: number;
  /** The Last-Event-ID of each reader, in their order; null for one that began. */
  readers: (string | null)[];
  /** Sends an event to every reader. */
  tell(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export function rollout(change: Partial<RolloutView> = {}): RolloutView {
  return {
    id: "artwork@4-9e2d1f0",
    script: "artwork",
    version: "4",
    commit: "9e2d1f0".padEnd(40, "0"),
    phase: "baking",
    phaseText: "Wave 2 of 3, baking in us-east-1",
    wave: 2,
    waves: 3,
    percent: 58,
    startedAt: "2026-05-04T14:00:00.000Z",
    promisedBy: "2026-05-04T14:45:00.000Z",
    expectedBy: "2026-05-04T14:44:00.000Z",
    completedAt: null,
    regions: [
      region("eu-west-1", 1, "done", 1),
      region("us-east-1", 2, "baking", 0.6),
      { ...region("us-west-2", 3, "waiting", 0), note: "its window opens at 14:30" },
    ],
    ...change,
  };
}

export function ended(phase: string, phaseText: string): RolloutView {
  return rollout({ phase, phaseText, percent: 100, completedAt: "2026-05-04T14:41:00.000Z" });
}

export async function startControlPlane(): Promise<CannedControlPlane> {
  let server: Server | null = null;
  let streams: ServerResponse[] = [];
  let port = 0;
  let events = 0;
  const plane: CannedControlPlane = {
    url: "",
    rollouts: [],
    served: {},
    unknown: null,
    asked: 0,
    readers: [],
    tell() {
      events += 1;
      for (const stream of streams) stream.write(`id: ${events}\nevent: change\ndata: {}\n\n`);
    },
    async stop() {
      const stopping = server;
      server = null;
      streams = [];
      await new Promise<void>((resolve) => {
        if (stopping === null) return resolve();
        stopping.close(() => resolve());
        stopping.closeAllConnections();
      });
    },
    async start() {
      const starting = createServer((request, response) => {
        if (request.url === "/api/events") {
          plane.readers.push(request.headers["last-event-id"]?.toString() ?? null);
          response.writeHead(200, { "content-type": "text/event-stream" }).write("retry: 1000\n\n");
          streams.push(response);
          return;
        }
        plane.asked += 1;
        const { rollouts, served, unknown } = plane;
        const body =
          unknown === null ? { rollouts, served } : { error: { code: "unknown", message: unknown } };
        response
          .writeHead(unknown === null ? 200 : 404, { "content-type": "application/json" })
          .end(JSON.stringify(body));
      });
      server = starting;
      await new Promise<void>((resolve) => {
        starting.listen(port, "127.0.0.1", resolve);
      });
      const address = starting.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      port = address.port;
      plane.url = `http://127.0.0.1:${port}`;
    },
  };
  await plane.start();
  return plane;
}

function region(name: string, wave: number, state: string, fraction: number): RolloutView["regions"][number] {
  const nodesAttested = state === "waiting" ? 0 : 4;
  return { region: name, wave, state, nodesAttested, nodesTotal: 4, fraction, note: null };
}
