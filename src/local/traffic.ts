import { setTimeout as sleep } from "node:timers/promises";
import { endOnSignal } from "./end-on-signal.ts";
import { requestPlan, type PlannedRequest } from "./request-plan.ts";
import { readSampleScripts } from "./sample-scripts.ts";

/**
 * Viewers of the sample streaming service: a light, steady stream of requests to every region's gateway.
 * Environment: TRAFFIC_GATEWAYS (JSON list of origins), TRAFFIC_SAMPLES (folder), TRAFFIC_PER_SECOND, TRAFFIC_SEED.
 */
const REQUEST_TIMEOUT_MS = 5_000;
const IN_FLIGHT_MAX = 20;
const REPORT_EVERY = 500;

const gateways: unknown = JSON.parse(process.env["TRAFFIC_GATEWAYS"] ?? "[]");
if (!Array.isArray(gateways)) throw new Error("TRAFFIC_GATEWAYS must hold a list");
const everyMs = 1_000 / Number(process.env["TRAFFIC_PER_SECOND"] ?? 60);
const scripts = readSampleScripts(process.env["TRAFFIC_SAMPLES"] ?? "fixtures/repos");
const plan = requestPlan(scripts, gateways.map(String), Number(process.env["TRAFFIC_SEED"] ?? 1));

const stopping = new AbortController();
endOnSignal(async () => {
  stopping.abort();
  await Promise.resolve();
});
process.stdout.write(`traffic ready ${scripts.length} scripts\n`);

let inFlight = 0;
let sent = 0;
let failed = 0;
while (!stopping.signal.aborted) {
  const planned = plan.next().value;
  // When answers are slow the stream gets thinner rather than piling up.
  if (inFlight < IN_FLIGHT_MAX) void send(planned);
  await sleep(everyMs);
}

async function send(planned: PlannedRequest): Promise<void> {
  inFlight += 1;
  try {
    const answer = await fetch(planned.gateway + planned.path, {
      headers: { "x-user": planned.user, "user-agent": "showrunner-traffic" },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    if (answer.status >= 500) failed += 1;
  } catch {
    failed += 1;
  }
  inFlight -= 1;
  sent += 1;
  if (sent % REPORT_EVERY === 0) process.stdout.write(`${sent} requests, ${failed} failed\n`);
}
