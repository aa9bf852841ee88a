import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { script } from "../../runtime/fake-control-plane.ts";
import { LoadGenerator } from "../load/load-generator.ts";
import { median, rounded, type BenchResult, type SuiteOptions } from "../report.ts";
import { ShowrunnerServer } from "../servers/showrunner.ts";

const SWAPS_MIN = 60;
const SWAPS_A_ROUND = 12;
const SWAP_MS_MAX = 20_000;
const UPSTREAM_MS = 40;
const CONNECTIONS = 32;
const LOAD_MS_MAX = 10 * 60_000;

/**
 * New revisions of a script put into service one after the other, while requests wait in it for a slow host that it
 * fetches from. A failed request is any that did not get the one right answer.
 */
export async function swapSuite({ rounds, log }: SuiteOptions): Promise<readonly BenchResult[]> {
  const host = outwardAddress();
  const upstream = createServer((_request, response) => {
    setTimeout(() => response.end("upstream"), UPSTREAM_MS);
  });
  upstream.listen(0, host);
  await once(upstream, "listening");
  const ours = await ShowrunnerServer.start();
  const generator = new LoadGenerator(log);
  try {
    const target = `${host}:${portOf(upstream)}`;
    await serveRevision(ours, target, 0);
    const swaps = Math.max(SWAPS_MIN, rounds * SWAPS_A_ROUND);
    const load = generator.run({
      host: ours.host,
      port: ours.port,
      targets: [{ path: "/swapped", body: "got upstream" }],
      connections: CONNECTIONS,
      durationMs: LOAD_MS_MAX,
    });
    const swapMs: number[] = [];
    for (let swap = 1; swap <= swaps; swap += 1) {
      const startedMs = performance.now();
      await serveRevision(ours, target, swap);
      swapMs.push(performance.now() - startedMs);
      if (swap % SWAPS_A_ROUND === 0) log(`${swap} of ${swaps} swaps`);
    }
    generator.finish();
    const { requests, failures, examples, p99Us } = await load;
    log(`${requests} requests, ${failures} failed ${examples.join("; ")}`);
    return [
      { name: "swaps", value: swaps, unit: "swaps", better: "higher" },
      { name: "failed-requests", value: failures, unit: "requests", better: "lower" },
      { name: "requests", value: requests, unit: "requests", better: "higher" },
      { name: "swap-ms", value: rounded(median(swapMs)), unit: "ms", better: "lower" },
      { name: "p99-ms", value: rounded(p99Us / 1000), unit: "ms", better: "lower" },
    ];
  } finally {
    generator.stop();
    await ours.stop();
    upstream.close();
    upstream.closeAllConnections();
  }
}

/** Settles when the node reports that this revision serves. */
async function serveRevision(ours: ShowrunnerServer, target: string, revision: number): Promise<void> {
  const module = `export default {
  async fetch() {
    const answer = await fetch("http://${target}/");
    return new Response("got " + (await answer.text()), { headers: { "x-bench-revision": "${revision}" } });
  },
};
`;
  const digest = ours.bundle({ name: "swapped", module, body: "" }, { egress: [target] });
  ours.controlPlane.publish([script("swapped", digest)], { egressAllow: [target] });
  await ours.controlPlane.waitForInstance(digest, "serving", SWAP_MS_MAX);
}

/** Scripts do not reach loopback unless the fleet means it, so the host they call is at this machine's outward address. */
function outwardAddress(): string {
  const outward = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === "IPv4" && !address.internal);
  return outward?.address ?? "127.0.0.1";
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("the server does not listen on a port");
  return address.port;
}
