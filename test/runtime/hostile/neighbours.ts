import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "node:http";

const POLL_EVERY_MS = 50;
const ANSWER_WITHIN_MS = 4000;
/** Silence that a user would notice, milliseconds. */
const GAP_MS = 1000;

export interface NeighbourWatch {
  /** Stops, and gives the silences of each neighbour of at least a second, milliseconds. */
  end(): Promise<ReadonlyMap<string, readonly number[]>>;
}

/** Asks each script every 50 ms; only its own right answer counts. */
export function watchNeighbours(gatewayUrl: string, names: readonly string[]): NeighbourWatch {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  const stop = new AbortController();
  const loops = names.map(async (name) => [name, await watch(agent, gatewayUrl, name, stop.signal)] as const);
  return {
    end: async () => {
      stop.abort();
      const gaps = new Map(await Promise.all(loops));
      agent.destroy();
      return gaps;
    },
  };
}

async function watch(agent: Agent, gatewayUrl: string, name: string, stop: AbortSignal): Promise<number[]> {
  const gaps: number[] = [];
  let lastMs = performance.now();
  const note = (): void => {
    const nowMs = performance.now();
    if (nowMs - lastMs >= GAP_MS) gaps.push(Math.round(nowMs - lastMs));
    lastMs = Math.max(lastMs, nowMs);
  };
  const pending = new Set<Promise<void>>();
  while (!stop.aborted) {
    // Each request is on its own: one that is stuck does not keep the next from being served.
    const asked = answers(agent, `${gatewayUrl}/${name}`, name);
    const noted = (async () => {
      if (await asked) note();
    })();
    pending.add(noted);
    void noted.finally(() => pending.delete(noted));
    await sleep(POLL_EVERY_MS);
  }
  await Promise.all(pending);
  note();
  return gaps;
}

async function answers(agent: Agent, url: string, expected: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(url, { agent, timeout: ANSWER_WITHIN_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve(response.statusCode === 200 && Buffer.concat(chunks).toString() === expected),
      );
      response.on("error", () => resolve(false));
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false));
    asked.end();
  });
}
