import type { WindowCounts } from "#domain/canary/measurement.ts";
import type { Sketch } from "#schemas/types.ts";
import type { RandomStream } from "./random-stream.ts";

const accuracy = 0.01;
const gamma = (1 + accuracy) / (1 - accuracy);

/** What requests on one side are like: the share that fails, the medians of what they take, the heap they leave. */
export interface Behaviour {
  readonly requests: number;
  readonly errors: number;
  readonly latencyMs: number;
  readonly cpuMs: number;
  readonly heapMb: number;
}

/** What a node would count in one window of such requests. */
export function countedWindow(
  random: RandomStream,
  { requests, errors, latencyMs, cpuMs, heapMb }: Behaviour,
): WindowCounts {
  return {
    requests,
    errors: random.binomial(requests, errors),
    errorsByKind: {},
    coldStarts: 0,
    warmups: 0,
    batches: requests,
    latencyMs: sketchOf(random, requests, latencyMs),
    cpuMs: sketchOf(random, requests, cpuMs),
    heapBytes: (heapMb + random.normal() * 0.3) * 1024 * 1024,
  };
}

function sketchOf(random: RandomStream, count: number, median: number): Sketch {
  const values = Array.from({ length: count }, () => median * Math.exp(0.5 * random.normal()));
  const bins = values.map((value) => Math.ceil(Math.log(value) / Math.log(gamma)));
  const offset = Math.min(...bins);
  const counts = Array.from({ length: Math.max(...bins) - offset + 1 }, () => 0);
  for (const bin of bins) counts[bin - offset] = (counts[bin - offset] ?? 0) + 1;
  return { accuracy, offset, counts, zeros: 0, sum: values.reduce((sum, value) => sum + value, 0) };
}
