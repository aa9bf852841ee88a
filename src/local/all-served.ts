import { askGateway } from "./gateway-client.ts";
import type { SampleScript } from "./sample-scripts.ts";
import { waitFor } from "./wait-for.ts";

export interface AllServedOptions {
  readonly scripts: readonly SampleScript[];
  readonly gateways: readonly { readonly region: string; readonly origin: string }[];
  readonly timeoutMs: number;
  /** Called whenever a region serves more scripts than before. */
  readonly onProgress: (region: string, served: number, all: number) => void;
  readonly signal: AbortSignal;
}

/** Waits until every gateway answers for every script; the pairs still missing when the time is over, as "script in region". */
export async function allServed(options: AllServedOptions): Promise<string[]> {
  const missing = await Promise.all(
    options.gateways.map(async (gateway) => await regionServes(gateway, options)),
  );
  return missing.flat();
}

async function regionServes(
  gateway: { readonly region: string; readonly origin: string },
  options: AllServedOptions,
): Promise<string[]> {
  let left = [...options.scripts];
  const done = await waitFor(
    async () => {
      const before = left.length;
      const answers = await Promise.all(left.map(async (script) => await isServed(gateway.origin, script)));
      left = left.filter((_, index) => answers[index] !== true);
      const all = options.scripts.length;
      if (left.length < before) options.onProgress(gateway.region, all - left.length, all);
      return left.length === 0 ? true : null;
    },
    { timeoutMs: options.timeoutMs, everyMs: 500, signal: options.signal },
  );
  return done === true ? [] : left.map(({ name }) => `${name} in ${gateway.region}`);
}

async function isServed(origin: string, script: SampleScript): Promise<boolean> {
  const path = script.requests.find(({ method }) => method === "GET")?.path ?? script.route;
  const answer = await askGateway(origin, path, "showrunner");
  return answer.kind === "answered" && answer.revision !== null && answer.status < 500;
}
