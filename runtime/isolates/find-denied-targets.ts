import type { EgressTarget } from "./egress-policy.ts";
import type { Resolve } from "./host-fetch.ts";

/** The platform's own places as targets no script may call: each URL under its name and under its addresses. */
export async function findDeniedTargets(urls: readonly string[], resolve: Resolve): Promise<EgressTarget[]> {
  const targets: EgressTarget[] = [];
  for (const text of urls) {
    const url = new URL(text);
    const host = url.hostname.replaceAll(/^\[|\]$/g, "");
    const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
    const addresses = await resolve(host).catch(() => []);
    for (const place of new Set([host, ...addresses])) targets.push({ host: place, port });
  }
  return targets;
}
