import { askGateway } from "./gateway-client.ts";
import type { SampleScript } from "./sample-scripts.ts";
import { waitFor } from "./wait-for.ts";

export interface AllServedOptions {
  readonly scripts: readonly SampleScript[];
  readonly gateways: readonly { readonly region: string; readonly origin: string }[];
  readonly timeoutMs: number;
  /** Called now and then with how many scripts each region serves, when that has changed. */
  readonly onProgress: (served: ReadonlyMap<string, number>) => void;
  readonly signal: AbortSignal;
}

const ASK_EVERY_MS = 1_000;
const TELL_EVERY_MS = 8_000;

/** Waits until every gateway answers for every script; the pairs still missing when the time is over, as "script in region". */
export async function allServed(options: AllServedOptions): Promise<string[]> {
  const { gateways, scripts, timeoutMs, signal } = options;
  let missing = gateways.flatMap(({ region, origin }) =>
    scripts.map((script) => ({ region, origin, script })),
  );
  let toldAtMs = Date.now();
  let told = missing.length;
  await waitFor(
    async () => {
      const served = await Promise.all(
        missing.map(async ({ origin, script }) => await isServed(origin, script)),
      );
      missing = missing.filter((_, index) => served[index] !== true);
      if (missing.length === 0) return true;
      if (missing.length < told && Date.now() - toldAtMs >= TELL_EVERY_MS) {
        [told, toldAtMs] = [missing.length, Date.now()];
        options.onProgress(countByRegion(options, missing));
      }
      return null;
    },
    { timeoutMs, everyMs: ASK_EVERY_MS, signal },
  );
  return missing.map(({ region, script }) => `${script.name} in ${region}`);
}

function countByRegion(
  { gateways, scripts }: AllServedOptions,
  missing: readonly { readonly region: string }[],
): ReadonlyMap<string, number> {
  return new Map(
    gateways.map(({ region }) => [
      region,
      scripts.length - missing.filter((pair) => pair.region === region).length,
    ]),
  );
}

async function isServed(origin: string, script: SampleScript): Promise<boolean> {
  const path = script.requests.find(({ method }) => method === "GET")?.path ?? script.route;
  const answer = await askGateway(origin, path, "showrunner");
  return answer.kind === "answered" && answer.revision !== null && answer.status < 500;
}
