import { LoadGenerator } from "../load/load-generator.ts";
import type { LoadResult, LoadTarget } from "../load/messages.ts";
import { cpuMs } from "../process-cpu.ts";
import type { SuiteOptions } from "../report.ts";
import type { BenchServer } from "../servers/bench-server.ts";

const CONNECTIONS = 32;
const WARM_UP_MS = 3000;
const ROUND_MS = 2000;
const SETTLE_MS = 200;

/** What one round gave. */
export interface Round extends LoadResult {
  /** CPU of the server, with all of its processes, a request; unlike the rate it bears with a machine that is busy. */
  readonly cpuUs: number;
}

/** Something to be measured: one server, asked for certain targets. */
export interface Contender {
  readonly label: string;
  readonly server: BenchServer;
  readonly targets: readonly LoadTarget[];
}

/**
 * Warms each contender up, then measures them in turn, round by round, always from another one on, so that none has
 * the better place. The results of each contender, one a round, by label.
 */
export async function measureRounds(
  contenders: readonly Contender[],
  { rounds, log }: SuiteOptions,
  warmUpMs = WARM_UP_MS,
): Promise<(label: string) => readonly Round[]> {
  const generator = new LoadGenerator(log);
  const results = new Map<string, Round[]>(contenders.map(({ label }) => [label, []]));
  try {
    for (const contender of contenders) await measure(generator, contender, warmUpMs);
    for (let round = 0; round < rounds; round += 1) {
      const first = round % contenders.length;
      const order = [...contenders.slice(first), ...contenders.slice(0, first)];
      for (const contender of order) {
        const result = await measure(generator, contender, ROUND_MS);
        results.get(contender.label)?.push(result);
        const rate = Math.round(result.requestsPerSecond);
        const busyPct = Math.round(result.generatorCpuShare * 100);
        log(
          `round ${round + 1}/${rounds} ${contender.label}: ${rate}/s, p99 ${result.p99Us} us, CPU ${result.cpuUs.toFixed(1)} us, generator ${busyPct}% busy`,
        );
      }
    }
  } finally {
    generator.stop();
  }
  return (label) => results.get(label) ?? [];
}

async function measure(
  generator: LoadGenerator,
  { label, server, targets }: Contender,
  durationMs: number,
): Promise<Round> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const { host, port, pid } = server;
  const beforeMs = cpuMs(pid);
  const result = await generator.run({ host, port, targets, connections: CONNECTIONS, durationMs });
  if (result.failures > 0) {
    throw new Error(`${label} failed on ${result.failures} requests, such as ${result.examples.join("; ")}`);
  }
  return { ...result, cpuUs: ((cpuMs(pid) - beforeMs) * 1000) / result.requests };
}
