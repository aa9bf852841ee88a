import type { SampleScript } from "./sample-scripts.ts";

export interface PlannedRequest {
  readonly gateway: string;
  readonly path: string;
  /** The viewer on whose behalf it is made; each keeps to one region. */
  readonly user: string;
}

const VIEWERS = 500;
/** How often critical scripts are asked for, against the others. */
const CRITICAL_WEIGHT = 4;

/** An endless, repeatable stream of requests: the same seed gives the same ones. Only GET requests are made. */
export function* requestPlan(
  scripts: readonly SampleScript[],
  gateways: readonly string[],
  seed: number,
): Generator<PlannedRequest, never> {
  const paths = scripts.flatMap(({ requests, isCritical }) => {
    const gets = requests.filter(({ method }) => method === "GET");
    return Array.from({ length: isCritical ? CRITICAL_WEIGHT : 1 }, () => gets).flat();
  });
  if (paths.length === 0 || gateways.length === 0) throw new Error("there is nothing to request");
  const random = randomNumbers(seed);
  for (;;) {
    const viewer = Math.floor(random() * VIEWERS);
    const { path } = paths[Math.floor(random() * paths.length)]!;
    yield { gateway: gateways[viewer % gateways.length]!, path, user: `viewer-${viewer}` };
  }
}

/** Numbers in [0, 1) by mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
