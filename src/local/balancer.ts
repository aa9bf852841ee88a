import { parseBalancedRegions } from "./balanced-region.ts";
import { endOnSignal } from "./end-on-signal.ts";
import { startRegionBalancer } from "./region-balancer.ts";

const DRAIN_MS = 500;

/** One process for the load balancers of all regions. Environment: BALANCER_REGIONS, JSON. */
const regions = parseBalancedRegions(process.env["BALANCER_REGIONS"] ?? "[]");
const balancers = await Promise.all(regions.map(async (region) => await startRegionBalancer(region)));

endOnSignal(async () => {
  await Promise.all(balancers.map(async (balancer) => await balancer.close(DRAIN_MS)));
});

const urls = balancers.map(({ port }) => `http://127.0.0.1:${port}`);
process.stdout.write(`balancer ready ${urls.join(" ")}\n`);
